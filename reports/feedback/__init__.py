"""Feedback of partners: what they complain of, what was changed, before and after.

Here belong its rows, words, picture and addresses. What answers feedback, and what made it worse, is decided in the
warehouse.
"""
