"""Lines of known shapes as tables of the three streams that a report feeds, without an object for any of their values.

Here belong which of the lines land this way, and each of their columns. Every cell is the one that the reader of single
lines gives; `tests/unit/ingest` compares the two. Not here: cutting (`line_shapes`), shapes (`shape_book`), the JSON of
rows that hashes are taken of (`written_rows`), what a value means (`Meaning`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Raw, UnsetType
from numpy.typing import NDArray

from assettrail.errors import RecordRejected
from evidence.many_hashes import sha256_of_each
from ingest.exstream.asset_use_report import BINDINGS
from ingest.exstream.coded_column import but_for
from ingest.exstream.known_addresses import KnownAddresses
from ingest.exstream.line_shapes import CutLines, Places, cut_most_lines
from ingest.exstream.plain_instants import are_plain_instants
from ingest.exstream.report_decisions import Decisions
from ingest.exstream.report_tables import Meaning, of_part
from ingest.exstream.report_uses import MOST_REMEMBERED
from ingest.exstream.shape_book import LineRows, Rows, ShapeBook
from ingest.exstream.shape_slots import NOWHERE, RENDERING_PARTS, WHOLE_VALUES
from ingest.exstream.written_rows import Written, as_written, json_of, row_json, same
from ingest.rows import hashed_table
from ingest.schema import TEXT, WHOLE, stream_schema

LandedPart = Callable[[Raw | UnsetType], str | None]


@dataclass(frozen=True)
class ShapedLines:
    """What was read of lines: tables by stream, how many lines they are of, and the others with their places."""

    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    lines: int = 0
    others: tuple[tuple[int, bytes], ...] = ()


class ShapedTables:
    """Makes tables of lines of one report; remembers shapes, and values that come again."""

    def __init__(self, meaning: Meaning, source_uri: str, raw_hash: str) -> None:
        self._meaning = meaning
        self._places = (source_uri, raw_hash)
        self._book = ShapeBook()
        self._offers = of_part(meaning.offers)
        self._profile = of_part(meaning.profile)
        self._decision = Decisions(meaning).landed
        self._addresses = KnownAddresses(meaning.address)
        self._target = lru_cache(maxsize=MOST_REMEMBERED)(meaning.target)

    def read(self, data: bytes) -> ShapedLines:
        """Read whole lines; those that are not of a known shape, or have to be read with care, are left."""
        most = cut_most_lines(data)
        if most is None:
            return ShapedLines(others=((0, data),))
        cut = most.cut
        shapes = self._book.numbers_of(cut)
        lines = np.flatnonzero((shapes != NOWHERE) & cut.is_sound).astype(np.int32)
        values = PlacedValues(cut)
        rows = self._book.rows(cut, lines, shapes[lines])
        usual = self._usual(values, rows)
        if not usual.all():
            lines = lines[usual]
            rows = self._book.rows(cut, lines, shapes[lines])
        if not len(lines):
            return ShapedLines(others=((0, data),))
        try:
            tables = self._tables(values, rows)
        except RecordRejected:
            return ShapedLines(others=((0, data),))
        return ShapedLines(tables, len(lines), tuple(_others(data, most.line_edges, most.numbers[lines])))

    def _usual(self, values: PlacedValues, rows: LineRows) -> NDArray[np.bool_]:
        """Of each line, whether its values are such as land without a further look."""
        communications, renderings, uses = rows.communications, rows.renderings, rows.uses
        is_usual = values.lengths(communications.values["communication_id"]) > 0
        is_usual &= are_plain_instants(values.texts(communications.values["generated_at"]))
        own = self._meaning.flow_instance_id
        is_usual &= values.are(communications.values["flow_instance_id"], lambda found: found == own)
        is_named = values.lengths(renderings.values["rendering_id"]) > 0
        is_named &= values.lengths(renderings.values["channel"]) > 0
        is_usual[renderings.lines[~is_named]] = False
        is_usual[uses.lines[~values.are(uses.values["binding"], BINDINGS.__contains__)]] = False
        return is_usual

    def _tables(self, values: PlacedValues, rows: LineRows) -> dict[str, pa.Table]:
        found = self._communications(values, rows.communications)
        communication = found["communication_id"]
        renderings = self._renderings(values, rows.renderings, communication)
        rendering = renderings["rendering_id"]
        return {
            "communications": self._table("communications", found),
            "renderings": self._table("renderings", renderings),
            "asset_uses": self._table("asset_uses", self._uses(values, rows.uses, communication, rendering)),
        }

    def _table(self, stream: str, found: Mapping[str, Written]) -> pa.Table:
        columns = {name: one.column for name, one in found.items()}
        schema = stream_schema("exstream", stream)
        if not len(columns["domain"]):
            return schema.hashed_schema().empty_table()
        return hashed_table(schema, columns, *self._places, sha256_of_each(row_json(found, schema.required)))

    def _communications(self, values: PlacedValues, rows: Rows) -> dict[str, Written]:
        count = len(rows.lines)
        pseudonyms = self._pseudonyms(values.coded(rows.values["recipient_id"]))
        key_id = pc.if_else(pseudonyms.is_valid(), pa.scalar(0, pa.int32()), None)
        names = ("document_type", "template_id", "template_version", "segment", "jurisdiction", "language")
        return {
            "domain": same(self._meaning.domain, count),
            "flow_instance_id": same(self._meaning.flow_instance_id, count),
            "communication_id": as_written(values.texts(rows.values["communication_id"])),
            "recipient_pseudonym": as_written(pseudonyms),
            "pseudonym_key_id": json_of(key_id, [self._meaning.key_id]),
            **{name: as_written(values.coded(rows.values[name])) for name in names},
            "offer_ids": values.part(rows.parts["offer_ids"], self._offers),
            "profile": values.part(rows.parts["profile"], self._profile),
            "generated_at_raw": as_written(values.texts(rows.values["generated_at"])),
        }

    def _pseudonyms(self, recipients: pa.DictionaryArray) -> pa.StringArray:
        """The pseudonyms of recipients, those that come again made once; an empty text is no recipient."""
        found = recipients.dictionary
        is_named = pc.not_equal(found, "")
        pseudonyms = self._meaning.pseudonyms(found.filter(is_named))
        if len(pseudonyms) < len(found):
            numbers = pc.if_else(is_named, pc.cumulative_sum(is_named.cast(pa.int32())), None)
            pseudonyms = pseudonyms.take(pc.subtract(numbers, 1))
        return pseudonyms.take(recipients.indices)

    def _renderings(self, values: PlacedValues, rows: Rows, communication: Written) -> dict[str, Written]:
        return {
            "domain": same(self._meaning.domain, len(rows.lines)),
            "communication_id": communication.at(rows.lines),
            "rendering_id": as_written(values.coded(rows.values["rendering_id"])),
            "channel": as_written(values.coded(rows.values["channel"])),
            "queue_name": as_written(values.coded(rows.values["queue_name"])),
            **{name: values.part(rows.parts[name], self._decision) for name in RENDERING_PARTS},
        }

    def _uses(self, values: PlacedValues, rows: Rows, communication: Written, rendering: Written) -> dict[str, Written]:
        found = rows.values
        targets = values.coded(found["target_reference"])
        texts = ("placeholder", "binding", "asset_id", "etag", "public_id")
        return {
            "domain": same(self._meaning.domain, len(rows.lines)),
            "communication_id": communication.at(rows.lines),
            "rendering_id": rendering.at(rows.parents),
            **{name: as_written(values.coded(found[name])) for name in texts},
            **{name: as_written(values.coded(found[name]), WHOLE) for name in WHOLE_VALUES},
            **self._addresses.columns(values.coded(found["url"])),
            "target_reference": json_of(targets.indices, [self._target(one) for one in targets.dictionary.to_pylist()]),
        }


class PlacedValues:
    """The values of lines that are cut, and the parts of them that are kept as JSON."""

    def __init__(self, cut: CutLines) -> None:
        self._cut = cut
        odd = pa.array(np.arange(1, len(cut.edges), 2, dtype=np.int32))
        # Values of one column lie far apart: without what stands between them more of them fit into the cache.
        self._values = pc.take(cut.segments, odd, boundscheck=False)
        self._texts: dict[int, tuple[Places, pa.StringArray]] = {}
        self._coded: dict[int, tuple[Places, pa.DictionaryArray]] = {}

    def texts(self, numbers: Places) -> pa.StringArray:
        """The texts of values, NULL for those that are nowhere; those that are asked for twice are taken once."""
        if id(numbers) not in self._texts:
            self._texts[id(numbers)] = numbers, self._taken(numbers)
        return self._texts[id(numbers)][1]

    def _taken(self, numbers: Places) -> pa.StringArray:
        nowhere = numbers == NOWHERE
        if nowhere.all():
            return pa.nulls(len(numbers), TEXT)
        places = but_for(numbers, nowhere) if nowhere.any() else pa.array(numbers)
        return pc.take(self._values, places, boundscheck=False)

    def coded(self, numbers: Places) -> pa.DictionaryArray:
        """The texts of values with a dictionary; those that are asked for twice are taken once."""
        if id(numbers) not in self._coded:
            self._coded[id(numbers)] = numbers, self.texts(numbers).dictionary_encode()
        return self._coded[id(numbers)][1]

    def lengths(self, numbers: Places) -> Places:
        """How many bytes values have, for such as are somewhere."""
        edges = self._cut.edges
        return edges[2 * numbers + 1] - edges[2 * numbers]

    def are(self, numbers: Places, is_one: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Whether each value is one of a kind, or nowhere; equal values are asked for once."""
        coded = self.coded(numbers)
        found = np.array([*map(is_one, coded.dictionary.to_pylist()), True], np.bool_)
        answers: NDArray[np.bool_] = found.take(coded.indices.fill_null(len(found) - 1).to_numpy())
        return answers

    def part(self, places: tuple[Places, Places], landed: LandedPart) -> Written:
        """What lands of parts, equal ones read once; `landed` is asked for what is nowhere as for `null`."""
        starts, ends = places
        is_there = np.flatnonzero(starts != NOWHERE)
        edges = np.stack([starts.take(is_there), ends.take(is_there)], axis=1).reshape(-1)
        data = pa.py_buffer(self._cut.data)
        offsets = np.concatenate([np.zeros(1, np.int32), edges, np.array([data.size], np.int32)])
        pieces = pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), data])
        places = pa.array(np.arange(1, len(edges), 2, dtype=np.int32))
        coded = pc.take(pieces, places, boundscheck=False).dictionary_encode()
        found = [*(landed(Raw(text)) for text in coded.dictionary.to_pylist()), landed(Raw(b"null"))]
        codes = np.full(len(starts), len(found) - 1, np.int32)
        codes[is_there] = coded.indices.to_numpy()
        return json_of(pa.array(codes), found)


def _others(data: bytes, line_edges: Places, taken: Places) -> Iterator[tuple[int, bytes]]:
    """The lines that are not taken, those that follow one another together, with their places."""
    bounds = np.concatenate([np.array([-1]), taken, np.array([len(line_edges) - 1])])
    for at in np.flatnonzero(np.diff(bounds) > 1):
        start, end = int(line_edges[bounds[at] + 1]), int(line_edges[bounds[at + 1]])
        yield start, data[start:end]
