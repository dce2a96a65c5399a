"""Which complete claims a finding rests on: the stretch of Cloudinary's notifications that covers its moment.

Here belong the stretches of a snapshot, the choice of the one that covers a use, and its sentence. What each stream is
claimed of, for the foot of a page, is `reports.completeness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import duckdb

from reports.dossier.rows import Claimed, Stretch, Use
from reports.earlier_snapshots import has
from reports.remembered import read_once
from reports.rows import read
from reports.text import instant, number

STRETCHES: Final = "marts.fct_claim_stretches"


def tells_stretches(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether a snapshot tells stretches of claims; older ones do not."""
    return has(cursor, STRETCHES)


@read_once
def read_stretches(cursor: duckdb.DuckDBPyConnection) -> tuple[Stretch, ...] | None:
    """Return the stretches of notifications, the earliest first; None where the snapshot tells none."""
    if not tells_stretches(cursor):
        return None
    return tuple(
        read(
            cursor,
            Stretch,
            f"""
            select
                coverage_key,
                covered_from,
                covered_to,
                _first_log_index as first_log_index,
                _last_log_index as last_log_index
            from {STRETCHES}
            where system_code = 'cloudinary' and stream_name = 'notifications'
            order by covered_from
            """,  # noqa: S608 - a constant
        )
    )


def claimed_of(stretches: Sequence[Stretch], use: Use, uncertainty_seconds: int, sound_seconds: int) -> Claimed:
    """Return what the claims say of a use, by the rule of the warehouse: what comes within the uncertainty counts.

    `uncertainty_seconds` is that of the use's instant, `sound_seconds` that of sound clocks, by which claims and
    uploads are compared.
    """
    moment, uncertainty = use.generated_at, timedelta(seconds=uncertainty_seconds)
    if moment is None:
        return Claimed(None, None, "Not known: the moment of composition is not known.")
    stretch = next(
        (
            one
            for one in stretches
            if (one.covered_from is None or one.covered_from <= moment) and moment + uncertainty <= one.covered_to
        ),
        None,
    )
    if stretch is None:
        return Claimed(None, None, "None: no complete claim of Cloudinary's notifications covers this moment.")
    begins, since = use.version_live_from, stretch.covered_from
    is_since_upload = None if begins is None else since is None or since - timedelta(seconds=sound_seconds) <= begins
    return Claimed(stretch, is_since_upload, f"{_extent(stretch)} {_REACHES[is_since_upload]}")


def _extent(stretch: Stretch) -> str:
    entries = f"entries {number(stretch.first_log_index)} to {number(stretch.last_log_index)} of the log"
    if stretch.first_log_index == stretch.last_log_index:
        entries = f"entry {number(stretch.first_log_index)} of the log"
    begin = instant(stretch.covered_from, "the first record")
    end = f"{instant(stretch.covered_to)} UTC"
    return f"Cloudinary's notifications are claimed without a gap from {begin} to {end}, by {entries}."


_REACHES: Final = {
    True: "That reaches back to the upload of this version.",
    False: "That does not reach back to the upload of this version.",
    None: "No version is known whose upload it could reach back to.",
}
