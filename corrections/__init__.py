"""What goes back out: corrections planned from a snapshot, approved by people, sent once and read back.

This is the only part of the house that writes to a vendor. Here belong the outbox, proposing, approving and
sending. Which corrections are needed is decided in SQL (`fct_proposed_corrections`), never here.
"""
