"""The sending of corrections, hurt at every call: files, the outbox's statements and commits, and each vendor's socket.

What the vendors hold before a point is `vendors`, the installation that sends `installation`, where it is hurt `calls`,
what must hold `judge`; one point is `trial`, all of them `points`.
"""
