"""Inputs of the ingest benchmarks, made from a seed: what engines and Cloudinary write, at any size.

Here belongs making files; measuring is `ingest`. The proportions are those of the demo's scenario: four uses in a
communication in two renderings, two uses in five by address, 3,000 assets.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from pathlib import Path
from typing import Any

from isal import igzip

FLOW_INSTANCE = "34d82d21-8cd0-50ea-bb5e-36441771cdc1"
DOCGEN = "1fb4201e-01c7-54c7-8396-0c97182d7f9a"
RUN = f"claims/jobs/f9270d5e-07c1-56cb-9dbb-54953419f7b4/{FLOW_INSTANCE}/docgen/{DOCGEN}/output"
ASSETS = [
    (hashlib.md5(f"a{n}".encode()).hexdigest(), 1768000000 + n * 977, hashlib.md5(f"e{n}".encode()).hexdigest(), n)  # noqa: S324 - an id
    for n in range(3000)
]


def communication(number: int, chance: random.Random) -> dict[str, Any]:
    """One line of an asset-use report."""
    renderings = []
    for channel in (1, 2):
        rendering: dict[str, Any] = {
            "rendering_id": f"R{channel}",
            "channel": chance.choice(["web", "mobile", "print"]),
            "queue_name": "web_portal",
            "uses": [_use(ordinal, chance) for ordinal in (1, 2)],
        }
        if channel == 2 and chance.random() < 0.3:
            asset_id, version, etag, _ = chance.choice(ASSETS)
            rendering["retrieval"] = {
                "retrieval_id": f"RET-{number}",
                "asked": {"document_type": "bill", "segment": "retail", "jurisdiction": "NL"},
                "returned": [{"asset_id": asset_id, "version": version, "etag": etag}],
            }
        renderings.append(rendering)
    hour, minute, second = chance.randrange(24), chance.randrange(60), chance.randrange(60)
    return {
        "flow_instance_id": FLOW_INSTANCE,
        "generated_at": f"2026-02-28T{hour:02}:{minute:02}:{second:02}Z",
        "communication_id": f"COM-{number:09}",
        "recipient_id": f"C-{chance.randrange(10**7):07}",
        "document_type": chance.choice(["bill", "statement", "policy", "notice"]),
        "template_id": "TPL-BILL-03",
        "template_version": "3.7",
        "segment": chance.choice(["retail", "young-driver", "business"]),
        "jurisdiction": chance.choice(["NL", "US-FL", "DE"]),
        "language": "en",
        "offer_ids": [],
        "profile": {"account_status": "active", "tenure_years": chance.randrange(30)},
        "renderings": renderings,
    }


def write_run(folder: Path, first: int, communications: int) -> Path:
    """Write the output folder of an engine run with a compressed asset-use report; return the report's path."""
    output = folder / RUN
    report = output / "Report_1_AssetUse" / "AssetUseReport.jsonl.gz"
    report.parent.mkdir(parents=True)
    chance = random.Random(first)
    with igzip.open(report, "wt", compresslevel=3, encoding="utf-8") as file:
        for number in range(first, first + communications):
            file.write(json.dumps(communication(number, chance)) + "\n")
    (output / "_STDDELIVERYFILE.xml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><outputList transactions="0" customersProcessed="{communications}" '
        'pagesProcessed="0"><queue mimeType="application/pdf" pdl="PDF" name="archive">'
        f'<file name="/mnt/x/{RUN}/Queue_1_archive/1.pdf"><customer number="1"/></file></queue></outputList>',
        encoding="utf-8",
    )
    an_hour_ago = time.time() - 3600
    for path in (report, output / "_STDDELIVERYFILE.xml"):  # Nobody waits until they rest.
        os.utime(path, (an_hour_ago, an_hour_ago))
    return report


def write_delivery_file(path: Path, size: int) -> None:
    """Write a delivery file of about so many bytes, one output for each customer."""
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?><outputList transactions="0" pagesProcessed="0">')
        file.write('<queue mimeType="application/pdf" pdl="PDF" name="archive">')
        while written < size:
            number += 1
            written += file.write(
                f'<file name="/mnt/x/{RUN}/Queue_1_archive/{number:09}.pdf"><customer number="{number}">'
                f'<key name="AccountNumber">{number:010}</key><key name="CommunicationId">COM-{number:09}</key>'
                '<key name="RenderingId">R1</key><key name="TotalPagesInDocument">2</key></customer>'
                "<pageCount>2</pageCount><fileSize>48213</fileSize></file>"
            )
        file.write("</queue></outputList>")


def listing_page(number: int, items: int = 500) -> bytes:
    """One page of a Cloudinary listing with metadata, tags and context."""
    resources = [
        {
            "asset_id": hashlib.md5(f"{number}-{n}".encode()).hexdigest(),  # noqa: S324 - an id
            "public_id": f"brand/legal/skyline-{number}-{n}",
            "format": "jpg",
            "version": 1768000000 + n,
            "resource_type": "image",
            "type": "upload",
            "created_at": "2026-01-10T08:32:48Z",
            "bytes": 120_000 + n,
            "width": 1200,
            "height": 800,
            "asset_folder": "brand/legal",
            "display_name": f"skyline-{n}",
            "secure_url": f"https://res.cloudinary.com/demo/image/upload/v{1768000000 + n}/brand/legal/skyline-{n}.jpg",
            "url": f"http://res.cloudinary.com/demo/image/upload/v{1768000000 + n}/brand/legal/skyline-{n}.jpg",
            "tags": ["legal", "retail"],
            "context": {"custom": {"alt": "Skyline"}},
            "metadata": {"approval_status": "approved", "approved_by": "u-17", "segments": ["retail", "business"]},
        }
        for n in range(items)
    ]
    return json.dumps({"resources": resources, "next_cursor": f"{number:032x}"}).encode()


def _use(ordinal: int, chance: random.Random) -> dict[str, Any]:
    asset_id, version, etag, number = chance.choice(ASSETS)
    is_live = chance.random() < 0.4
    url = f"https://res.cloudinary.com/demo/image/upload/c_limit,f_auto,q_auto,w_1200/v{version}/brand/legal/sky-{number}.jpg"
    return {
        "ordinal": ordinal,
        "placeholder": chance.choice(["header", "hero", "footer"]),
        "binding": "live_url" if is_live else "embedded",
        "asset_reference": None if is_live else {"asset_id": asset_id, "version": version, "etag": etag},
        "url": url if is_live else None,
        "target_reference": None,
    }
