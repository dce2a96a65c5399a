"""The screens on which people decide: what was proposed is approved or rejected, exceptions are disposed of.

Here belong these pages and what they read. What a decision does, and to whom it is allowed, is `corrections`: a page
calls the same functions as the command line, and never a sender.
"""
