"""Whether a build adds to the one that the build file holds, or makes everything anew, and why.

Here belongs the decision, and laying what that build has read where dbt looks for it. Which rows are affected then is
said in the models (`int_partitions__affected`), and whether they are so many that making all anew costs less
(`int_increments__weighed`). An increment is only right on a file that holds a whole build of the same rules, whose
batches are all still there: whatever cannot be told to be so is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from evidence.durable import write_durably
from orchestration.build_lock import WholeBuild, built_batches, file_stamp
from publish.files import build_file
from publish.origin import MadeBy
from publish.reading import is_in_use

HELD = "held"
_WEIGHED = "select is_all_made_anew, affected_count, communication_count from intermediate.int_increments__weighed"


@dataclass(frozen=True)
class Extent:
    """How much a build makes: what is affected (an increment), or everything; and why, in words."""

    is_increment: bool
    why: str

    def in_words(self) -> str:
        """Return it as people read it."""
        return f"{'an increment' if self.is_increment else 'a full build'}: {self.why}"


def extent_of(build: WholeBuild) -> Extent:
    """Return how much of a marked build was made, and why."""
    return Extent(build.is_increment, build.why)


def extent_of_build(home: Path, kept: WholeBuild | None, versions: MadeBy, *, is_full_asked: bool) -> Extent:
    """Return how much has to be made where `kept` is the mark of the build file and `versions` build now.

    Reads the mark's batches and the projection of now; nothing is changed.
    """
    if is_full_asked:
        return Extent(False, "it was asked for")
    if kept is None:
        return Extent(False, "no whole build is kept; it is the first one, or the last one broke off")
    if (why := _unfit(home, kept, versions)) is not None:
        return Extent(False, why)
    return _extent_by_batches(home, kept)


def _unfit(home: Path, kept: WholeBuild, versions: MadeBy) -> str | None:
    """Return why nothing may be added to the build file; None when its file and rules are those of its mark."""
    if not build_file(home).exists():
        return "the build file is gone"
    if kept.file != file_stamp(home):
        return "the build file is not as its build left it"
    made_by = MadeBy.from_manifest(kept.made_by)
    if made_by is None:
        return "what made the kept build is not known"
    told = made_by.differences(versions)
    return f"the kept build was made otherwise (then and now): {'; '.join(told)}" if told else None


def extent_of_part(extent: Extent, before: WholeBuild | None) -> tuple[Extent, WholeBuild | None]:
    """Return how much is made where only some models are, and the mark that the file keeps afterwards; None for none.

    `before` is the mark of a build of the same batches. The tables of an increment hold what was affected, so that a
    part made by other rules would be derived from that alone: then the file is no longer whole.
    """
    if before is None:
        return Extent(False, "a part, of other batches than the kept build's"), None
    if extent.is_increment:
        return Extent(True, "a part, of the batches of the kept build"), replace(before, is_increment=True)
    return extent, None if before.is_increment else before


def _extent_by_batches(home: Path, kept: WholeBuild) -> Extent:
    stated = _kept_projection(home, kept)
    if stated is None:
        return Extent(False, "which batches the kept build has read is not known")
    then = {row["log_index"]: row for row in pq.read_table(BytesIO(stated)).to_pylist()}
    now = {row["log_index"]: row for row in pq.read_table(home / "projection" / "log_batches.parquet").to_pylist()}
    if not then:
        return Extent(False, "the kept build has read no batch")
    for index, row in then.items():
        if (why := _refuted(row, now.get(index))) is not None:
            return Extent(False, f"entry {index} of the log, that the kept build has read, {why}")
    new = len(now) - len(then)
    decided = sum(row["outcome"] != now[index]["outcome"] for index, row in then.items())
    return Extent(True, f"{new} batches are new and {decided} decided since {len(then)} were built")


def _refuted(then: Mapping[str, Any], now: Mapping[str, Any] | None) -> str | None:
    """Return why a batch is not what it was; None when it is, or was held and has been decided since."""
    if now is None:
        return "is no longer there"
    changed = [name for name in then if then[name] != now.get(name)]
    if not changed or (changed == ["outcome"] and then["outcome"] == HELD):
        return None
    return "is another one now: " + ", ".join(f"{name} was {then[name]}, is {now.get(name)}" for name in changed)


def _kept_projection(home: Path, kept: WholeBuild) -> bytes | None:
    try:
        stated = built_batches(home).read_bytes()
    except FileNotFoundError:
        return None
    return stated if hashlib.sha256(stated).hexdigest() == kept.log_batches_sha256 else None


def extent_as_made(home: Path, extent: Extent) -> Extent:
    """Return how much dbt has made: everything, too, where an increment would have replaced too much to be cheaper.

    `extent` is what it was to make. Reads what the build file says of the last increment (`int_increments__weighed`).
    """
    if not extent.is_increment:
        return extent
    with duckdb.connect(str(build_file(home)), read_only=True) as connection:
        weighed = connection.execute(_WEIGHED).fetchone()
    if weighed is None or not weighed[0]:
        return extent
    _, affected, communications = weighed
    return Extent(False, f"an increment would have derived {affected:,} of {communications:,} communications anew")


@contextmanager
def built_batches_laid(home: Path, extent: Extent) -> Iterator[None]:
    """Tell dbt, while the block runs, what the build file's build has read: then, and only then, it adds to it.

    A build file that DuckDB cannot read is removed before a full build, which makes it anew.
    """
    laid = home / "projection" / built_batches(home).name
    laid.unlink(missing_ok=True)
    if extent.is_increment:
        write_durably(laid, built_batches(home).read_bytes())
    else:
        _remove_unreadable(build_file(home))
    try:
        yield
    finally:
        laid.unlink(missing_ok=True)


def _remove_unreadable(file: Path) -> None:
    try:
        if file.exists():
            duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error as error:
        if is_in_use(error):
            return  # dbt tells who has it.
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
