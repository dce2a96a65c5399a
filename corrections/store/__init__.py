"""What corrections keep: the database of corrections, people and decisions, its tables and their versions.

Here belongs what is written down; who may decide is `corrections.people`, what a decision does is above it.
"""
