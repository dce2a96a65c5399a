"""The seeded scenario: a plan of events with its answer key, and the player that drives the three stand-ins.

Here belongs what an insurer's people and batch runs do over four months. Nothing here knows how the
product judges it: a verdict enters the answer key when its case is planted, from its cause.
"""
