"""Decisions in the log: who decided what, with meaning and reason, where nobody can change it afterwards.

Here belongs appending such leaves. They are appended before the database commits: a decision without effect can be made
again, an effect without its decision would have no owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assettrail.settings import Settings
from evidence.decision_leaves import DecisionLeaf, PersonLeaf
from evidence.durable import make_home
from evidence.keys import signing_key_of
from evidence.leaves import decode_leaf, encode_leaf
from evidence.log import Log
from evidence.refusing_disk import disk_told
from evidence.witness import known_checkpoints, refuse_older_log, witness_file

_LOCK_WAIT_SECONDS: Final = 60.0


def log_decisions(settings: Settings, leaves: Sequence[DecisionLeaf]) -> None:
    """Append decisions durably, together. Raises what `_open_log` raises; then nothing may take effect."""
    if leaves:
        _open_log(settings).append([encode_leaf(leaf) for leaf in leaves])


def logged_people(settings: Settings) -> bool:
    """Return whether the log of this home tells of people. Raises what `_open_log` raises."""
    return any(isinstance(decode_leaf(entry), PersonLeaf) for _, entry in _open_log(settings).entries())


def _open_log(settings: Settings) -> Log:
    """Open the log with the one key that it takes; nothing is sealed or named here, and no other key is read.

    Raises ConfigurationError when the key is missing or not this home's or the disk refuses, EvidenceBroken when the
    log does not hold, or is older than what is remembered of it.
    """
    with disk_told("to open the log", settings.home):
        make_home(settings.home)
    key = signing_key_of(settings.home, settings.keys.folder)
    with disk_told("to open the log", settings.home):
        known = known_checkpoints(settings.home, key.verification_key)
        log = Log.open(
            settings.home / "log",
            settings.evidence.log_origin,
            key,
            _LOCK_WAIT_SECONDS,
            witness=witness_file(settings.home),
        )
        refuse_older_log(log, known)
    return log
