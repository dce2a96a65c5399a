"""The plain lines of an asset-use report as tables of the three streams that it feeds.

Here belongs one function per stream from lines to columns, each cell the one that the reader of single lines gives:
`tests/unit/ingest` compares the two over generated reports. A line in which one of the parts kept as JSON is not
sound is refused as a whole, to be read alone. Not here: decoding lines (`plain_lines`), what a value means
(`Meaning`, given by `streams`), and files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ingest.exstream.plain_lines import PlainLine, PlainReference, PlainRendering

Cells = list[object]
Columns = dict[str, Cells]
_MOST_REMEMBERED: Final = 50_000
_NO_REFERENCE: Final = PlainReference(None, None, None, None)
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
_NO_ADDRESS: Final[Mapping[object, tuple[object, ...]]] = {
    None: (None,) * len(ADDRESS_COLUMNS),
    UNSET: (None,) * len(ADDRESS_COLUMNS),
    "": ("", *[None] * (len(ADDRESS_COLUMNS) - 1)),
}
Key = TypeVar("Key")
Value = TypeVar("Value")


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

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._recipient = remembered(meaning.recipient)
        self._address = remembered(meaning.address)
        self._offers = _of_json(meaning.offers)
        self._profile = _of_json(meaning.profile)
        self._decision = _of_json(meaning.decision)
        self._target = _of_json(meaning.target)

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
            "document_type": _present([line.document_type for line in lines]),
            "template_id": _present([line.template_id for line in lines]),
            "template_version": [_name_or_number(line.template_version) for line in lines],
            "segment": _present([line.segment for line in lines]),
            "jurisdiction": _present([line.jurisdiction for line in lines]),
            "language": _present([line.language for line in lines]),
            "offer_ids": [self._offers(line.offer_ids) for line in lines],
            "profile": [self._profile(line.profile) for line in lines],
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
            "selection": [self._decision(rendering.selection) for _, rendering in pairs],
            "retrieval": [self._decision(rendering.retrieval) for _, rendering in pairs],
            "rendition_request": [self._decision(rendering.rendition_request) for _, rendering in pairs],
        }

    def _uses(self, lines: Sequence[PlainLine]) -> Columns:
        pairs = [(line.communication_id, rendering) for line in lines for rendering in line.renderings or ()]
        uses = [use for _, rendering in pairs for use in rendering.uses or ()]
        references = [use.asset_reference or _NO_REFERENCE for use in uses]
        addresses = [self._address(use.url) if use.url else _NO_ADDRESS[use.url] for use in uses]
        return {
            "domain": [self._meaning.domain] * len(uses),
            "communication_id": [communication for communication, rendering in pairs for _ in rendering.uses or ()],
            "rendering_id": [rendering.rendering_id for _, rendering in pairs for _ in rendering.uses or ()],
            "ordinal": [use.ordinal for use in uses],
            "placeholder": _present([use.placeholder for use in uses]),
            "binding": [use.binding for use in uses],
            "asset_id": _present([reference.asset_id for reference in references]),
            "version": _present([reference.version for reference in references]),
            "etag": _present([reference.etag for reference in references]),
            "public_id": _present([reference.public_id for reference in references]),
            **{name: [address[at] for address in addresses] for at, name in enumerate(ADDRESS_COLUMNS)},
            "target_reference": [self._target(use.target_reference) for use in uses],
        }


def _of_json(find: Callable[[object], Value]) -> Callable[[object], Value]:
    """The function of a JSON value, which remembers what it found for values that come again; absent is null."""
    encode = msgspec.json.Encoder().encode
    values: dict[bytes, Value] = {}
    nothing = find(None)

    def find_once(value: object) -> Value:
        if value is None or value is UNSET:
            return nothing
        key = encode(value)
        try:
            return values[key]
        except KeyError:
            if len(values) >= _MOST_REMEMBERED:
                values.clear()
            found = values[key] = find(value)
            return found

    return find_once


def _present(values: Cells) -> Cells:
    """The values, with None for what is absent."""
    return [None if value is UNSET else value for value in values]


def _name_or_number(value: str | int | UnsetType | None) -> str | None:
    return None if value is None or value is UNSET else str(value)


def _queue(rendering: PlainRendering) -> str | None:
    found = rendering.queue_name if rendering.queue is UNSET else rendering.queue
    return None if found is UNSET else found
