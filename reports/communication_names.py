"""Communications by their id, or by how it begins, at any number of them.

Here belong the two questions that do not look through all communications: the ids lie in order, cut into places of the
same length, and a small table tells the first id of each (`publish.serving`). A snapshot that is older than these
tables, or that is narrowed to jurisdictions and so has no such list of everybody's ids, is looked through instead.
"""

from __future__ import annotations

import duckdb

_AT = """
    select
        coalesce(max(place) filter (where first_folded < lower($text)), 0) as first_place,
        coalesce(max(place) filter (where first_folded <= lower($text)), -1) as last_place,
        coalesce(max(place) filter (where first_folded < lower($text) || chr(1114111)), -1) as last_beginning
    from serving.communication_places
"""
_KEYS = """
    select communication_key from serving.communication_names
    where place between $first and $last and folded = lower($text) and communication_id_exstream = $text
"""
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


def keys_of(cursor: duckdb.DuckDBPyConnection, communication_id: str) -> list[str]:
    """Return the keys of the communications of that id, one per domain of Exstream."""
    places = _places(cursor, communication_id)
    if places is None:
        looked_through = "select communication_key from marts.fct_communications where communication_id_exstream = ?"
        return [str(key) for (key,) in cursor.execute(looked_through, [communication_id]).fetchall()]
    first, last, _ = places
    bound = {"first": first, "last": last, "text": communication_id}
    return [str(key) for (key,) in cursor.execute(_KEYS, bound).fetchall()]


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
    try:
        row = cursor.execute(_AT, {"text": text}).fetchone()
    except duckdb.CatalogException:
        return None
    return (int(row[0]), int(row[1]), int(row[2])) if row else None


def _ids(cursor: duckdb.DuckDBPyConnection, question: str, bound: dict[str, object]) -> list[str]:
    return [str(found) for (found,) in cursor.execute(question, bound).fetchall()]
