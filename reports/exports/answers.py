"""An export as an HTTP answer: its name, its headers, and the document that describes the CSV.

Here belongs what is told outside of the rows. A CSV file has no place for its origin, so that it stands in its name,
in the headers, and in a document of the W3C's "CSV on the Web" that the `Link` header leads to (`describedby`).
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
from starlette.responses import JSONResponse, Response, StreamingResponse

from reports.exports.listing import Origin, Rows
from reports.exports.written import FORMULA, csv_pieces, json_pieces, parquet_pieces
from reports.text import CSV_ENDING, CSV_METADATA_ENDING, PARQUET_ENDING, ROWS_ENDING

MEDIA_TYPES = {
    CSV_ENDING: "text/csv; charset=utf-8; header=present",
    ROWS_ENDING: "application/json",
    PARQUET_ENDING: "application/vnd.apache.parquet",
    CSV_METADATA_ENDING: "application/csvm+json",
}
OpenCursor = Callable[[], contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens a cursor on what the person may see of a snapshot."""

_CSVW_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "double"),
    (pa.types.is_decimal, "decimal"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_nested, "json"),
)


def export(ending: str, listing: Rows, origin: Origin, cursor_of: OpenCursor, description: str) -> Response:
    """Return the rows of a listing in the form of the ending.

    `cursor_of` opens a cursor on what the person may see; `description` is the address of the CSV's document. The
    question runs before the answer begins, so that what cannot be asked is told as a problem.
    """
    stack = contextlib.ExitStack()
    try:
        reader = listing.reader(stack.enter_context(cursor_of()))
        told = origin.to_plain(listing)
        if ending == CSV_METADATA_ENDING:
            with stack:
                with cursor_of() as other:
                    count = listing.count(other)
                document = csv_on_the_web(told, reader.schema, file_name(listing, origin, CSV_ENDING), count)
                return JSONResponse(document, media_type=MEDIA_TYPES[ending])
        pieces = pieces_of(ending, told, reader)
        first = next(pieces)
    except BaseException:
        stack.close()
        raise
    headers = headers_of(ending, listing, origin, description)
    return StreamingResponse(_until_done(stack, first, pieces), media_type=MEDIA_TYPES[ending], headers=headers)


def headers_of(ending: str, listing: Rows, origin: Origin, description: str) -> dict[str, str]:
    """Return the headers that say where the rows come from."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(listing, origin, ending)}"',
        "Assettrail-Snapshot": origin.snapshot or "none",
        "Assettrail-Data-Until": origin.data_until or "unknown",
        "Assettrail-Complete": "yes" if origin.is_complete else "no",
    }
    if ending == CSV_ENDING:
        headers["Link"] = f'<{description}>; rel="describedby"; type="application/csvm+json"'
    return headers


def file_name(listing: Rows, origin: Origin, ending: str) -> str:
    """Return the name of the file: what it lists and of which snapshot; all of it is ours."""
    return f"{listing.name}-{origin.mark}{ending}"


def csv_on_the_web(told: dict[str, Any], schema: pa.Schema, name: str, row_count: int) -> dict[str, Any]:
    """Return the document of the W3C's "CSV on the Web" that describes a CSV file of these columns."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": name,
        "dc:title": told["name"],
        "dc:description": told["grain"],
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "tableSchema": {
            "columns": [{"name": each.name, "titles": each.name, "datatype": csvw_type(each.type)} for each in schema]
        },
        "notes": [
            {
                "assettrail": {
                    **told,
                    "row_count": row_count,
                    "defused": "a text that begins with one of these has an apostrophe before it; "
                    f"the form {ROWS_ENDING} has it as it is",
                    "defused_beginnings": list(FORMULA),
                }
            }
        ],
    }


def csvw_type(kind: pa.DataType) -> str:
    """Return the name of a column's type in CSV on the Web."""
    return next((name for is_kind, name in _CSVW_TYPES if is_kind(kind)), "string")


@contextlib.contextmanager
def no_cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database, for rows that stand in no snapshot."""
    with duckdb.connect(":memory:") as connection:
        yield connection


def pieces_of(ending: str, told: dict[str, Any], reader: pa.RecordBatchReader) -> Iterator[bytes]:
    """Give the pieces of a file in the form of the ending."""
    if ending == CSV_ENDING:
        return csv_pieces(reader)
    return json_pieces(told, reader) if ending == ROWS_ENDING else parquet_pieces(told, reader)


def _until_done(stack: contextlib.ExitStack, first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give the pieces, then let the cursor go; a reader that leaves early lets it go, too."""
    with stack:
        yield from itertools.chain([first], pieces)
