"""The geometry of the pictures; `templates/drawings.html` writes them as SVG, styled by class.

Here belong pure functions from rows to coordinates, a module for each kind of picture. Every picture has the same
figures as text beside it, and none tells anything by colour alone.
"""
