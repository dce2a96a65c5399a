"""The query language of the list calls: `filter`, `sort`, `offset`, `count`, and the page that comes back.

What belongs here: pure functions over rows (dicts in wire names, instants as epoch milliseconds). `filter` is
`key:value` pairs split by `;`, lists split by `,`. Dates are `yyyy-MM-dd`: a row matches `…Start` when its
instant is not before that day's midnight UTC, and `…End` when it is before it; the vendor documents neither
the zone nor the bounds. `offset` counts entities, not pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sandbox.exstream.errors import bad_request

Row = dict[str, object]
Condition = Callable[[Row], bool]
FilterKind = Literal["one", "any_of", "not_before", "before", "flag", "told_apart"]

DEFAULT_COUNT = 100
MAXIMUM_COUNT = 1000


@dataclass(frozen=True)
class FilterKey:
    """One key of a filter: the row's field that it compares, and how."""

    field: str
    kind: FilterKind


def _date_keys(*names: str) -> dict[str, FilterKey]:
    keys = {}
    for name, field in (name.split("=") for name in names):
        keys[f"{name}Start"] = FilterKey(field, "not_before")
        keys[f"{name}End"] = FilterKey(field, "before")
    return keys


_COMMON_DATES = ("startDate=startDate", "endDate=endDate", "expiringDate=expirationDate")

JOB_KEYS: Mapping[str, FilterKey] = {
    "ids": FilterKey("id", "any_of"),
    "channel": FilterKey("channel", "one"),
    "externalId": FilterKey("externalId", "one"),
    "triggeredBy": FilterKey("triggeredBy", "one"),
    "statuses": FilterKey("status", "any_of"),
    "mode": FilterKey("mode", "any_of"),
    "aggregatedFMCSnapshotIds": FilterKey("aggregatedFMCSnapshotId", "any_of"),
    "flowModelTypes": FilterKey("flowModelType", "any_of"),
    **_date_keys(*_COMMON_DATES),
}

FLOW_INSTANCE_KEYS: Mapping[str, FilterKey] = {
    "ids": FilterKey("id", "any_of"),
    "jobId": FilterKey("jobId", "one"),
    "flowModelId": FilterKey("flowModelId", "one"),
    "flowModelIds": FilterKey("flowModelId", "any_of"),
    "flowModelSnapshotIds": FilterKey("flowModelSnapshotId", "any_of"),
    "externalId": FilterKey("externalId", "one"),
    "statuses": FilterKey("status", "any_of"),
    "flowModelTypes": FilterKey("flowModelType", "any_of"),
    "executingLongRunningOp": FilterKey("executingLongRunningOp", "flag"),
    **_date_keys(*_COMMON_DATES),
}

FLOW_STEP_KEYS: Mapping[str, FilterKey] = {
    "ids": FilterKey("id", "any_of"),
    "stepName": FilterKey("stepName", "one"),
    "displayName": FilterKey("displayName", "one"),
    "externalId": FilterKey("externalId", "one"),
    "previousStepId": FilterKey("previousStepId", "one"),
    "flowInstanceId": FilterKey("flowInstanceId", "one"),
    "statuses": FilterKey("status", "any_of"),
    "stepTypes": FilterKey("stepType", "any_of"),
    "deliveryFileRetrievable": FilterKey("deliveryFileRetrievable", "flag"),
    **_date_keys(*_COMMON_DATES, "queueDate=queueDate", "executeDate=executeDate"),
}

RESOURCE_KEYS: Mapping[str, FilterKey] = {
    "ids": FilterKey("id", "any_of"),
    "name": FilterKey("name", "one"),
    "types": FilterKey("type", "any_of"),
    "states": FilterKey("state", "any_of"),
    "latestVersion": FilterKey("latestVersion", "told_apart"),
    **_date_keys("lastModifiedDate=lastModifiedDate"),
}


def parse_filter(text: str, keys: Mapping[str, FilterKey]) -> list[Condition]:
    """Return one condition per pair of a filter. Raises ExstreamError 400 for what the list call does not know."""
    conditions = []
    for pair in filter(None, text.split(";")):
        name, colon, value = pair.partition(":")
        if not colon or not value:
            raise bad_request(f"The filter part {pair!r} is not of the form key:value.")
        conditions.append(condition_of(name, value, keys))
    return conditions


def condition_of(name: str, value: str, keys: Mapping[str, FilterKey]) -> Condition:
    """Return the condition of one filter key. Raises ExstreamError 400 for an unknown key or a bad value."""
    key = keys.get(name)
    if key is None:
        raise bad_request(f"The filter key {name!r} is unknown; known are {', '.join(keys)}.")
    if key.kind == "told_apart":
        _flag(name, value)
        return lambda _row: True
    if key.kind == "any_of":
        allowed = set(value.split(","))
        return lambda row: str(row.get(key.field)) in allowed
    if key.kind == "flag":
        wanted = _flag(name, value)
        return lambda row: row.get(key.field) is wanted
    if key.kind == "one":
        return lambda row: row.get(key.field) == value
    return _date_test(key, _midnight(name, value))


def page(rows: Iterable[Row], conditions: Sequence[Condition], parameters: Mapping[str, str]) -> tuple[list[Row], Row]:
    """Return the rows of one page, newest start first unless sorted otherwise, and the reply's page object.

    Raises ExstreamError 400 for a bad `sort`, `offset` or `count`.
    """
    matching = [row for row in rows if all(is_met(row) for is_met in conditions)]
    _sort(matching, parameters.get("sort") or "desc_startDate")
    offset = _whole_number(parameters, "offset", 0, 0)
    count = min(_whole_number(parameters, "count", DEFAULT_COUNT, 1), MAXIMUM_COUNT)
    described: Row = {
        "pageSize": count,
        "pageOffset": offset,
        "totalElements": len(matching),
        "totalPages": -(-len(matching) // count),
        "currentPageNumber": offset // count + 1,
    }
    return matching[offset : offset + count], described


def _sort(rows: list[Row], text: str) -> None:
    for part in reversed(text.split(",")):
        direction, _, field = part.partition("_")
        if direction not in ("asc", "desc") or not field:
            raise bad_request(f"The sort part {part!r} is not of the form asc_field or desc_field.")
        if rows and field not in rows[0]:
            raise bad_request(f"There is no field {field!r} to sort by; there are {', '.join(rows[0])}.")
        valued = [row for row in rows if row[field] is not None]
        without = [row for row in rows if row[field] is None]
        valued.sort(key=lambda row: _comparable(row[field]), reverse=direction == "desc")
        rows[:] = valued + without


def _comparable(value: object) -> tuple[int, float, str]:
    """Return a sort key that orders numbers before texts and never compares one with the other."""
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0.0, str(value))


def _date_test(key: FilterKey, bound: int) -> Condition:
    def is_met(row: Row) -> bool:
        instant = row.get(key.field)
        if not isinstance(instant, int):
            return False
        return instant >= bound if key.kind == "not_before" else instant < bound

    return is_met


def _midnight(name: str, value: str) -> int:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise bad_request(f"{name} is {value!r}; dates are written yyyy-MM-dd.") from error
    if len(value) != len("2026-01-05"):
        raise bad_request(f"{name} is {value!r}; dates are written yyyy-MM-dd.")
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise bad_request(f"{name} is {value!r}; it must be true or false.")
    return value == "true"


def _whole_number(parameters: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) >= least):
        raise bad_request(f"{name} is {text!r}; it must be a whole number from {least}.")
    return int(text)
