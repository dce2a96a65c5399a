"""Driver data for the composition engine: one JSON line per communication, with its asset-use report.

Pure: a communication and a resolution in, a JSON object out. Sending it does not belong here.
"""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.scenario.events import Communication, Compose, Reference, Rendering, Use
from sandbox.scenario.records import Resolution, decision_records, reference_record
from sandbox.scenario.stages import iso


def driver_lines(job: Compose, resolution: Resolution, formats: Mapping[str, str]) -> bytes:
    """The body of one batch call: a UTF-8 JSON line per communication."""
    lines = (
        json.dumps(driver_line(communication, resolution, formats), separators=(",", ":"))
        for communication in job.communications
    )
    return "\n".join(lines).encode() + b"\n"


def driver_line(communication: Communication, resolution: Resolution, formats: Mapping[str, str]) -> dict[str, Any]:
    """One communication as the engine takes it: the asset-use report's object plus the account number."""
    return {
        "communication_id": communication.communication_id,
        "account_number": communication.account_number,
        "recipient_id": communication.recipient_id,
        "document_type": communication.document_type,
        "template_id": communication.template_id,
        "template_version": communication.template_version,
        "segment": communication.segment,
        "jurisdiction": communication.jurisdiction,
        "language": communication.language,
        "offer_ids": list(communication.offers),
        "profile": {"account_status": "active", "tenure_years": communication.tenure_years},
        "generated_at": iso(communication.generated_at),
        "renderings": [
            _rendering(communication, rendering, resolution, formats) for rendering in communication.renderings
        ],
    }


def _rendering(
    communication: Communication, rendering: Rendering, resolution: Resolution, formats: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "rendering_id": rendering.rendering_id,
        "channel": rendering.channel,
        "queue_name": rendering.queue_name,
        "uses": [_use(use, resolution, formats) for use in rendering.uses],
        **_template_images(rendering, resolution, formats),
        **decision_records(communication, rendering, resolution, formats),
    }


def _template_images(rendering: Rendering, resolution: Resolution, formats: Mapping[str, str]) -> dict[str, list[str]]:
    """The addresses that the template itself has, where it has some."""
    urls = [reference_record(one, resolution, formats)["url"] for one in rendering.template_images]
    return {"template_images": urls} if urls else {}


def _use(use: Use, resolution: Resolution, formats: Mapping[str, str]) -> dict[str, Any]:
    facts = reference_record(use.reference, resolution, formats)
    named = None
    if facts["url"] is None:
        names = ("asset_id", "public_id", "version", "etag")
        named = {name: facts[name] for name in names if facts[name] is not None}
    return {
        "ordinal": use.ordinal,
        "placeholder": use.placeholder,
        "binding": use.binding,
        "asset_reference": named,
        "url": facts["url"],
        "target_reference": use.target and _target(use.target, resolution, formats),
    }


def _target(target: Reference, resolution: Resolution, formats: Mapping[str, str]) -> str | dict[str, Any]:
    """Where a thumbnail leads: an address, or an object that names an asset."""
    facts = reference_record(target, resolution, formats)
    names = ("asset_id", "public_id", "version", "etag")
    return facts["url"] or {name: facts[name] for name in names if facts[name] is not None}
