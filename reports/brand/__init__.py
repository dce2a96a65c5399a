"""Brand currency: which templates show the approved brand, and what one template shows.

Here belong their rows, words and addresses. What is current or old is decided in the warehouse.
"""
