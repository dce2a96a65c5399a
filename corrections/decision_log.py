"""Decisions in the log: who decided what, with meaning and reason, where nobody can change it afterwards.

Here belongs appending such leaves. They are appended before the database commits: a decision without effect can be made
again, an effect without its decision would have no owner.
"""

from __future__ import annotations

from collections.abc import Sequence

from assettrail.clock import Clock
from assettrail.settings import Settings
from evidence.decision_leaves import DecisionLeaf
from evidence.leaves import encode_leaf
from ingest.landing_store import LandingStore


def log_decisions(settings: Settings, clock: Clock, leaves: Sequence[DecisionLeaf]) -> None:
    """Append decisions durably, together. Raises what `LandingStore.open` raises; then nothing may take effect."""
    if leaves:
        LandingStore.open(settings, clock).log.append([encode_leaf(leaf) for leaf in leaves])
