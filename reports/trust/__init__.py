"""The trust page: may one rely on this snapshot?

Here belong its rows, its words, its picture and its address. Nothing here judges: claims, checks and controls are the
pipeline's, and are only shown.
"""
