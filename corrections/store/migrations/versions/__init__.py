"""The changes of the tables of corrections, one module each, in the order of their numbers."""
