"""The delivery addresses of a report, each read once however often it comes, as columns of many uses.

Here belong the numbers that stand for addresses and the columns and JSON that numbers become. What an address means is
`report_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from ingest.exstream.coded_column import CodedColumn
from ingest.exstream.report_uses import ADDRESS_COLUMNS, MOST_REMEMBERED, NO_ADDRESS, WHOLE_COLUMNS
from ingest.exstream.written_rows import NOT_WRITTEN, Written
from ingest.rows import rows_json
from ingest.schema import TEXT, WHOLE

_URL: Final = "url"
_ENCODER: Final = msgspec.json.Encoder()


class KnownAddresses:
    """The addresses of one report; remembers a bounded number of them."""

    def __init__(self, read: Callable[[str], tuple[object, ...]]) -> None:
        self._read = read
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[str, int] = {}
        self._urls = pa.array([], TEXT)
        self._others = pa.array([], TEXT)
        self._columns = {name: CodedColumn(WHOLE if name in WHOLE_COLUMNS else TEXT) for name in ADDRESS_COLUMNS}

    def columns(self, urls: pa.DictionaryArray) -> dict[str, Written]:
        """The columns that name what addresses deliver, and the address as it lands."""
        found = urls.dictionary.to_pylist()
        known = [*map(self._numbers.get, found)]
        if None in known:
            self._add([url for url in found if url not in self._numbers])
            known = [self._numbers[url] for url in found]
        numbers = np.array([*known, len(self._numbers)], np.int32)
        codes = urls.indices
        of_rows = numbers.take(codes.fill_null(len(found)).to_numpy())
        columns = {name: column.at(of_rows) for name, column in self._columns.items()}
        first, *_ = sorted(columns)
        written = {name: Written(column, NOT_WRITTEN) for name, column in columns.items()}
        places = pa.array(numbers[:-1])
        written[_URL] = Written(columns[_URL], self._urls.take(places), codes)
        written[first] = Written(columns[first], self._others.take(places), codes, has_keys=True)
        if len(self._numbers) > MOST_REMEMBERED:
            self._begin()
        return written

    def _add(self, urls: Sequence[str]) -> None:
        """Read addresses; an empty one names nothing. Raises RecordRejected for one that has to be read with care."""
        if not urls:
            return
        found = [self._read(url) if url else (url, *NO_ADDRESS) for url in urls]
        columns = dict(zip(ADDRESS_COLUMNS, zip(*found, strict=True), strict=True))
        for name, column in self._columns.items():
            column.add(columns[name])
        written = rows_json({name: values for name, values in columns.items() if name != _URL})
        others = [row[1:-1].decode() or None for row in written]
        self._others = pa.concat_arrays([self._others, pa.array(others, TEXT)])
        own = [_ENCODER.encode(url).decode() for url in columns[_URL]]
        self._urls = pa.concat_arrays([self._urls, pa.array(own, TEXT)])
        self._numbers.update(zip(urls, range(len(self._numbers), len(self._numbers) + len(urls)), strict=True))
