"""The plain lines of an asset-use report as tables of the three streams that it feeds.

Here belongs one function per stream from lines to columns, each cell the one that the reader of single lines gives:
`tests/unit/ingest` compares the two over generated reports. A line in which one of the parts kept as JSON is not
sound is refused as a whole, to be read alone. Not here: decoding lines (`plain_lines`), uses that come again
(`report_uses`), what a value means (`Meaning`, given by `report_rows`), and files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET, Raw, UnsetType

from assettrail.errors import RecordRejected
from evidence.many_hashes import sha256_of_each
from ingest.exstream.asset_use_report import is_plain_instant
from ingest.exstream.plain_lines import PlainLine, PlainRendering, part
from ingest.exstream.report_decisions import Decisions, MeansDecisions
from ingest.exstream.report_uses import DistinctUses, MeansUses
from ingest.rows import hashed_table
from ingest.schema import TEXT, stream_schema

Columns = dict[str, Sequence[object]]
_MOST_REMEMBERED: Final = 50_000
_UNDECIDED: Final = (None, None, None)
_ENCODER: Final = msgspec.json.Encoder()
Value = TypeVar("Value")


class Meaning(MeansUses, MeansDecisions, Protocol):
    """What single values of a report become when they land."""

    @property
    def flow_instance_id(self) -> str:
        """The flow instance whose report it is."""
        ...

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        ...

    def pseudonyms(self, values: pa.StringArray) -> pa.StringArray:
        """The pseudonyms of recipients, in order."""
        ...

    def offers(self, found: object) -> str:
        """The offers, as JSON text. Raises RecordRejected for what is no list."""
        ...

    def profile(self, found: object) -> str:
        """What of a profile lands, as JSON text. Raises RecordRejected for what is no object."""
        ...


class ReportTables:
    """Gathers plain lines of one report and makes tables of them; remembers parts that come again."""

    def __init__(self, meaning: Meaning, source_uri: str, raw_hash: str) -> None:
        self._meaning = meaning
        self._key_id = meaning.key_id
        self._places = (source_uri, raw_hash)
        self._offers = of_part(meaning.offers)
        self._profile = of_part(meaning.profile)
        self._decision = Decisions(meaning).landed
        self._uses = DistinctUses(meaning)
        self._begin()

    def _begin(self) -> None:
        self._lines: list[PlainLine] = []
        self._offers_found: list[str] = []
        self._profiles: list[str] = []
        self._renderings: list[tuple[PlainLine, PlainRendering]] = []
        self._decisions: list[tuple[str | None, str | None, str | None]] = []
        self._numbers: list[int] = []

    def add(self, lines: Sequence[PlainLine]) -> None:
        """Gather lines; raise RecordRejected, with none of them gathered, when a part of one has to be read alone."""
        if not all(is_plain_instant(line.generated_at) for line in lines):
            raise RecordRejected(
                tried="to read plain lines as columns",
                found="a time of an unusual form",
                expected="ISO 8601 with T and an offset",
                remedy="read the line alone",
            )
        offers = [self._offers(line.offer_ids) for line in lines]
        profiles = [self._profile(line.profile) for line in lines]
        renderings = [(line, rendering) for line in lines for rendering in line.renderings or ()]
        decisions = [self._decisions_of(rendering) for _, rendering in renderings]
        numbers = self._uses.numbers([bytes(use) for _, rendering in renderings for use in rendering.uses or ()])
        self._lines += lines
        self._offers_found += offers
        self._profiles += profiles
        self._renderings += renderings
        self._decisions += decisions
        self._numbers += numbers

    def _decisions_of(self, one: PlainRendering) -> tuple[str | None, str | None, str | None]:
        """What lands of a rendering's selection, retrieval and rendition request; most have none."""
        if one.selection is UNSET and one.retrieval is UNSET and one.rendition_request is UNSET:
            return _UNDECIDED
        landed = self._decision
        return landed(one.selection), landed(one.retrieval), landed(one.rendition_request)

    def tables(self) -> dict[str, pa.Table]:
        """The tables of what was gathered, by stream, none for no lines; gathering begins anew."""
        if not self._lines:
            return {}
        found = {
            "communications": self._table("communications", self._communications()),
            "renderings": self._table("renderings", self._rendering_columns()),
            "asset_uses": self._use_table(),
        }
        self._begin()
        self._uses.forget_if_many()
        return found

    def _table(self, stream: str, columns: Columns) -> pa.Table:
        return hashed_table(stream_schema("exstream", stream), columns, *self._places)

    def _communications(self) -> Columns:
        lines = self._lines
        recipients = self._recipients([line.recipient_id or None for line in lines])
        return {
            "domain": [self._meaning.domain] * len(lines),
            "flow_instance_id": [self._meaning.flow_instance_id] * len(lines),
            "communication_id": [line.communication_id for line in lines],
            "recipient_pseudonym": recipients,
            "pseudonym_key_id": [self._key_id if recipient else None for recipient in recipients],
            "document_type": _present([line.document_type for line in lines]),
            "template_id": _present([line.template_id for line in lines]),
            "template_version": [_name_or_number(line.template_version) for line in lines],
            "segment": _present([line.segment for line in lines]),
            "jurisdiction": _present([line.jurisdiction for line in lines]),
            "language": _present([line.language for line in lines]),
            "offer_ids": self._offers_found,
            "profile": self._profiles,
            "generated_at_raw": [line.generated_at for line in lines],
        }

    def _recipients(self, found: Sequence[str | None]) -> list[str | None]:
        """The pseudonyms of recipients, those that come again made once; no recipient has none."""
        values = list(dict.fromkeys(value for value in found if value is not None))
        pseudonyms: dict[str | None, str | None] = {None: None}
        pseudonyms.update(zip(values, self._meaning.pseudonyms(pa.array(values, TEXT)).to_pylist(), strict=True))
        return [pseudonyms[value] for value in found]

    def _rendering_columns(self) -> Columns:
        pairs = self._renderings
        selections, retrievals, requests = zip(*self._decisions, strict=True) if pairs else ((), (), ())
        return {
            "domain": [self._meaning.domain] * len(pairs),
            "communication_id": [line.communication_id for line, _ in pairs],
            "rendering_id": [rendering.rendering_id for _, rendering in pairs],
            "channel": [rendering.channel for _, rendering in pairs],
            "queue_name": [_queue(rendering) for _, rendering in pairs],
            "selection": selections,
            "retrieval": retrievals,
            "rendition_request": requests,
        }

    def _use_table(self) -> pa.Table:
        """The table of uses: columns of distinct uses by their numbers, ids by how many uses a rendering has."""
        if not self._numbers:
            return stream_schema("exstream", "asset_uses").hashed_schema().empty_table()
        counts = [len(rendering.uses or ()) for _, rendering in self._renderings]
        of_rendering = pa.array(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
        numbers = np.array(self._numbers, dtype=np.int32)
        communications = pa.array([line.communication_id for line, _ in self._renderings], pa.string())
        renderings = pa.array([rendering.rendering_id for _, rendering in self._renderings], pa.string())
        columns = {
            **self._uses.columns(numbers),
            "communication_id": communications.take(of_rendering),
            "rendering_id": renderings.take(of_rendering),
        }
        rows = self._uses.rows(
            numbers,
            _as_json([line.communication_id for line, _ in self._renderings]).take(of_rendering),
            _as_json([rendering.rendering_id for _, rendering in self._renderings]).take(of_rendering),
        )
        return hashed_table(stream_schema("exstream", "asset_uses"), columns, *self._places, sha256_of_each(rows))


def _as_json(texts: Sequence[str]) -> pa.BinaryArray:
    """Each text as JSON, in which a line never breaks."""
    return pa.array(_ENCODER.encode_lines(texts).split(b"\n")[:-1], pa.binary())


def of_part(find: Callable[[object], Value]) -> Callable[[Raw | UnsetType], Value]:
    """The function of a part kept as JSON, which remembers what it found for parts that come again; absent is null."""
    values: dict[bytes, Value] = {}
    nothing = find(None)

    def find_once(raw: Raw | UnsetType) -> Value:
        if raw is UNSET:
            return nothing
        text = bytes(raw)
        try:
            return values[text]
        except KeyError:
            if len(values) >= _MOST_REMEMBERED:
                values.clear()
            found = values[text] = find(part(text))
            return found

    return find_once


def _present(values: list[object]) -> list[object]:
    """The values, with None for what is absent."""
    return [None if value is UNSET else value for value in values]


def _name_or_number(value: str | int | UnsetType | None) -> str | None:
    return None if value is None or value is UNSET else str(value)


def _queue(rendering: PlainRendering) -> str | None:
    found = rendering.queue_name if rendering.queue is UNSET else rendering.queue
    return None if found is UNSET else found
