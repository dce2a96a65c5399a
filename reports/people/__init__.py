"""Who reads and decides: signing in, sessions, rights, and the log of what was seen.

Here belongs everything between a request and the person behind it. Who people are and which roles they have is
`corrections.people`; what a page shows is its own module's.
"""
