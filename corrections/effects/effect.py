"""What carrying out a correction has to be able to say, whatever its kind and vendor.

Here belong the two questions: may it be written now, and what exactly; is it there. The modules that `effects_by_kind`
names answer them; `send` does the writing in between, `vendors` has the clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from corrections.difference import Difference
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.writes import Write


@dataclass(frozen=True)
class Ready:
    """The object is as the proposal expected: this one request may be made.

    A correction of several requests says the next one: `step` is its number, which rises with each that has taken
    effect, `steps` how many there are. `vendor` is where it is made, where that is another than the effect's.
    """

    write: Write
    step: int = 1
    steps: int = 1
    vendor: Vendor | None = None


@dataclass(frozen=True)
class Conflict:
    """The object is not as expected: nothing more is written, and the reason stands in the history."""

    reason: str


@dataclass(frozen=True)
class Present:
    """The effect is there in whole, under this correction's own correlation id."""

    remote_id: str


@dataclass(frozen=True)
class Begun:
    """The first requests of several have taken effect; `step` is the number of the next."""

    step: int


@dataclass(frozen=True)
class Absent:
    """A complete reading shows that nothing carries this correction's correlation id."""


class Effect(Protocol):
    """One kind of correction at one vendor. Every method raises the client's errors when it cannot read.

    `gives_bytes` says whether somebody gets the desired version by it: then Cloudinary has to serve it, and it must not
    be recalled.
    """

    @property
    def gives_bytes(self) -> bool:
        """Whether somebody gets the desired version."""
        ...

    @property
    def vendor(self) -> Vendor:
        """Where it is written, and who is asked when it is read back."""
        ...

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """Read the object and compare it with what the proposal expected."""
        ...

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent | Conflict:
        """Look for the correlation id among everything that could carry it.

        A conflict is what somebody else made of it meanwhile.
        """
        ...
