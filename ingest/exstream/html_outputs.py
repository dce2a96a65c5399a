"""The HTML outputs of an engine run: which there are, and a list of the addresses of ours in them.

Here belongs what is kept of an output, which is a letter to a person: its hash, its size, and the addresses on hosts
that deliver for us, without their queries. The outputs are told by the delivery file and read one after the other,
never more than a block of one in memory; nothing else of them enters the house. The list is what is sealed as the raw
bytes of the stream `output_links`. Not here: where outputs lie (a folder, or archives over REST), and what an address
means (`output_links`). Why so: docs/decisions/0061-addresses-of-html-outputs.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, cast

from assettrail.errors import RecordRejected
from assettrail.run_layout_settings import RunLayout
from ingest.cloudinary.delivery_url import is_of_account
from ingest.exstream.delivery_file import delivery_batches
from ingest.exstream.delivery_outputs import DeliveryOutput
from ingest.exstream.discretion import clean_address
from ingest.exstream.html_addresses import Address, html_addresses
from ingest.exstream.output_places import OutputPlace, place_of_output
from ingest.lines import GZIP, FileBytes
from ingest.received import ReceivedFile, received
from ingest.strict import canonical_json

LARGEST_OUTPUT: Final = 64 << 20
"""Bytes of an output, decompressed, up to which it is read: one file may hold the pages of many customers."""
MOST_ELEMENTS: Final = 2_000_000
"""Elements of an output up to which it is read, which takes some seconds."""
MOST_ADDRESSES: Final = 10_000
"""Addresses of ours in one output; more are no letter."""
OUTPUTS_NOT_READ: Final = "not read: exstream.html_outputs_per_run is 0"
"""What claims say where the settings do not have outputs read."""
_BLOCK_BYTES: Final = 1 << 16
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HTML_ENDINGS: Final = (".html", ".htm", ".xhtml")


@dataclass(frozen=True)
class HtmlOutput:
    """An HTML file of a run: its queue, its place, the first of its customers by number, and how many it has.

    `size_bytes` is what the delivery file states, None where it states nothing.
    """

    queue_name: str
    place: OutputPlace
    customer_number: int
    customers: int
    size_bytes: int | None


@dataclass(frozen=True)
class HtmlOutputs:
    """Outputs of a run in the order of its delivery file, and how many more there are."""

    outputs: tuple[HtmlOutput, ...]
    left: int


@dataclass(frozen=True)
class OutputList:
    """The list of a run's outputs, open for reading, and which of them are missing, in words."""

    file: ReceivedFile
    gaps: tuple[str, ...]


OpenOutput = Callable[[HtmlOutput], BinaryIO | None]
"""Opens an output; None where it is not there. Raises RecordRejected for one that nobody should read."""


