"""Trading Grid's pages as landing rows: the mapping applied, pure.

Here belong bringing a customer's fields under our columns, the check that a mapping fits the landing stream,
and the time by which a stream is read on. Not here: the calls, claims and cursors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from assettrail.errors import ConfigurationError
from assettrail.settings import TradingGridObject, TradingGridSettings
from ingest.reading import Values, column_values
from ingest.schema import stream_schema
from ingest.strict import JsonObject
from ingest.trading_grid.example_contract import EXAMPLE_OBJECTS
from ingest.trading_grid.records import RECORDS, Context

_TIME_COLUMNS = ("updated_at_raw", "at_raw", "posted_at_raw")
_MADE_HERE = frozenset({"linked_url", "linked_public_id", "linked_version"})


def contract_of(settings: TradingGridSettings) -> Mapping[str, TradingGridObject]:
    """The mapping of every stream: the customer's, or the shipped example where the settings have none.

    Raises ConfigurationError with all mistakes of a mapping that does not fit the landing streams.
    """
    given = settings.objects or _example()
    mistakes = [f"trading_grid.objects.{name} is no stream of ours" for name in sorted(set(given) - set(RECORDS))]
    for name, mapped in given.items():
        if name in RECORDS:
            mistakes += _mistakes(name, mapped)
    if mistakes:
        raise ConfigurationError(
            tried="to use the Trading Grid mapping of the settings",
            found="; ".join(mistakes),
            expected="our streams and columns, each with the dotted path of their field",
            remedy="compare it with the shipped example (ingest/trading_grid/example_contract.py)",
        )
    return {name: given[name] for name in RECORDS if name in given}


def values_of(stream: str, mapped: TradingGridObject, context: Context) -> Callable[[JsonObject], list[Values]]:
    """The function that makes the row of one object of the stream."""
    record = RECORDS[stream]
    return lambda item: [column_values(record.from_response(under_our_names(item, mapped.fields), context))]


def under_our_names(item: JsonObject, fields: Mapping[str, str]) -> JsonObject:
    """The fields of a mapping, by our column names; a path that leads nowhere is None."""
    return {column: _at(item, path) for column, path in fields.items()}


def key_of(stream: str, item: JsonObject, fields: Mapping[str, str]) -> tuple[object, ...]:
    """The key of an object in its stream, as it stands."""
    return tuple(str(_at(item, fields[column])) for column in stream_schema("trading_grid", stream).key)


def latest_time(item: JsonObject, fields: Mapping[str, str]) -> datetime | None:
    """The vendor's own time of a change (UTC), by which the stream is read on; None when it cannot be read."""
    path = next((fields[column] for column in _TIME_COLUMNS if column in fields), None)
    raw = _at(item, path) if path else None
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _at(item: JsonObject, path: str) -> object:
    found: object = item
    for name in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def _example() -> dict[str, TradingGridObject]:
    try:
        return {name: TradingGridObject.model_validate(dict(mapped)) for name, mapped in EXAMPLE_OBJECTS.items()}
    except ValidationError as error:
        raise ConfigurationError(
            tried="to use the shipped example contract",
            found=str(error),
            expected="the shape of trading_grid.objects",
            remedy="report this as a defect",
        ) from error


def _mistakes(name: str, mapped: TradingGridObject) -> list[str]:
    schema = stream_schema("trading_grid", name)
    unknown = sorted(set(mapped.fields) - (set(schema.columns) - _MADE_HERE))
    missing = sorted((set(schema.required) | set(schema.key)) - set(mapped.fields))
    where = f"trading_grid.objects.{name}.fields"
    return [f"{where}.{column} is no column of ours" for column in unknown] + [
        f"{where}.{column} is missing" for column in missing
    ]
