"""The demo: the sandbox as processes, the house's own jobs on it, and a summary against the answer key.

Here belongs only the staging of the demo. Everything that it shows is done by the same jobs and commands that
real accounts use; the sandbox is started as processes and never imported.
"""
