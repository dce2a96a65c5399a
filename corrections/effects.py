"""What carrying out a correction has to be able to say, whatever its kind.

Here belong the two questions: may it be written now, and what exactly; is it there. `replacement_link`,
`republication` and `withdrawal` answer them; `send` does the writing in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from assettrail.settings import CloudinarySettings
from corrections.difference import Difference
from corrections.trading_grid import TradingGrid


@dataclass(frozen=True)
class Ready:
    """The object is as the proposal expected: this body, with the correlation id, may be posted to this path."""

    path: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Conflict:
    """The object is not as expected: nothing is written, and the reason stands in the history."""

    reason: str


@dataclass(frozen=True)
class Present:
    """The effect is there, under this correction's own correlation id."""

    remote_id: str


@dataclass(frozen=True)
class Absent:
    """A complete reading shows that nothing carries this correction's correlation id."""


class Effect(Protocol):
    """One kind of correction against Trading Grid. Every method raises the client's errors when it cannot read.

    `gives_bytes` says whether partners get the desired version by it: then Cloudinary has to serve it.
    """

    gives_bytes: bool

    def examine(
        self, grid: TradingGrid, settings: CloudinarySettings, difference: Difference
    ) -> Ready | Conflict | Present:
        """Read the object and compare it with what the proposal expected."""
        ...

    def read_back(self, grid: TradingGrid, difference: Difference) -> Present | Absent:
        """Look for the correlation id among everything that could carry it."""
        ...
