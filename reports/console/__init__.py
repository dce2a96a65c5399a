"""`/sql`: any question to a snapshot, asked in a process of its own that can reach nothing else.

`worker` is that process: one snapshot, read-only, no file, no network, no setting, one statement of a kind that reads.
`supervisor` starts it, hands questions over, and kills and replaces it when it takes too long or too much memory.
"""
