"""Key rotations as entries of the log: since when which key counts.

Here belongs only telling the log and the home of a key that was put in another's place; the files of the keys are
`keys`. The log learns of it when the home is next opened, so that a rotation that was cut short is told as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from evidence.file_lock import file_lock
from evidence.keys import KeyRing, Rotation, remember_keys, write_names
from evidence.leaves import KeyRotationLeaf, encode_leaf
from evidence.log import Log

LOCK_WAIT_SECONDS = 30.0


def record_rotations(home: Path, ring: KeyRing, rotations: Sequence[Rotation], log: Log, now: datetime) -> None:
    """Append the rotations that `remember_keys` found, then let the home remember the keys that are in use.

    A kill between the two tells a rotation twice, never not at all. Raises what the log and the disk raise.
    """
    if not rotations:
        return
    with file_lock(home / "rotation.lock", "the keys of the home", LOCK_WAIT_SECONDS):
        left = remember_keys(home, ring)  # Another process may have told of them meanwhile.
        leaves = [KeyRotationLeaf(each.what, each.old_key_id, each.new_key_id, now) for each in left]
        if leaves:
            log.append([encode_leaf(leaf) for leaf in leaves])
            write_names(home, ring)
