"""The exact difference that a correction makes: what is there, what shall be there, and on which object.

Here belongs the value that a person approves and its hash. Where it is kept is `outbox`, how it is carried out is
`replacement_link` and `republication` and `withdrawal`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from assettrail.errors import ContractBroken
from evidence.leaves import canonical_json

Kind = Literal["replacement_link", "republish_approved_version", "withdraw_recalled"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Version:
    """One version of an asset; each part is None where the vendor's record does not say it."""

    number: int | None
    etag: str | None


@dataclass(frozen=True)
class Difference:
    """One correction of one object: the case `case_id`, or the publication `publication_id`.

    `expected` is the version that the object shows by the snapshot, `desired` the one that it shall show; of a
    withdrawal it has no number: nothing shall be shown.
    `format_code` is the desired version's file format, None for raw files, whose public id carries it.
    """

    correction_key: str
    kind: Kind
    community_id: str | None
    case_id: str | None
    publication_id: str | None
    asset_id: str
    public_id: str
    resource_type: str
    expected: Version
    desired: Version
    format_code: str | None

    def __post_init__(self) -> None:
        is_withdrawal = self.kind == "withdraw_recalled"
        if not self.object_id or (self.desired.number is None) != is_withdrawal:
            raise ContractBroken(
                tried=f"to read the correction {self.correction_key}",
                found=f"kind {self.kind}, object {self.object_id!r}, desired version {self.desired.number}",
                expected="the id of the case or publication, and the version that it shall show (none to withdraw it)",
                remedy="correct the model fct_proposed_corrections and publish again; nothing was proposed",
            )

    @property
    def object_id(self) -> str:
        """The vendor's id of the object that is corrected; empty when it is missing."""
        return (self.case_id if self.kind == "replacement_link" else self.publication_id) or ""

    @property
    def object_key(self) -> str:
        """The object across all kinds of correction: while one is uncertain, no other may touch it."""
        return f"{'case' if self.kind == 'replacement_link' else 'publication'}:{self.object_id}"

    @property
    def desired_number(self) -> int:
        """The number of the desired version."""
        assert self.desired.number is not None  # noqa: S101 - refused in __post_init__
        return self.desired.number

    @property
    def hash(self) -> str:
        """SHA-256 in hex over the canonical JSON: what an approval is bound to."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def correlation_id(self) -> str:
        """The id that the write carries. The same difference has the same id, however often it is tried."""
        return f"assettrail-{self.hash[:32]}"

    def to_json(self) -> str:
        """Return the canonical JSON."""
        return canonical_json(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Difference:
        """Read the canonical JSON. Raises ContractBroken when it is not a difference."""
        try:
            values = json.loads(text)
            expected, desired = Version(**values.pop("expected")), Version(**values.pop("desired"))
            return cls(expected=expected, desired=desired, **values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ContractBroken(
                tried="to read a difference from the outbox",
                found=f"{type(error).__name__}: {error}",
                expected="the JSON that this release writes",
                remedy="reject the correction; the next publish proposes it anew",
            ) from error
