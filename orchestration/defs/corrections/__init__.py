"""Corrections: proposals from a snapshot, the outbox sensor, and the run that sends."""
