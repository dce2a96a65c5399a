"""A corrected file that a person drops, on its way to being proposed.

Here belongs what is proposed; carrying it out is `corrections.effects.file_push`.
"""
