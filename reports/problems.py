"""What a page says when it cannot show what was asked for.

Here belong the errors that only the reports know; the pages that show them are `templates/problem.html`. An error of
another part that reaches a page keeps its own words.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.errors import AssettrailError


@dataclass(frozen=True)
class NearMatch:
    """Something that the reader may have meant: what it is, its id as text, and its address."""

    kind: str
    name: str
    address: str


class NothingFound(AssettrailError):
    """The address names something that this snapshot does not hold; near matches are offered."""

    def __init__(self, tried: str, found: str, expected: str, remedy: str, near: tuple[NearMatch, ...] = ()) -> None:
        super().__init__(tried, found, expected, remedy)
        self.near = near


class NoLongerAsked(AssettrailError):
    """A saved query that was withdrawn: its text is shown, and its rows are not given any more."""


class NothingToRead(AssettrailError):
    """There is no published snapshot to read from, or it cannot be opened."""


class BadQuestion(AssettrailError):
    """The address asks in a way that no page understands."""
