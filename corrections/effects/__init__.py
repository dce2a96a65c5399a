"""What each kind of correction does: an effect per kind, which says the next request and reads back.

Here belongs what a kind means; how a vendor is spoken to is `corrections.vendors`, when it is sent `corrections.send`.
"""
