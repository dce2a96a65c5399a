"""How rows look on the wire while the sandbox's knobs stand as they stand.

What belongs here: instants as epoch milliseconds (as real installations reply) or ISO 8601 (as the vendor's
OpenAPI says), and runs shown as still running. Pure functions.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.exstream.query import Row

_ENDED = ("complete", "error")


def with_dates(row: Row, *, is_iso: bool) -> Row:
    """Return the row with every field that ends in `Date` in the form asked for, at any depth."""
    if not is_iso:
        return row
    shown: Row = {}
    for name, value in row.items():
        if isinstance(value, dict):
            shown[name] = with_dates(value, is_iso=True)
        elif name.endswith("Date") and isinstance(value, int):
            shown[name] = _iso(value)
        else:
            shown[name] = value
    return shown


def as_running(row: Row) -> Row:
    """Return the row of an ended job, flow instance or communication step as it was before the end."""
    is_earlier_step = row.get("stepType") == "input"
    if row["status"] not in _ENDED or is_earlier_step:
        return row
    running = {**row, "status": "started", "endDate": None, "msg": None}
    for name in ("deliveryFileRetrievable", "messageFileRetrievable"):
        if name in row:
            running[name] = False
    return running


def _iso(milliseconds: int) -> str:
    instant = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
