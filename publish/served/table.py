"""What a table of the schema `serving` says of itself.

Here belongs its shape. The tables themselves are `uses`, `assets` and `names`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Served:
    """A table of the schema `serving`: what it is made of, of which tables, in which order it lies, what it is for.

    A question may read a table of `serving` that stands before it.
    """

    question: str
    order: str
    comment: str
    made_of: tuple[str, ...]
