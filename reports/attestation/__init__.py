"""Signing a period off: what is stated of it, what has changed since it was signed, and how both are told.

`periods` says what a period is, `statement` what is stated of one by a snapshot and its exact text, `restatement` what
a later snapshot states otherwise. Signing itself is a decision of a person: `corrections.attestation`.
"""
