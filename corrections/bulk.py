"""Approving many corrections at once: what they are, a sample of them, and the hash of the whole set.

Here belong which corrections may be approved together and what a person is shown of them. The decision itself is
`approval`: it is bound to the set's hash, so that a build between looking and deciding changes nothing unseen.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.settings import Settings
from corrections.difference import Kind
from corrections.store.database import is_absent, open_store
from corrections.store.outbox import Correction, to_correction
from corrections.store.records import CorrectionRecord

SAMPLE_SIZE: Final = 10
ONE_BY_ONE: Final[frozenset[Kind]] = frozenset({"publish_searched_asset"})
"""Kinds of which a person decides on each."""


@dataclass(frozen=True)
class Bulk:
    """Proposed corrections that may be approved together: how many of each kind, a sample, and the set's hash."""

    counts: Mapping[str, int]
    sample: tuple[Correction, ...]
    set_hash: str


def bulk_of(settings: Settings, kind: str | None, sample_size: int = SAMPLE_SIZE) -> Bulk:
    """Return what may be approved together, of one kind or of all; the sample is the same for the same set."""
    if is_absent(settings):
        return Bulk({}, (), set_hash([]))
    with open_store(settings) as store, store.begin() as session:
        records = together(session, kind)
        found = set_hash(records)
        drawn = sorted(records, key=lambda record: hashlib.sha256(f"{found}{record.correction_key}".encode()).digest())
        counts = Counter(record.kind for record in records)
        sample = tuple(to_correction(record) for record in drawn[:sample_size])
        return Bulk(dict(sorted(counts.items())), sample, found)


def together(session: Session, kind: str | None) -> list[CorrectionRecord]:
    """Return the proposed corrections that may be approved together, by key."""
    query = select(CorrectionRecord).where(
        CorrectionRecord.state == "proposed", CorrectionRecord.kind.not_in(sorted(ONE_BY_ONE))
    )
    if kind is not None:
        query = query.where(CorrectionRecord.kind == kind)
    return list(session.scalars(query.order_by(CorrectionRecord.correction_key)))


def set_hash(records: Sequence[CorrectionRecord]) -> str:
    """SHA-256 in hex over the keys and differences of a set, in the order of the keys."""
    lines = sorted(f"{record.correction_key} {record.difference_hash}\n" for record in records)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
