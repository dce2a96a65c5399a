"""Is it sound: the landing gate on every batch, and the reconciliation of warehouse, log and bytes.

Here belong checks that read. Not here: repairing anything, and whether the business is in order (`ctl_` models).
"""
