"""The vendors as corrections see them: complete reads, and one attempt per write.

Here belongs how a vendor is spoken to; what is asked of it is `corrections.effects`.
"""
