"""What partners answer in X12: the 997 (was the document readable?) and the 824 (was its content taken?). Pure.

Here belong the rows of the two streams, one for each thing that is acknowledged. They stay two facts, and a portal's
acknowledgement a third: a 997 does not say that anyone approved an image. Free text is masked. Not here: the envelope
(`x12`), and which document is answered (`acknowledgements`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from assettrail.errors import RecordRejected
from ingest.form import in_form
from ingest.instants import WRITTEN_TIMES, at_clock, no_zone
from ingest.reading import Values
from ingest.strict import canonical_json
from ingest.trading_grid.context import Context
from ingest.trading_grid.x12 import Interchange, Segment, TransactionSet, is_control_number, written_instant

SET_TYPES = {"functional_acknowledgements": "997", "application_advices": "824"}
"""The transaction set that each stream is read from."""

_READ_997 = frozenset({"AK1", "AK2", "AK3", "AK4", "AK5", "AK9"})
_ERRORS = frozenset({"AK3", "AK4"})


def rows_of(stream: str, interchange: Interchange, found: TransactionSet, context: Context) -> list[Values]:
    """The rows of one 997 or 824. Raises RecordRejected for one that answers nothing, or at no known instant."""
    own = _acknowledged if stream == "functional_acknowledgements" else _advised
    envelope = _envelope(interchange, found, context)
    rows = own(found, context.mask)
    return [{**envelope, **row, "ordinal": number} for number, row in enumerate(rows)]


def _envelope(interchange: Interchange, found: TransactionSet, context: Context) -> Values:
    at_raw, written = _instant(interchange, found, context)
    return {
        "sender_qualifier": interchange.sender.qualifier,
        "sender_id": interchange.sender.id,
        "receiver_qualifier": interchange.receiver.qualifier,
        "receiver_id": interchange.receiver.id,
        "interchange_control_number": interchange.control_number,
        "interchange_written": interchange.written,
        "group_control_number": found.group_control_number,
        "set_control_number": found.control_number,
        "is_test": interchange.is_test,
        "x12_version": found.version,
        "at_raw": at_raw,
        WRITTEN_TIMES: written,
    }


def _instant(interchange: Interchange, found: TransactionSet, context: Context) -> tuple[str, str]:
    """When the group was written, by the clock of its sender: EDI has no offset, so that a setting names the zone."""
    number = found.group_control_number
    what = f"the time of the group {number if is_control_number(number) else in_form(number)}"
    date, _, time = found.group_written.partition(" ")
    reading = written_instant(date, time, what)
    zone = context.partner_zones.get(interchange.sender.name)
    if zone is None:
        raise no_zone(f"{what} of {interchange.sender.name}", found.group_written)
    instant: datetime = at_clock(reading, zone, what)
    return instant.isoformat(), canonical_json({"at_raw": {"text": found.group_written, "zone": zone}})


def _acknowledged(found: TransactionSet, mask: Callable[[str], str]) -> list[Values]:
    """Row 0 is the group's own answer (AK9), then one row for each set (AK2 to AK5)."""
    group = _first(found, "AK1")
    whole = _first(found, "AK9")
    if not _at(group, 1) or not _at(group, 2) or not _at(whole, 1):
        raise _rejected("997", "an AK1 without group or an AK9 without code")
    common: Values = {
        "acknowledged_group_type": _at(group, 1),
        "acknowledged_group_control_number": _at(group, 2),
    }
    unknown = [segment for segment in found.segments if segment[0] not in _READ_997]
    rows: list[Values] = [
        {
            **common,
            "level": "group",
            "code": _at(whole, 1),
            "sets_included": _at(whole, 2),
            "sets_received": _at(whole, 3),
            "sets_accepted": _at(whole, 4),
            "error_codes": _json([code for code in whole[5:] if code]),
            "other_segments": _masked(unknown, mask),
        }
    ]
    return rows + [{**common, **row} for row in _answered_sets(found.segments, mask)]


def _answered_sets(segments: Sequence[Segment], mask: Callable[[str], str]) -> list[Values]:
    rows: list[Values] = []
    current: Segment | None = None
    errors: list[Segment] = []
    for segment in segments:
        if segment[0] == "AK2":
            if current is not None:
                raise _rejected("997", f"no AK5 behind the AK2 of answered set {len(rows) + 1}")
            current, errors = segment, []
        elif segment[0] in _ERRORS:
            errors.append(segment)
        elif segment[0] == "AK5":
            if current is None or not _at(segment, 1) or not _at(current, 2):
                raise _rejected("997", "an AK5 without its AK2, or without its code")
            rows.append(
                {
                    "level": "set",
                    "code": _at(segment, 1),
                    "acknowledged_set_type": _at(current, 1),
                    "acknowledged_set_control_number": _at(current, 2),
                    "error_codes": _json([code for code in segment[2:] if code]),
                    "errors": _masked(errors, mask),
                }
            )
            current = None
    if current is not None:
        raise _rejected("997", f"no AK5 behind the AK2 of answered set {len(rows) + 1}")
    return rows


def _advised(found: TransactionSet, mask: Callable[[str], str]) -> list[Values]:
    """One row for each OTI, with the segments behind it up to the next one."""
    begin = _first(found, "BGN")
    written = " ".join(part for part in begin[3:6] if part)
    parts: list[tuple[Segment, list[Segment]]] = []
    other: list[Segment] = []
    for segment in found.segments:
        if segment[0] == "OTI":
            parts.append((segment, []))
        elif segment[0] != "BGN":
            (parts[-1][1] if parts else other).append(segment)
    if not parts:
        raise _rejected("824", "no OTI: it says of nothing whether it was taken")
    if not all(_at(segment, 1) for segment, _ in parts):
        raise _rejected("824", "an OTI without its code")
    return [
        {
            "code": _at(segment, 1),
            "advice_purpose": _at(begin, 1),
            "advice_reference": _at(begin, 2),
            "advice_written": written or None,
            "reference_qualifier": _at(segment, 2),
            "reference": _at(segment, 3),
            "original_group_control_number": _at(segment, 8),
            "original_set_control_number": _at(segment, 9),
            "original_set_type": _at(segment, 10),
            "problems": _masked([each for each in behind if each[0] == "TED"], mask),
            "other_segments": _masked([*other, *(each for each in behind if each[0] != "TED")], mask),
        }
        for segment, behind in parts
    ]


def _first(found: TransactionSet, name: str) -> Segment:
    segment = next((segment for segment in found.segments if segment[0] == name), None)
    if segment is None:
        raise _rejected(found.type, f"no {name}")
    return segment


def _at(segment: Segment, place: int) -> str | None:
    text = segment[place].strip() if place < len(segment) else ""
    return text or None


def _json(values: Sequence[str]) -> str | None:
    return canonical_json(list(values)) if values else None


def _masked(segments: Sequence[Segment], mask: Callable[[str], str]) -> str | None:
    """Segments as JSON; names and numbers of people in their texts are masked, the raw store has them."""
    return canonical_json([[segment[0], *map(mask, segment[1:])] for segment in segments]) if segments else None


def _rejected(type_: str, found: str) -> RecordRejected:
    return RecordRejected(
        tried=f"to read a {type_}",
        found=found,
        expected="the segments that say what is acknowledged and how",
        remedy="compare the quarantined bytes in the raw store with the sender's, and have them sent again",
    )
