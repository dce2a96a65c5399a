"""The example that the pages are tested on, a module for each domain, with the columns that the marts have.

Here belong rows filled by hand, so that each test knows what a page must say;
`tests.browser.example_snapshot` publishes them.
"""
