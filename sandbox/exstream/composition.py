"""Composing a run: from driver data to the files that an engine leaves behind.

What belongs here: pure functions; the same driver data, identifiers and instant give the same bytes. Of the
outputs themselves (one PDF or HTML file per customer and queue) only the first HTML files of a run are
composed, the others are named in the delivery file and no more: tens of thousands of small files would say
nothing that the manifest does not say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID, uuid5

from sandbox.clock import format_instant
from sandbox.exstream.delivery_file import Output, Report, render_delivery_file
from sandbox.exstream.driver_data import Customer, JsonObject, uses_of
from sandbox.exstream.html_page import html_page
from sandbox.exstream.message_file import MessageContext, render_message_file

SANDBOX_NAMESPACE = UUID("5f0f2c1e-6d0b-5b6e-9a63-0c7c6f0a3d11")
DELIVERY_FILE_NAME = "_STDDELIVERYFILE.xml"
MESSAGE_FILE_NAME = "ExstreamMessages.dat"
ENGINE_MOUNT = PurePosixPath("/mnt/exstream")
REPORT_FOLDER_NAME = "Report_1_AssetUse"
REPORT_FILE_NAME = "AssetUseReport.jsonl"
COMPOSED_PAGES = 20
"""HTML outputs of a run that are composed, in the order of the delivery file."""
FAILURE = "The engine stopped before the end of the driver file"

_FORMATS = {
    "email": ("text/html", "HTML", "html"),
    "web": ("text/html", "HTML", "html"),
    "mobile": ("text/html", "HTML", "html"),
}
_PDF = ("application/pdf", "PDF", "pdf")


@dataclass(frozen=True)
class RunIds:
    """The identifiers of one run; all follow from domain, channel and the run's place in that channel."""

    job: str
    flow_instance: str
    input_step: str
    communication_step: str
    output_step: str
    docgen: str
    collection: str

    @classmethod
    def of(cls, domain: str, channel: str, order: int) -> RunIds:
        """Return the identifiers of the `order`-th run (from 1) of a channel in a domain."""
        job = uuid5(SANDBOX_NAMESPACE, f"job/{domain}/{channel}/{order}")
        instance = uuid5(job, "flow-instance")
        names = ("step/input", "step/communication", "step/output", "docgen", "collection")
        return cls(str(job), str(instance), *(str(uuid5(instance, name)) for name in names))

    def output_path(self, domain: str) -> PurePosixPath:
        """Return where outputs lie, `{domain}/jobs/{job}/{flow instance}/docgen/{uuid}/output`."""
        return PurePosixPath(domain, "jobs", self.job, self.flow_instance, "docgen", self.docgen, "output")


@dataclass(frozen=True)
class Order:
    """What a run is asked for; `is_failed` ends it in error with half-written files.

    `output_path` is the output folder as the engine sees it, below the mount of its container. The delivery
    file names outputs by that path, so it is the same on every machine.
    """

    domain: str
    channel: str
    ids: RunIds
    output_path: PurePosixPath
    now: datetime
    is_failed: bool
    is_delivery_file_cut: bool
    has_message_times: bool


@dataclass(frozen=True)
class Composition:
    """The files of a run, what they count, and which templates (id, version) it used.

    `pages` are HTML outputs by their place below the output folder.
    """

    delivery_file: bytes
    report: bytes
    message_file: bytes
    pages: Mapping[str, bytes]
    customer_count: int
    page_count: int
    templates: frozenset[tuple[str, str]]


def compose(customers: Sequence[Customer], order: Order) -> Composition:
    """Return the composed run; `generated_at` is set to the order's instant where a line has none."""
    outputs = list(_outputs(customers, order.output_path))
    html_pages = _pages(customers, outputs)
    outputs = [
        replace(output, size_bytes=len(html_pages[output.file_name])) if output.file_name in html_pages else output
        for output in outputs
    ]
    pages = sum(output.page_count for output in outputs)
    report = Report("AssetUse", str(order.output_path / REPORT_FOLDER_NAME / REPORT_FILE_NAME), len(customers))
    delivery_file = render_delivery_file(outputs, report)
    report_lines = _asset_use_report(customers, order)
    if order.is_failed or order.is_delivery_file_cut:
        delivery_file = cut_in_half(delivery_file)
    messages = MessageContext(
        channel=order.channel,
        account_numbers=[customer.account_number for customer in customers],
        unfilled_placeholders=list(_unfilled(customers)),
        page_count=pages,
        failure=FAILURE if order.is_failed else None,
        timestamp=order.now if order.has_message_times else None,
    )
    return Composition(
        delivery_file=delivery_file,
        report=cut_in_half(report_lines) if order.is_failed else report_lines,
        message_file=render_message_file(messages),
        pages={str(PurePosixPath(name).relative_to(order.output_path)): page for name, page in html_pages.items()},
        customer_count=len(customers),
        page_count=pages,
        templates=frozenset(_templates(customers)),
    )


