"""The plain lines of an asset-use report as tables of the three streams that it feeds.

Here belongs one function per stream from lines to columns, each cell the one that the reader of single lines gives:
`tests/unit/ingest` compares the two over generated reports. A line in which one of the parts kept as JSON is not
sound is refused as a whole, to be read alone. Not here: decoding lines (`plain_lines`), what a value means
(`Meaning`, given by `streams`), and files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import UNSET, Raw, UnsetType

from assettrail.errors import RecordRejected
from ingest.exstream.plain_lines import PlainLine, PlainReference, PlainRendering, PlainUse
from ingest.strict import decode_json

Cells = list[object]
Columns = dict[str, Cells]
_MOST_REMEMBERED: Final = 50_000
_MOST_BRACKETS: Final = 40
_NO_REFERENCE: Final = PlainReference(None, None, None, None)
_NO_ADDRESS: Final = (None,) * 8
Key = TypeVar("Key")
Value = TypeVar("Value")

ADDRESS_COLUMNS: Final = (
    "url",
    "delivery_state",
    "delivery_cloud",
    "delivery_resource_type",
    "delivery_type",
    "delivery_transformation",
    "delivery_version",
    "delivery_public_id",
    "delivery_format",
)


class Meaning(Protocol):
    """What single values of a report become when they land."""

    @property
    def domain(self) -> str:
        """The domain of the run."""
        ...

    @property
    def flow_instance_id(self) -> str:
        """The flow instance whose report it is."""
        ...

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        ...

    def recipient(self, value: str) -> str:
        """The pseudonym of a recipient."""
        ...

    def offers(self, found: object) -> str:
        """The offers, as JSON text. Raises RecordRejected for what is no list."""
        ...

    def profile(self, found: object) -> str:
        """What of a profile lands, as JSON text. Raises RecordRejected for what is no object."""
        ...

    def decision(self, found: object) -> str | None:
        """What of a selection, retrieval or rendition request lands. Raises RecordRejected for what is no object."""
        ...

    def target(self, found: object) -> str | None:
        """Where a reader is led. Raises RecordRejected for what is neither text nor object."""
        ...

    def address(self, url: str) -> tuple[object, ...]:
        """The cleaned address and what it names, in the order of `ADDRESS_COLUMNS`."""
        ...


def remembered(find: Callable[[Key], Value]) -> Callable[[Key], Value]:
    """The same function, which remembers what it found for values that come again, up to a bounded number."""
    found: dict[Key, Value] = {}

    def find_once(key: Key) -> Value:
        try:
            return found[key]
        except KeyError:
            if len(found) >= _MOST_REMEMBERED:
                found.clear()
            value = found[key] = find(key)
            return value

    return find_once


class ReportTables:
    """Makes columns of plain lines for one file; remembers addresses, profiles and recipients that come again."""

    def __init__(self, meaning: Meaning, decode: Callable[[bytes], object]) -> None:
        self._meaning = meaning
        self._recipient = remembered(meaning.recipient)
        self._address = remembered(meaning.address)
        self._offers = remembered(_of_part(meaning.offers, decode))
        self._profile = remembered(_of_part(meaning.profile, decode))
        self._decision = _of_part(meaning.decision, decode)
        self._target = remembered(_of_part(meaning.target, decode))

    def columns(self, stream: str, lines: Sequence[PlainLine]) -> Columns:
        """The columns of one stream. Raises RecordRejected when a part that is kept as JSON is not sound."""
        if stream == "communications":
            return self._communications(lines)
        return self._renderings(lines) if stream == "renderings" else self._uses(lines)

    def _communications(self, lines: Sequence[PlainLine]) -> Columns:
        recipients = [self._recipient(line.recipient_id) if line.recipient_id else None for line in lines]
        return {
            "domain": [self._meaning.domain] * len(lines),
            "flow_instance_id": [self._meaning.flow_instance_id] * len(lines),
            "communication_id": [line.communication_id for line in lines],
            "recipient_pseudonym": list(recipients),
            "pseudonym_key_id": [self._meaning.key_id if recipient else None for recipient in recipients],
            "document_type": [line.document_type or _empty(line.document_type) for line in lines],
            "template_id": [line.template_id or _empty(line.template_id) for line in lines],
            "template_version": [_name_or_number(line.template_version) for line in lines],
            "segment": [line.segment or _empty(line.segment) for line in lines],
            "jurisdiction": [line.jurisdiction or _empty(line.jurisdiction) for line in lines],
            "language": [line.language or _empty(line.language) for line in lines],
            "offer_ids": [self._offers(bytes(line.offer_ids)) for line in lines],
            "profile": [self._profile(bytes(line.profile)) for line in lines],
            "generated_at_raw": [line.generated_at for line in lines],
        }

    def _renderings(self, lines: Sequence[PlainLine]) -> Columns:
        pairs = [(line.communication_id, rendering) for line in lines for rendering in line.renderings or ()]
        return {
            "domain": [self._meaning.domain] * len(pairs),
            "communication_id": [communication for communication, _ in pairs],
            "rendering_id": [rendering.rendering_id for _, rendering in pairs],
            "channel": [rendering.channel for _, rendering in pairs],
            "queue_name": [_queue(rendering) for _, rendering in pairs],
            "selection": [self._decided(rendering.selection) for _, rendering in pairs],
            "retrieval": [self._decided(rendering.retrieval) for _, rendering in pairs],
            "rendition_request": [self._decided(rendering.rendition_request) for _, rendering in pairs],
        }

    def _uses(self, lines: Sequence[PlainLine]) -> Columns:
        triples = list(_triples(lines))
        uses = [use for _, _, use in triples]
        references = [use.asset_reference or _NO_REFERENCE for use in uses]
        addresses = [self._address(use.url) if use.url else (_empty(use.url), *_NO_ADDRESS) for use in uses]
        return {
            "domain": [self._meaning.domain] * len(uses),
            "communication_id": [communication for communication, _, _ in triples],
            "rendering_id": [rendering for _, rendering, _ in triples],
            "ordinal": [use.ordinal for use in uses],
            "placeholder": [use.placeholder or _empty(use.placeholder) for use in uses],
            "binding": [use.binding for use in uses],
            "asset_id": [reference.asset_id or _empty(reference.asset_id) for reference in references],
            "version": [None if reference.version is UNSET else reference.version for reference in references],
            "etag": [reference.etag or _empty(reference.etag) for reference in references],
            "public_id": [reference.public_id or _empty(reference.public_id) for reference in references],
            **{name: [address[at] for address in addresses] for at, name in enumerate(ADDRESS_COLUMNS)},
            "target_reference": [self._target(bytes(use.target_reference)) for use in uses],
        }

    def _decided(self, raw: Raw) -> str | None:
        return self._decision(bytes(raw)) if raw else None


def _triples(lines: Sequence[PlainLine]) -> Iterator[tuple[str, str, PlainUse]]:
    """Each use with the communication and the rendering that it belongs to."""
    for line in lines:
        for rendering in line.renderings or ():
            for use in rendering.uses or ():
                yield line.communication_id, rendering.rendering_id, use


def _of_part(find: Callable[[object], Value], decode: Callable[[bytes], object]) -> Callable[[bytes], Value]:
    """The function of a decoded value as a function of its bytes; absent is null."""
    return lambda raw: find(decode(raw) if raw else None)


def decode_part(raw: bytes) -> object:
    """A part of a line that is kept as it came.

    Raises RecordRejected when it is not sound, and when it may be deep: its line is read alone then.
    """
    if raw.count(b"[") + raw.count(b"{") > _MOST_BRACKETS:
        raise RecordRejected(
            tried="to read a part of a plain line",
            found=f"more than {_MOST_BRACKETS} brackets",
            expected="a part whose depth need not be looked at",
            remedy="none is needed: the line is read alone",
        )
    return decode_json(raw, "a part of a line of an asset-use report")


def _empty(text: str | UnsetType | None) -> str | None:
    """What stands for a text that is empty, null or absent."""
    return "" if text == "" else None


def _name_or_number(value: str | int | UnsetType | None) -> str | None:
    return None if value is None or value is UNSET else str(value)


def _queue(rendering: PlainRendering) -> str | None:
    found = rendering.queue_name if rendering.queue is UNSET else rendering.queue
    return None if found is UNSET else found
