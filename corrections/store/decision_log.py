"""Decisions in the log: who decided what, with meaning and reason, where nobody can change it afterwards.

Here belongs appending such leaves. They are appended before the database commits: a decision without effect can be made
again, an effect without its decision would have no owner.
"""

from __future__ import annotations

from collections.abc import Sequence

from assettrail.clock import Clock
from assettrail.settings import Settings
from evidence.decision_leaves import DecisionLeaf, PersonLeaf
from evidence.leaves import decode_leaf, encode_leaf
from ingest.landing_store import LandingStore


def log_decisions(settings: Settings, clock: Clock, leaves: Sequence[DecisionLeaf]) -> None:
    """Append decisions durably, together. Raises what `LandingStore.open` raises; then nothing may take effect."""
    if leaves:
        LandingStore.open(settings, clock).log.append([encode_leaf(leaf) for leaf in leaves])


def logged_people(settings: Settings, clock: Clock) -> bool:
    """Return whether the log of this home tells of people. Raises what `LandingStore.open` raises."""
    entries = LandingStore.open(settings, clock).log.entries()
    return any(isinstance(decode_leaf(entry), PersonLeaf) for _, entry in entries)