def cut_in_half(content: bytes) -> bytes:
    """Return the first half of a file, as a reader meets it that comes too early or after a crash."""
    return content[: len(content) // 4 * 2]


def queue_of(rendering: JsonObject) -> str:
    """Return the output queue of a rendering: its own, else one named like its channel."""
    return str(rendering.get("queue_name") or rendering["channel"])


def _outputs(customers: Sequence[Customer], output_path: PurePosixPath) -> Iterator[Output]:
    queues = sorted({queue_of(item) for customer in customers for item in customer.communication["renderings"]})
    folders = {name: f"{output_path}/Queue_{number}_{name}" for number, name in enumerate(queues, start=1)}
    formats = _formats_of_queues(customers)
    for number, customer in enumerate(customers, start=1):
        communication = customer.communication
        document = re.sub(r"[^A-Za-z0-9]+", "_", str(communication.get("document_type") or "DOCUMENT")).upper()
        for position, rendering in enumerate(communication["renderings"], start=1):
            queue = queue_of(rendering)
            mime_type, pdl, extension = formats[queue]
            use_count = len(rendering.get("uses") or ())
            page_count = 1 if pdl == "HTML" else 1 + use_count // 2
            yield Output(
                queue_name=queue,
                mime_type=mime_type,
                pdl=pdl,
                file_name=f"{folders[queue]}/{number:06d}_{document}{position}.{extension}",
                customer_number=number,
                account_number=customer.account_number,
                communication_id=communication["communication_id"],
                rendering_id=rendering["rendering_id"],
                page_count=page_count,
                size_bytes=9_000 * page_count + 41_000 * use_count,
            )


def _pages(customers: Sequence[Customer], outputs: Sequence[Output]) -> dict[str, bytes]:
    """Return the first HTML outputs by file name; queues come by name, files within one as they were composed."""
    by_queue = sorted((output for output in outputs if output.pdl == "HTML"), key=lambda output: output.queue_name)
    pages = {}
    for output in by_queue[:COMPOSED_PAGES]:
        customer = customers[output.customer_number - 1]
        (rendering,) = (
            item for item in customer.communication["renderings"] if item["rendering_id"] == output.rendering_id
        )
        pages[output.file_name] = html_page(customer.communication, rendering, customer.account_number)
    return pages


def _formats_of_queues(customers: Sequence[Customer]) -> dict[str, tuple[str, str, str]]:
    """Return MIME type, page description language and extension per queue, by the first channel seen in it."""
    formats: dict[str, tuple[str, str, str]] = {}
    for customer in customers:
        for rendering in customer.communication["renderings"]:
            formats.setdefault(queue_of(rendering), _FORMATS.get(rendering["channel"], _PDF))
    return formats


def _asset_use_report(customers: Sequence[Customer], order: Order) -> bytes:
    generated_at = format_instant(order.now)
    lines = []
    for customer in customers:
        line = {"flow_instance_id": order.ids.flow_instance, "generated_at": generated_at}
        own = {name: value for name, value in customer.communication.items() if value is not None}
        own["renderings"] = [
            {name: value for name, value in rendering.items() if name != "template_images"}
            for rendering in own["renderings"]
        ]
        lines.append(json.dumps(line | own | {"flow_instance_id": order.ids.flow_instance}, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines).encode()


def _unfilled(customers: Sequence[Customer]) -> Iterator[tuple[int, str]]:
    for number, customer in enumerate(customers, start=1):
        for use in uses_of(customer.communication):
            if use.get("asset_reference") is None and use.get("url") is None:
                yield number, str(use.get("placeholder") or use["ordinal"])


def _templates(customers: Sequence[Customer]) -> Iterator[tuple[str, str]]:
    for customer in customers:
        template_id = customer.communication.get("template_id")
        if isinstance(template_id, str) and template_id:
            yield template_id, str(customer.communication.get("template_version") or "1")
