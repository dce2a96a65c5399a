"""Communications by their id, or by how it begins, at any number of them.

Here belong the two questions that do not look through all communications: the ids lie in order, cut into places of the
same length, and a small table tells the first id of each (`publish.serving`). A snapshot that is older than these
tables, or that is narrowed to jurisdictions and so has no such list of everybody's ids, is looked through instead.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

import duckdb

from reports.remembered import read_once
from reports.rows import ask

_FIRST = "select first_folded from serving.communication_places order by place"
_LAST: Final = chr(1114111)
_KEYS = """
    select communication_key{rows} from serving.communication_names
    where place between $first and $last and communication_id_exstream = $text
"""
_ROWS = ", communication_row, first_use_row, last_use_row"
_BEGINNING = """
    select communication_id_exstream
    from serving.communication_names
    where place between $first and $last and folded >= lower($text) and starts_with(folded, lower($text))
    group by communication_id_exstream
    order by min(folded), communication_id_exstream
    limit $most
"""
_LOOKED_THROUGH = """
    select communication_id_exstream
    from marts.fct_communications
    where starts_with(lower(communication_id_exstream), lower($text))
    group by communication_id_exstream
    order by lower(communication_id_exstream), communication_id_exstream
    limit $most
"""


@dataclass(frozen=True)
class Rows:
    """Which rows of the published file tell of a communication: its own, and those from its first use to its last."""

    communication_row: int
    first_use_row: int | None
    last_use_row: int | None


def keys_of(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> list[str]:
    """Return the keys of the communications of that id, one per domain of Exstream."""
    return list(found_by(cursor, communication_id))


def found_by(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> dict[str, Rows | None]:
    """Return the keys of the communications of that id, each with its rows where the snapshot tells them."""
    places = _places(cursor, communication_id)
    if places is None:
        looked_through = "select communication_key from marts.fct_communications where communication_id_exstream = ?"
        return {str(key): None for (key,) in ask(cursor, looked_through, [communication_id]).fetchall()}
    first, last, _ = places
    bound = {"first": first, "last": last, "text": communication_id}
    question = _KEYS.format(rows=_ROWS if _knows_rows(cursor) else "")
    return {str(key): Rows(*rows) if rows else None for key, *rows in ask(cursor, question, bound).fetchall()}


@read_once
def _knows_rows(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the snapshot is not older than the rows that stand beside the names."""
    try:
        cursor.execute(f"select 1{_ROWS} from serving.communication_names limit 0")  # noqa: S608 - a constant
    except duckdb.BinderException:
        return False
    return True


def ids_beginning(cursor: duckdb.DuckDBPyConnection, text: str, most: int) -> list[str]:
    """Return the first ids that begin as the text does, whatever its letters' case."""
    places = _places(cursor, text)
    if places is None:
        return _ids(cursor, _LOOKED_THROUGH, {"text": text, "most": most})
    first, _, last = places
    near = min(last, first + 1)
    found = _ids(cursor, _BEGINNING, {"text": text, "most": most, "first": first, "last": near})
    if len(found) < most and near < last:
        found = _ids(cursor, _BEGINNING, {"text": text, "most": most, "first": first, "last": last})
    return found


def _places(cursor: duckdb.DuckDBPyConnection, text: str) -> tuple[int, int, int] | None:
    """Return the first place that may hold the text, the last that may hold it, and the last of what begins so."""
    firsts = _first_of_places(cursor)
    if firsts is None:
        return None
    sought = folded(cursor, text)
    first = max(0, bisect_left(firsts, sought) - 1)
    return first, bisect_right(firsts, sought) - 1, bisect_left(firsts, sought + _LAST) - 1


@read_once
def _first_of_places(cursor: duckdb.DuckDBPyConnection) -> list[str] | None:
    """Return the first id of each place in small letters, by place; None where the snapshot has no places.

    Python compares texts by their code points, which is the order of their bytes in UTF-8 that DuckDB sorts by.
    """
    try:
        return [str(first) for (first,) in ask(cursor, _FIRST).fetchall()]
    except duckdb.CatalogException:
        return None


def folded(cursor: duckdb.DuckDBPyConnection, text: str) -> str:
    """Return a text in small letters as DuckDB writes them: beyond ASCII, Python has other rules."""
    if text.isascii():
        return text.lower()
    row = ask(cursor, "select lower(?)", [text]).fetchone()
    return str(row[0]) if row else text


def _ids(cursor: duckdb.DuckDBPyConnection, question: str, bound: dict[str, object]) -> list[str]:
    return [str(found) for (found,) in ask(cursor, question, bound).fetchall()]
