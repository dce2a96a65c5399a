"""The example's letter as it was received: its report and delivery file, sealed and landed, and its snapshot.

Here belongs the set-up only. The files are read by the readers that read those of the vendor; the snapshot names the
entries of the log that landing gave them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

import duckdb

from ingest.exstream.opening import run_file_reader
from ingest.exstream.streams import FileKind, RunFile
from ingest.extract import Claim, Extract
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.reading import Reading
from ingest.schema import stream_schema
from tests.browser.example.letters import letter_uses
from tests.browser.example.names import COVERED_TO, LETTER, LETTER_AT, SCRIPT
from tests.unit.landing.stores import accept
from tests.unit.reports.people.house import CLOCK, SNAPSHOT, House

RECIPIENT = "C-6615205"
ACCOUNT = "1449968384"
OTHER_ACCOUNT = "7780001112"
STEERING = "\u202egnp"
RUN = "fi-20260414-0042"
_STREAMS: dict[str, FileKind] = {
    "communications": "report",
    "asset_uses": "report",
    "delivery_outputs": "delivery",
}


@dataclass(frozen=True)
class LandedLetter:
    """The hashes of the two sealed files, and the bytes that were sealed."""

    report_hash: str
    report: bytes
    delivery_hash: str
    delivery: bytes


def land_letter(house: House) -> LandedLetter:
    """Seal and land what the engine wrote of the letter; let the snapshot's rows of it name where."""
    settings = house.settings()
    store = LandingStore.open(settings, CLOCK)
    report, delivery = report_bytes(), delivery_bytes()
    letter = LandedLetter(store.put_raw(report), report, store.put_raw(delivery), delivery)
    entries = {}
    for stream, kind in _STREAMS.items():
        is_report = kind == "report"
        raw_hash, data = (letter.report_hash, report) if is_report else (letter.delivery_hash, delivery)
        name = "artifact/AssetUseReport.jsonl" if is_report else "delivery-file"
        file = RunFile(
            kind, "claims", "job-7", RUN, "step-1", "docgen-1", f"https://x.test/{name}", raw_hash, len(data)
        )
        reading = Reading()
        with store.raw.open(raw_hash) as source:
            run_file_reader(settings).read(stream, file, source, reading)
        assert not reading.quarantined, reading.quarantined
        claim = Claim(None, COVERED_TO, complete=True, how="equal_counts", detail="two equal counts")
        extract = Extract(reading.rows, (), claim, {"n": 1}, tables=reading.tables)
        entries[stream] = land(store, stream_schema("exstream", stream), extract, accept).log_index
    with duckdb.connect(str(house.home / "snapshots" / SNAPSHOT / "assettrail.duckdb")) as connection:
        for table, stream in (("fct_communications", "communications"), ("fct_asset_uses", "asset_uses")):
            connection.execute(
                f"update marts.{table} set _log_index = ? where communication_id_exstream = ?",
                [entries[stream], LETTER],
            )
    return letter


def report_bytes() -> bytes:
    """A report of three lines; the letter's stands in the middle, and names its recipient and a script."""
    lines = [_line(f"{LETTER}-BEFORE", "C-0000001"), _line(LETTER, RECIPIENT), _line(f"{LETTER}-AFTER", "C-0000002")]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def delivery_bytes() -> bytes:
    """The run's delivery file in UTF-16, as engines write it: two customers in one queue, the letter's the second."""
    customers = [_customer(1, OTHER_ACCOUNT, f"{LETTER}-BEFORE"), _customer(2, ACCOUNT, LETTER)]
    path = f"/jobs/job-7/{RUN}/docgen/docgen-1/output/Queue_1_print_queue/letters.pdf"
    return (
        '<?xml version="1.0" encoding="UTF-16"?>\n<outputList customersProcessed="2">\n'
        f'  <queue mimeType="application/pdf" pdl="PDF" name="print_queue"><file name="{path}">\n'
        f"{''.join(customers)}<pageCount>4</pageCount><fileSize>50000</fileSize></file></queue>\n</outputList>\n"
    ).encode("utf-16")


def _customer(number: int, account: str, letter: str) -> str:
    keys = {"AccountNumber": account, "CommunicationId": letter, "RenderingId": "print", "Note": f"{SCRIPT}é"}
    told = "".join(f'<key name="{name}">{escape(value)}</key>' for name, value in keys.items())
    return f'<customer number="{number}">{told}</customer>\n'


def _line(letter: str, recipient: str) -> dict[str, object]:
    uses: dict[str, list[dict[str, object]]] = {}
    for use in letter_uses():
        uses.setdefault(str(use["rendering_id_exstream"]), []).append(
            {
                "ordinal": use["ordinal"],
                "placeholder": use["placeholder_name"],
                "binding": use["binding"],
                "asset_reference": {"public_id": f"brand/{use['placeholder_name']}"},
            }
        )
    return {
        "flow_instance_id": RUN,
        "generated_at": LETTER_AT.isoformat().replace("+00:00", "Z"),
        "communication_id": letter,
        "recipient_id": recipient,
        "document_type": "policy_renewal",
        "template_id": "tpl-renewal-letter",
        "profile": {"first_name": f"{SCRIPT}{STEERING}"},
        "renderings": [
            {"rendering_id": name, "channel": name, "queue_name": f"{name}_queue", "uses": found}
            for name, found in uses.items()
        ],
    }