@dataclass(frozen=True)
class HtmlOutputReader:
    """Reads at most `most` outputs of a run; `hosts` and `cloud` are the account's delivery hosts and cloud name.

    `spill` is the folder on whose disk a long list is laid aside.
    """

    most: int
    layout: RunLayout
    hosts: tuple[str, ...]
    cloud: str | None
    spill: Path

    def read(self, delivery: BinaryIO, open_output: OpenOutput, uri: str, run: str) -> OutputList | None:
        """The list of the outputs that a delivery file tells of; None where it tells of none. Raises what opening does.

        A delivery file that cannot be read is an entry with the reason. `run` is what gaps call the run.
        """
        gaps: list[str] = []
        try:
            told = html_outputs(delivery, self.layout, self.most)
        except RecordRejected as error:
            entries = iter([canonical_json({"refused": f"its run's delivery file: {error.found}"})])
            return OutputList(self._listed(entries, uri), ())
        if not told.outputs:
            return None
        file = self._listed(self._entries(told, open_output, gaps, run), uri)
        if told.left:
            gaps.append(f"{told.left} HTML outputs of {run} were not read, beyond exstream.html_outputs_per_run")
        return OutputList(file, tuple(gaps))

    def _listed(self, entries: Iterator[str], uri: str) -> ReceivedFile:
        return received((f"{entry}\n".encode() for entry in entries), uri, self.spill, is_length_known=True)

    def _entries(self, told: HtmlOutputs, open_output: OpenOutput, gaps: list[str], run: str) -> Iterator[str]:
        missing = 0
        for output in told.outputs:
            known = {"queue_name": output.queue_name, "name": output.place.name, "customers": output.customers}
            try:
                found = self._found(output, open_output)
            except RecordRejected as error:
                found = {"refused": error.found}
            if found is None:
                missing += 1
                continue
            more = {"docgen_uuid": output.place.docgen_uuid, "customer_number": output.customer_number}
            yield canonical_json({**known, **more, **found})
        if missing:
            gaps.append(f"{missing} of {len(told.outputs)} HTML outputs of {run} are not there")

    def _found(self, output: HtmlOutput, open_output: OpenOutput) -> dict[str, object] | None:
        if not output.place.is_sound:
            raise _refused("a path that leads out of the run's folder")
        content = open_output(output)
        if content is None:
            return None
        with content:
            return self._facts(content, output.size_bytes)

    def _facts(self, content: BinaryIO, size_told: int | None) -> dict[str, object]:
        """What is kept of one output. Raises RecordRejected for one that is cut, swells, or is too large."""
        bytes_read = _Counted(content)
        is_gzip = content.read(len(GZIP)) == GZIP
        content.seek(0)
        blocks = _bounded(FileBytes(cast("BinaryIO", bytes_read), _BLOCK_BYTES).blocks())
        addresses = html_addresses(blocks, self._is_ours, MOST_ADDRESSES, MOST_ELEMENTS)
        if len(addresses) > MOST_ADDRESSES:
            raise _refused(f"more than {MOST_ADDRESSES} addresses of ours")
        if size_told is not None and not is_gzip and bytes_read.size < size_told:
            raise _refused(f"{bytes_read.size} bytes, where its delivery file says {size_told}: half written or cut")
        return {
            "sha256": bytes_read.digest.hexdigest(),
            "bytes": bytes_read.size,
            "addresses": [_kept(address) for address in addresses],
        }

    def _is_ours(self, address: str) -> bool:
        return is_of_account(address, self.hosts, self.cloud)


def html_outputs(delivery: BinaryIO, layout: RunLayout, most: int) -> HtmlOutputs:
    """The HTML files that a delivery file tells of, at most so many. Raises RecordRejected as `delivery_batches`.

    A file is one output however often it is named: whoever shares it is a customer of it. What of the delivery file is
    refused is told by its own stream.
    """
    found: dict[str, HtmlOutput] = {}
    last: str | None = None
    left = 0
    for output in (output for batch in delivery_batches(delivery) for output in batch.outputs):
        known = found.get(output.path)
        if known is not None:
            is_another = output.customer_number != known.customer_number
            found[output.path] = replace(known, customers=known.customers + is_another)
        elif output.path != last and _is_html(output):
            if len(found) == most:
                left += 1
            else:
                place = place_of_output(output.path, layout)
                found[output.path] = HtmlOutput(output.queue_name, place, output.customer_number, 1, output.size_bytes)
        last = output.path
    return HtmlOutputs(tuple(found.values()), left)


def _is_html(output: DeliveryOutput) -> bool:
    """Whether a file is a page: its ending says it, or its queue's type where it has no ending."""
    name = output.path.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".gz")
    if "." in name:
        return name.endswith(_HTML_ENDINGS)
    return (output.mime_type or "").partition(";")[0].strip().lower() in _HTML_TYPES


def _kept(address: Address) -> dict[str, object]:
    return {"url": clean_address(address.url).partition("?")[0], "is_shown": address.is_shown}


def _bounded(blocks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > LARGEST_OUTPUT:
            raise _refused(f"more than {LARGEST_OUTPUT} bytes")
        yield block


class _Counted:
    """An open file whose bytes are counted and hashed as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data


def _refused(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read an HTML output",
        found=found,
        expected="a whole HTML file, as its delivery file describes it",
        remedy="look at the output; once it is whole, ingest again",
    )
