"""The delivery file of an engine run (`_STDDELIVERYFILE.xml`): which output went to which customer of the run.

Here belongs reading its bytes, pure: the encoding by byte order mark, then by the declaration, then UTF-8; a
bare DOCTYPE is tolerated, entities are refused; a file without its closing tag is not believed at all. The
schema is not public: what is read follows the one sample that was seen, and everything else is ignored. Not
here: who the customer is (`streams`), since `customer number` is only an ordinal in the run.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from assettrail.errors import RecordRejected

FILE_NAME = "_STDDELIVERYFILE.xml"
_ROOT = "outputList"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.ASCII)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_CUSTOMERS = re.compile(r"<outputList[^>]*\bcustomersProcessed\s*=\s*[\"'](\d{1,12})[\"']", re.ASCII)
_CLOSING = re.compile(r"</outputList\s*>\s*\Z")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BYTE_ENCODINGS = frozenset({"iso8859-1", "iso8859-15", "cp1252", "cp1250", "ascii", "utf-8"})
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeliveryOutput:
    """One output file for one customer of the run. Counts are None where the file does not state them."""

    queue_name: str
    mime_type: str | None
    pdl: str | None
    path: str
    customer_number: int
    page_count: int | None
    size_bytes: int | None
    keys: dict[str, str]


@dataclass(frozen=True)
class DeliveryFile:
    """All outputs of one delivery file in its order, and the outputs that could not be read (number and why)."""

    outputs: tuple[DeliveryOutput, ...]
    refused: tuple[tuple[int, RecordRejected], ...]
    customers_processed: int | None


@dataclass
class _OpenQueue:
    name: str
    mime_type: str | None
    pdl: str | None


def read_delivery_file(data: bytes) -> DeliveryFile:
    """Read the whole file; RecordRejected when it is no complete, sound delivery file."""
    text = decode_xml(data)
    if not _CLOSING.search(text[-200:]):
        raise _rejected("no closing tag </outputList>: half written or cut off")
    outputs: list[DeliveryOutput] = []
    refused: list[tuple[int, RecordRejected]] = []
    number = 0
    try:
        for queue, element in _file_elements(text):
            number += 1
            try:
                outputs.extend(_outputs(queue, element))
            except RecordRejected as error:
                refused.append((number, error))
    except ParseError as error:
        raise _rejected(f"no well-formed XML: {error}") from error
    except DefusedXmlException as error:
        raise _rejected(f"XML that declares entities or external parts ({type(error).__name__})") from error
    return DeliveryFile(tuple(outputs), tuple(refused), customers_processed(text))


def has_closing_tag(data: bytes) -> bool:
    """Does the file end as a finished delivery file does? RecordRejected when its encoding cannot be read."""
    return _CLOSING.search(decode_xml(data)[-200:]) is not None


def customers_processed(text: str) -> int | None:
    """How many customers the engine says it processed; None when it does not say."""
    match = _CUSTOMERS.search(text[:4096])
    return int(match[1]) if match else None


def decode_xml(data: bytes) -> str:
    """The text of an XML file without its declaration, whatever encoding the declaration claims.

    A byte order mark decides; then the declaration where its claim can be true; then UTF-8. UTF-16 is
    believed without a mark only when the bytes look like it.
    """
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _rejected(f"bytes that are not {encoding} (at byte {error.start})") from error
    return _DECLARATION.sub("", text, count=1)


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if data[:2] == b"<\x00":
        return "utf-16-le"
    if data[:2] == b"\x00<":
        return "utf-16-be"
    declared = _DECLARED.match(data[:200])
    if declared:
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
        except LookupError:
            return "utf-8"
        return name if name in _BYTE_ENCODINGS else "utf-8"
    return "utf-8"


def _file_elements(text: str) -> Iterator[tuple[_OpenQueue, Element]]:
    """Each `file` element with its queue, as the file is read; elements are freed as soon as they are used."""
    queue: _OpenQueue | None = None
    depth = 0
    source = BytesIO(text.encode("utf-8", "surrogatepass"))
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=False, forbid_entities=True):
        if event == "start":
            depth += 1
            if depth == 1 and element.tag != _ROOT:
                raise _rejected(f"a root element <{element.tag}>")
            if depth == 2 and element.tag == "queue":
                queue = _OpenQueue(element.get("name", ""), element.get("mimeType"), element.get("pdl"))
            continue
        depth -= 1
        if depth == 2 and element.tag == "file" and queue is not None:
            yield queue, element
        if depth <= 2:
            element.clear()


def _outputs(queue: _OpenQueue, element: Element) -> Iterator[DeliveryOutput]:
    """One output per customer of a `file` element."""
    path = element.get("name")
    if not path or not queue.name:
        raise _rejected("an output without a file or queue name")
    pages, size = _count(element.findtext("pageCount")), _count(element.findtext("fileSize"))
    customers = element.findall("customer")
    if not customers:
        raise _rejected("an output without a customer")
    for customer in customers:
        number = _count(customer.get("number"))
        if number is None:
            raise _rejected("a customer without a number")
        keys = {key.get("name") or "": key.text or "" for key in customer.findall("key")}
        yield DeliveryOutput(queue.name, queue.mime_type, queue.pdl, path, number, pages, size, keys)


def _count(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    if not _DIGITS.fullmatch(text.strip()):
        raise _rejected("a count that is no whole number")
    return int(text)


def _rejected(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read a delivery file",
        found=found,
        expected="a complete <outputList> document",
        remedy="compare it with the file of the engine run; if the run was still writing, ingest again",
    )
