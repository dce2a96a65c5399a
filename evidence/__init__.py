"""What we can prove: an append-only, signed transparency log and the sealed store of raw bytes.

Here belong hashing, proofs, signatures, durable writing and keys. What a batch means, and anything that
talks to a vendor or to the warehouse, does not.
"""
