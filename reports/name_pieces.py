"""Which names may hold a text, without looking at each of them.

Here belongs asking for the pieces of three letters of a text: a name that lacks one of them does not hold it
(`publish.served.names`). What else a name must fulfil belongs to the search.
"""

from __future__ import annotations

from typing import Final

import duckdb

from publish.served.names import LETTERS_OF_PIECE
from reports.remembered import read_once
from reports.rows import ask

PIECES_AT_MOST: Final = 64
"""Of a long text the first pieces are asked for."""
RAREST: Final = 3
COMMON: Final = 20_000
"""A piece of more names than that is not asked for which: that takes as long as looking at them."""
FEW: Final = 100
"""Up to so many rows are found faster one by one, by an index, than all are looked at."""


def rows_that_may_hold(cursor: duckdb.DuckDBPyConnection, text: str) -> list[int] | None:
    """Return the rows of `serving.similar_names` that may hold a text in small letters, in any of their texts.

    None where that can be any row: the text is too short, what it consists of is in too many names, or the snapshot is
    older than the pieces.
    """
    pieces = _pieces(text)
    if not pieces or not _knows_pieces(cursor):
        return None
    counts = _counts(cursor, pieces)
    if len(counts) < len(pieces):
        return []
    rarest = [piece for piece in sorted(pieces, key=counts.__getitem__)[:RAREST] if counts[piece] <= COMMON]
    rows = _rows(cursor, rarest) if rarest else []
    return rows if rarest and len(rows) <= FEW else None


def _pieces(text: str) -> list[str]:
    places = range(min(len(text) - LETTERS_OF_PIECE + 1, PIECES_AT_MOST))
    return sorted({text[place : place + LETTERS_OF_PIECE] for place in places})


@read_once
def _knows_pieces(cursor: duckdb.DuckDBPyConnection) -> bool:
    try:
        cursor.execute("select piece, name_count from serving.name_piece_counts limit 0")
    except duckdb.CatalogException:
        return False
    return True


def _counts(cursor: duckdb.DuckDBPyConnection, pieces: list[str]) -> dict[str, int]:
    """Return in how many names each piece is; one that is in none is not there."""
    asked = ", ".join("?" * len(pieces))
    question = f"select piece, name_count from serving.name_piece_counts where piece in ({asked})"  # noqa: S608 - marks
    return dict(ask(cursor, question, pieces).fetchall())


def _rows(cursor: duckdb.DuckDBPyConnection, pieces: list[str]) -> list[int]:
    """Return the rows that have all of these pieces, up to one more than few."""
    asked = ", ".join("?" * len(pieces))
    question = f"""
        select name_row
        from serving.name_pieces
        where piece in ({asked})
        group by name_row
        having count(*) = ?
        limit {FEW + 1}
    """  # noqa: S608 - marks and a constant
    return [row for (row,) in ask(cursor, question, [*pieces, len(pieces)]).fetchall()]
