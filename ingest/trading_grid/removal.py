"""Which files of a mailbox may be removed: those whose every row stands in a batch that counts, for ever.

Here belongs the question to the log, since a file that is removed comes from nowhere again. A batch that is held may
still be rejected, and the rows of a rejected one are in no report: both keep their files. Not here: removing
(`mailbox`), and whether a file was read as a whole (`drop_source`).
Why a poll queue is told otherwise: docs/decisions/0057-a-file-stays-until-its-rows-count.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.schema import ROW_HASH
from ingest.trading_grid.drop_source import DropSource, TakenFile


def removable_files(store: LandingStore, source: DropSource) -> tuple[tuple[TakenFile, ...], tuple[str, ...]]:
    """The files that may be removed, and of the others, read as a whole all the same, why they stay, in words.

    Ask when everything that the source gave has landed. Raises EvidenceBroken when a landed file is gone.
    """
    store.ledger.refresh()
    kept: dict[str, str] = {}
    for stream in source.streams():
        batches = store.ledger.of_stream(source.name, stream)
        files = [file for file in source.whole_files if stream in source.streams_of(file)]
        kept = _not_landed_again(store, batches, {file.raw_hash for file in files}) | kept
        # Rows that stand in a held batch are "not new" also when another file brought them: all that feeds it stays.
        held = next((batch.leaf.load_id for batch in batches if batch.standing == "held"), None)
        if held is not None:
            kept = {file.raw_hash: f"the batch {held} of {stream} is held and undecided" for file in files} | kept
    removable = tuple(file for file in source.whole_files if file.raw_hash not in kept)
    staying = [file for file in source.whole_files if file.raw_hash in kept]
    return removable, tuple(f"{file.name} was not removed: {kept[file.raw_hash]}" for file in staying)


def _not_landed_again(store: LandingStore, batches: Sequence[LoggedBatch], raw_hashes: set[str]) -> dict[str, str]:
    """The files with rows that a rejected batch has and no accepted one, each with that batch in words."""
    lost: dict[str, str] = {}
    for batch in batches:
        path = landed_file(store, batch) if batch.standing == "rejected" and raw_hashes else None
        if path is None:
            continue
        rows = pl.read_parquet(path, columns=["_raw_hash", ROW_HASH], hive_partitioning=False)
        rows = rows.filter(pl.col("_raw_hash").is_in(list(raw_hashes)))
        if rows.height:
            left = rows.join(_accepted(store, batches), on=ROW_HASH, how="anti")["_raw_hash"].unique()
            words = f"rows of it stand in the rejected batch {batch.leaf.load_id} only"
            lost |= dict.fromkeys(left, words)
    return lost


def _accepted(store: LandingStore, batches: Sequence[LoggedBatch]) -> pl.DataFrame:
    """The row hashes of the batches of a stream that count."""
    paths = [path for batch in batches if batch.standing == "accepted" and (path := landed_file(store, batch))]
    found = pl.DataFrame(schema={ROW_HASH: pl.String})
    return pl.concat([found, *(pl.read_parquet(path, columns=[ROW_HASH], hive_partitioning=False) for path in paths)])
