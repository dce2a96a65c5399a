"""The delivery file of an engine run (`_STDDELIVERYFILE.xml`): which output went to which customer of the run.

Here belongs reading it as a stream, in memory that does not grow with the file: a bare DOCTYPE is tolerated, what it
could declare is refused; a file without its closing tag is not believed at all. Its text is `delivery_text`, what its
elements say `delivery_outputs`. Why expat: docs/decisions/0008-delivery-files-by-expat.md.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from xml.parsers import expat

from assettrail.errors import RecordRejected
from ingest.exstream.delivery_outputs import (
    Counts,
    DeliveryBatch,
    DeliveryOutput,
    LargeCountReader,
    Layout,
    OutputReader,
)
from ingest.exstream.delivery_text import CHUNK_BYTES, customers_processed, has_closing_tag, rejected, texts
from ingest.exstream.plain_outputs import FILE_START, LONGEST_PLAIN_FILE, plain_files

BATCH_OUTPUTS: Final = 5_000
_LONGEST_TOKEN: Final = 1 << 20
_STANDS_ALONE: Final = '<?xml version="1.0" standalone="yes"?>'
"""Takes the place of the file's own declaration. Where a DOCTYPE names a file, expat leaves entities that nobody
declared out of texts and attributes without a word, unless the document needs no other: then they are an error."""


@dataclass(frozen=True)
class DeliveryFile:
    """All outputs of one delivery file in its order, and the outputs that could not be read (number and why)."""

    outputs: tuple[DeliveryOutput, ...]
    refused: tuple[tuple[int, RecordRejected], ...]
    customers_processed: int | None


def read_delivery_file(data: bytes) -> DeliveryFile:
    """Read a whole file at once; RecordRejected when it is no complete, sound delivery file."""
    batches = list(delivery_batches(io.BytesIO(data)))
    return DeliveryFile(
        outputs=tuple(output for batch in batches for output in batch.outputs),
        refused=tuple((refused.number, refused.error) for batch in batches for refused in batch.refused),
        customers_processed=customers_processed(data),
    )


def delivery_batches(source: BinaryIO) -> Iterator[DeliveryBatch]:
    """The outputs of a delivery file from its beginning, in batches of about `BATCH_OUTPUTS`.

    `source` can seek. Raises RecordRejected when the file is no complete, sound delivery file, also after some
    batches: whoever believes a file waits for the last one.
    """
    if not has_closing_tag(source):
        raise rejected("no closing tag </outputList>: half written or cut off")
    reader = OutputReader(lambda: _read_large_counts(source))
    for _ in _parsed(source, reader):
        if len(reader.outputs) >= BATCH_OUTPUTS:
            yield reader.take()
    if reader.outputs or reader.refused:
        yield reader.take()


def _read_large_counts(source: BinaryIO) -> dict[int, Counts]:
    """The counts of very large files, by number, in a reading of their own; the source's place stays."""
    place = source.tell()
    reader = LargeCountReader()
    for _ in _parsed(source, reader):
        pass
    source.seek(place)
    return reader.found


def _parsed(source: BinaryIO, reader: Layout) -> Iterator[None]:
    """Feed the whole file to a reader, piece by piece; yields after each piece.

    Files that are written plainly go to a reader of outputs directly, all else through the parser, in the order in
    which they stand.
    """
    feed = _Feed(reader.parser)
    feed(_STANDS_ALONE)
    kept = ""
    try:
        for text in texts(source):
            kept = _feed_plain(kept + text, reader, feed) if isinstance(reader, OutputReader) else feed(text)
            reader.refuse_swelling()
            yield
        feed(kept)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise rejected(f"no well-formed XML: {expat.ErrorString(error.code)}") from error
    yield


def _feed_plain(text: str, reader: OutputReader, feed: _Feed) -> str:
    """Feed a text; return its end when it may be the beginning of a plain file."""
    place = 0
    for found in plain_files(text):
        feed(text[place : found.start()])
        if reader.awaits_file and feed.is_through:
            reader.add_plain(*found.groups())
        else:
            feed(found.group())
        place = found.end()
    begun = text.rfind(FILE_START, place)
    if begun < 0 or len(text) - begun > LONGEST_PLAIN_FILE:
        begun = len(text)
    feed(text[place:begun])
    return text[begun:]


class _Feed:
    """Gives a parser text, and knows whether it stands between two tags."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._fed = 0

    def __call__(self, text: str) -> str:
        """Parse a text; nothing of it is left. Raises RecordRejected for a token of any length."""
        if text:
            data = text.encode("utf-8", "surrogatepass")
            self._parser.Parse(data, False)
            self._fed += len(data)
            if self._fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN + CHUNK_BYTES:
                raise rejected(f"a tag or comment of more than {_LONGEST_TOKEN} bytes")
        return ""

    @property
    def is_through(self) -> bool:
        """Whether everything was parsed: no tag is open."""
        return self._parser.CurrentByteIndex == self._fed
