"""A period signed off by a person: a decision like an approval, kept and logged like one.

Here belongs the signature: by whom, what it means, on which exact text. What a statement says, and what a later
snapshot says otherwise, is `reports.attestation`.
"""
