"""The delivery file (output manifest) of one engine run.

What belongs here: rendering the XML that the switch STDDELIVERYFILE writes: UTF-16 with a byte order mark, a
bare DOCTYPE, queues with files with customers with keys. The vendor's schema is not public; the shape follows
one sample seen in public. The keys CommunicationId and RenderingId are this insurer's own, as key names always
are: they carry the identifiers of its driver data into the manifest.
"""

from __future__ import annotations

import codecs
import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Output:
    """One file for one customer in one queue. `customer_number` is an ordinal in the run, from 1."""

    queue_name: str
    mime_type: str
    pdl: str
    file_name: str
    customer_number: int
    account_number: str
    communication_id: str
    rendering_id: str
    page_count: int
    size_bytes: int


@dataclass(frozen=True)
class Report:
    """A report that the customer designed: its name and absolute file."""

    name: str
    file_name: str
    customer_count: int


def render_delivery_file(outputs: Sequence[Output], report: Report) -> bytes:
    """Return the whole XML as bytes, little-endian UTF-16 with byte order mark.

    Queues appear by name, files within a queue in the order given, the report in the last queue.
    """
    queues: dict[str, list[Output]] = {}
    queues_of_customer: Counter[int] = Counter()
    for output in outputs:
        queues.setdefault(output.queue_name, []).append(output)
    for files in queues.values():
        queues_of_customer.update({output.customer_number for output in files})
    pages = sum(output.page_count for output in outputs)
    parts = [
        '<?xml version="1.0" encoding="UTF-16" standalone="no"?>\n<!DOCTYPE outputList>\n',
        f'<outputList transactions="0" customersProcessed="{report.customer_count}" pagesProcessed="{pages}">\n',
    ]
    for position, name in enumerate(sorted(queues), start=1):
        files = queues[name]
        first = files[0]
        mime_type, pdl = _text(first.mime_type), _text(first.pdl)
        parts.append(f'  <queue mimeType="{mime_type}" pdl="{pdl}" name="{_text(name)}">\n')
        parts += [_file(output, queues_of_customer[output.customer_number]) for output in files]
        if position == len(queues):
            parts.append(_report_file(report))
        parts.append("  </queue>\n")
    parts.append("</outputList>\n")
    return codecs.BOM_UTF16_LE + "".join(parts).encode("utf-16-le")


def _file(output: Output, queue_count: int) -> str:
    return (
        f'    <file name="{_text(output.file_name)}">\n'
        f'      <customer number="{output.customer_number}">\n'
        f'        <key name="AccountNumber">{_text(output.account_number)}</key>\n'
        f'        <key name="CommunicationId">{_text(output.communication_id)}</key>\n'
        f'        <key name="RenderingId">{_text(output.rendering_id)}</key>\n'
        f'        <key name="QueuesToCustomer">{queue_count}</key>\n'
        f'        <key name="StartPageCustomer">1</key>\n'
        f'        <key name="TotalPagesInDocument">{output.page_count}</key>\n'
        f"      </customer>\n"
        f"      <pageCount>{output.page_count}</pageCount>\n"
        f"      <fileSize>{output.size_bytes}</fileSize>\n"
        f"    </file>\n"
    )


def _report_file(report: Report) -> str:
    customers = "".join(f'<customer number="{number}"/>' for number in range(1, report.customer_count + 1))
    return (
        f'    <reportFile dataFile="{_text(report.file_name)}" mimeType="text/plain" '
        f'name="{_text(report.name)}" reportType="report">{customers}</reportFile>\n'
    )


def _text(value: str) -> str:
    return html.escape(value, quote=True)
