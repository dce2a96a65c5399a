"""The `.json` twin of a page: the same figures, the snapshot and what can be known, as JSON can hold it.

Here belongs turning a page's figures into plain values. Which page they are of is `pages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from reports import text
from reports.completeness import Completeness
from reports.own_records import OwnRecords
from reports.shelf import OpenSnapshot, SnapshotHead


def twin(
    title: str,
    figures: Mapping[str, object],
    snapshot: OpenSnapshot | None,
    covered: Completeness | None,
    own: OwnRecords | None,
) -> dict[str, Any]:
    """Return the twin of a page: the same figures, the snapshot and the completeness, instants in ISO 8601 UTC."""
    told = completeness_figures(covered, own)
    return {
        "title": title,
        **({"snapshot": _snapshot_figures(snapshot)} if snapshot else {}),
        **({"completeness": told} if told else {}),
        **{name: to_plain(value) for name, value in figures.items()},
    }


def _snapshot_figures(snapshot: OpenSnapshot) -> dict[str, Any]:
    return {
        "name": snapshot.name,
        "is_pinned": snapshot.is_pinned,
        "data_until": text.iso(data_until(snapshot)),
        "as_known_at": text.iso(known_at(snapshot)),
        "checks": snapshot.manifest.get("checks"),
        "controls_not_in_use": snapshot.manifest.get("controls_not_in_use", []),
        "log": snapshot.manifest.get("log"),
    }


def completeness_figures(covered: Completeness | None, own: OwnRecords | None) -> dict[str, Any]:
    """Return what a page can know, as it stands in its twin and in its exports; nothing where it shows no record."""
    claimed = (
        {
            "periods_covered_by_every_stream": to_plain(covered.windows),
            "streams_without_a_claim": to_plain(covered.missing),
            "streams": to_plain(covered.streams),
        }
        if covered
        else {}
    )
    return claimed | ({"own_records": to_plain(own) | {"sentence": own.sentence}} if own else {})


def data_until(snapshot: OpenSnapshot | SnapshotHead) -> datetime | None:
    """Return the instant up to which the snapshot's data reaches, in UTC, where its manifest tells one."""
    return instant_of(snapshot, "data_until")


def known_at(snapshot: OpenSnapshot | SnapshotHead) -> datetime | None:
    """Return the instant (UTC) of the earlier state of the log that a labelled snapshot knows; None if published."""
    return instant_of(snapshot, "as_known_at")


def instant_of(snapshot: OpenSnapshot | SnapshotHead, name: str) -> datetime | None:
    """Return an instant that the snapshot's manifest tells under a name, None where it tells none."""
    try:
        return datetime.fromisoformat(str(snapshot.manifest.get(name)))
    except ValueError:
        return None


def to_plain(value: object) -> Any:
    """Return a value as JSON can hold it: dataclasses by their fields, instants as ISO 8601 in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return text.iso(value)
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
