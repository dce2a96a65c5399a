"""Which pseudonym key counts where, once keys are rotated: one run of the engine keeps the key that it landed with.

Here belongs choosing the key for what is read, and looking a recipient up under every key that is live. A new key
applies to runs that are new. What is read again of a run that has landed (overlaps, a file that was corrupt, a
backfill, a replay) is hashed with that run's own key: with another, each of its rows would land a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from evidence.keys import KeyRing, load_keys
from evidence.leaves import KeyRotationLeaf
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.pseudonym import Pseudonymizer, normalised

STREAMS_WITH_PSEUDONYMS: Final = ("communications", "delivery_outputs")


@dataclass(frozen=True)
class LivePseudonym:
    """A recipient's pseudonym under one key; `is_in_use` for the key that new runs are hashed with."""

    key_id: str
    pseudonym: str
    is_in_use: bool


def live_pseudonyms(keys: Sequence[bytes], kind: str, value: str) -> list[LivePseudonym]:
    """Return the pseudonym of a recipient's identifier under every live key, the one in use first.

    Raises ConfigurationError when there is no identifier.
    """
    if not normalised(kind, value):
        raise ConfigurationError(
            tried=f"to look up a recipient by {kind}",
            found="no identifier",
            expected="one identifier on standard input",
            remedy="write it, or pipe it in: it is never taken from the command line, which other users can see",
        )
    made = [Pseudonymizer(key) for key in keys]
    return [LivePseudonym(each.key_id, each.pseudonym(kind, value), at == 0) for at, each in enumerate(made)]


def run_pseudonyms(settings: Settings, store: LandingStore) -> RunPseudonyms:
    """The pseudonyms of this installation, by run. Raises ConfigurationError when a key is missing."""
    return RunPseudonyms(load_keys(settings.keys.folder), store)


class RunPseudonyms:
    """The pseudonyms of an installation with the key of the run that is read; by themselves, those for what is new."""

    def __init__(self, keys: KeyRing, store: LandingStore) -> None:
        self._current = Pseudonymizer(keys)
        live = [self._current, *(Pseudonymizer(key) for key in keys.older_pseudonym_keys)]
        self._by_id: Mapping[str, Pseudonymizer] = {each.key_id: each for each in live}
        self._store = store

    @property
    def key_id(self) -> str:
        """The key for what is new."""
        return self._current.key_id

    def pseudonym(self, kind: str, value: str) -> str:
        """The pseudonym under the key for what is new."""
        return self._current.pseudonym(kind, value)

    def of_run(self, flow_instance_id: str) -> Pseudonymizer:
        """The key of a run: its own where it has landed, else the one in use.

        Raises ConfigurationError when the run's own key is gone.
        """
        if len(self._by_id) == 1 and not self._rotations():
            return self._current
        key_id = self._landed.get(flow_instance_id, self._current.key_id)
        if key_id not in self._by_id:
            raise ConfigurationError(
                tried=f"to read flow instance {flow_instance_id} again with the pseudonym key that it landed with",
                found=f"no key {key_id}",
                expected=f"pseudonym.{key_id}.key in the folder of the keys",
                remedy="restore it from your copy: with another key each of the run's rows would land twice",
            )
        return self._by_id[key_id]

    @cached_property
    def _landed(self) -> Mapping[str, str]:
        """The key that each landed run was hashed with; read once, and only where a key was ever rotated.

        A row without a recipient names no key, but its file name is hashed: there the key that counted when the
        run's first row landed.
        """
        named: dict[str, str] = {}
        first: dict[str, int] = {}
        for batch, rows in self._batches():
            for instance in rows["flow_instance_id"].unique():
                first[instance] = min(batch.log_index, first.get(instance, batch.log_index))
            for instance, key_id in rows.drop_nulls("pseudonym_key_id").unique(["flow_instance_id"]).iter_rows():
                named.setdefault(instance, key_id)
        return {instance: named.get(instance) or self._key_at(index) for instance, index in first.items()}

    def _batches(self) -> Iterator[tuple[LoggedBatch, pl.DataFrame]]:
        self._store.ledger.refresh()
        columns = ["flow_instance_id", "pseudonym_key_id"]
        for stream in STREAMS_WITH_PSEUDONYMS:
            for batch in self._store.ledger.of_stream("exstream", stream):
                path = None if batch.standing == "rejected" else landed_file(self._store, batch)
                if path is not None:
                    yield batch, pl.read_parquet(path, columns=columns, hive_partitioning=False)

    def _key_at(self, log_index: int) -> str:
        """The key that was in use when an entry of the log was made."""
        later = [leaf.old_key_id for at, leaf in self._rotations() if at > log_index]
        return later[0] if later else self._current.key_id

    def _rotations(self) -> list[tuple[int, KeyRotationLeaf]]:
        return [(at, leaf) for at, leaf in self._store.ledger.rotations() if leaf.key == "pseudonym"]
