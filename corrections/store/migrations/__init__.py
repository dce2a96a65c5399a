"""Alembic's environment and one module per change of the tables of corrections."""
