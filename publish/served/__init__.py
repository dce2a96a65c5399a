"""The tables of the schema `serving`: what each is made of, in which order it lies, what it is for.

Here belong their questions, by what they are about: uses and communications, assets, names that somebody may type.
They are asked when a snapshot is published, and of the marts where a snapshot is older; `publish.serving` does both.
"""
