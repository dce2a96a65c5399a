"""What partners were given, and what came of it: the matrix of partners and artwork, and one partner's audit trail.

Here belong their rows, words and addresses. What counts as silence or as superseded is decided in the warehouse.
"""
