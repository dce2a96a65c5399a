"""Who decides: people, their roles and tokens.

Here belongs who acts and what they may do; the tables they are kept in are `corrections.store`.
"""
