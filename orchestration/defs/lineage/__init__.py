"""Lineage for machines."""
