"""Trading Grid's pages as landing rows: the mapping applied, pure.

Here belong bringing a customer's fields under our columns, the check that a mapping fits the landing stream,
and the time by which a stream is read on. Not here: the calls, claims and cursors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from pydantic import ValidationError

from assettrail.errors import ConfigurationError
from assettrail.trading_grid_settings import TradingGridObject, TradingGridSettings
from ingest.instants import WRITTEN_TIMES, instant_or_none, is_time_column, settled
from ingest.reading import Values, column_values
from ingest.schema import stream_schema
from ingest.strict import JsonObject
from ingest.trading_grid.absences import STREAMS_WITH_ABSENCES
from ingest.trading_grid.context import Context
from ingest.trading_grid.example_contract import EXAMPLE_OBJECTS
from ingest.trading_grid.paging import at_path
from ingest.trading_grid.records import RECORDS

_TIME_COLUMNS = ("updated_at_raw", "at_raw", "posted_at_raw")
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "item_reference": ("gtin", "product", "color_code"),
    "asset_reference": ("asset_id", "public_id"),
}
"""Key columns that are made of others, with those others."""
MADE_HERE = frozenset({"linked_url", "linked_public_id", "linked_version", "item_kind", WRITTEN_TIMES, *_MADE_OF})
"""Columns that are made of others, so that no mapping names them."""


def contract_of(settings: TradingGridSettings) -> Mapping[str, TradingGridObject]:
    """The mapping of every stream: the customer's, or the shipped example where the settings have none.

    Raises ConfigurationError with all mistakes of a mapping that does not fit the landing streams.
    """
    given = settings.objects or _example()
    mistakes = [f"trading_grid.objects.{name} is no stream of ours" for name in sorted(set(given) - set(RECORDS))]
    for name, mapped in given.items():
        if name in RECORDS:
            mistakes += mapping_mistakes(name, mapped.fields, f"trading_grid.objects.{name}.fields")
            mistakes += number_mistakes(mapped.numbers, mapped.fields, f"trading_grid.objects.{name}.")
            if mapped.lists_all and name not in STREAMS_WITH_ABSENCES:
                known = ", ".join(STREAMS_WITH_ABSENCES)
                mistakes.append(f"trading_grid.objects.{name}.lists_all is of no use: it is of {known}")
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
    return lambda item: [row_of(stream, under_our_names(item, mapped.fields, mapped.numbers), context, mapped.zone)]


def row_of(stream: str, item: JsonObject, context: Context, zone: str | None, time_format: str | None = None) -> Values:
    """The row of one object whose fields are under our names; `zone` is that of times without an offset.

    The zone that the settings name for the object's partner wins; a plain day stays a day. Raises RecordRejected.
    """
    values = column_values(RECORDS[stream].from_response(item, context))
    if not any(map(is_time_column, values)):
        return values
    partner_zone = context.partner_zones.get(str(values.get("partner_id")), zone)
    return settled(values, partner_zone, time_format, keeps_days=True)


def under_our_names(item: JsonObject, fields: Mapping[str, str], numbers: Collection[str] = ()) -> JsonObject:
    """The fields of a mapping, by our column names; a path that leads nowhere is None.

    A whole number in a column of `numbers`, or in a list there, becomes the text of its digits.
    """
    named = {column: at_path(item, path)[1] for column, path in fields.items()}
    return named | {column: _in_digits(named[column]) for column in numbers}


def _in_digits(value: object) -> object:
    if isinstance(value, list):
        return [_in_digits(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def key_of(stream: str, item: JsonObject, fields: Mapping[str, str]) -> tuple[object, ...]:
    """The key of an object in its stream, as it stands."""
    key = stream_schema("trading_grid", stream).key
    columns = [column for part in key for column in _MADE_OF.get(part, (part,)) if column in fields]
    return tuple(str(at_path(item, fields[column])[1]) for column in columns)


def has_time(mapped: TradingGridObject) -> bool:
    """Whether a mapping names the time of a change, by which windows of time can be told."""
    return any(column in mapped.fields for column in _TIME_COLUMNS)


def latest_time(item: JsonObject, mapped: TradingGridObject, context: Context) -> datetime | None:
    """The vendor's own time of a change (UTC), by which the stream is read on; None when it cannot be read."""
    fields = mapped.fields
    column = next((column for column in _TIME_COLUMNS if column in fields), None)
    raw = at_path(item, fields[column])[1] if column else None
    raw = _in_digits(raw) if column in mapped.numbers else raw
    partner = at_path(item, fields["partner_id"])[1] if "partner_id" in fields else None
    zone = context.partner_zones.get(str(partner), mapped.zone)
    return instant_or_none(raw, zone, keeps_days=True) if isinstance(raw, str) else None


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


def mapping_mistakes(stream: str, named: Iterable[str], where: str) -> list[str]:
    """What is wrong with the columns that a mapping names for a stream."""
    schema = stream_schema("trading_grid", stream)
    given = set(named)
    unknown = sorted(given - (set(schema.columns) - MADE_HERE))
    missing = sorted((set(schema.required) | set(schema.key)) - given - MADE_HERE)
    return [f"{where}.{column} is no column of ours" for column in unknown] + [
        f"{where}.{column} is missing" for column in missing
    ]


def number_mistakes(numbers: Iterable[str], mapped: Collection[str], where: str = "") -> list[str]:
    """What is wrong with the columns of which a mapping says that they are numbers there."""
    return [f"{where}numbers: {column} is no mapped column" for column in numbers if column not in mapped]
