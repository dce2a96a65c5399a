"""What was known of a communication at an earlier instant: which snapshot tells it, and what has changed since.

Here belong `moments` (snapshots and states of the log at an instant), `changes` (what each snapshot says of the
communication, and the difference of two), and `routes`. Another state than those that are kept is built by
`assettrail build --as-known-at`; no page builds anything.
"""
