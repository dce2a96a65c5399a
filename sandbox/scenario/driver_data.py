"""Driver data for the composition engine: one JSON line per communication, with its asset-use report.

Pure: a communication and a resolution in, a JSON object out. Sending it does not belong here.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from sandbox.scenario import vocabulary
from sandbox.scenario.events import Communication, Compose, Rendering, Use
from sandbox.scenario.records import Resolution, reference_record
from sandbox.scenario.stages import iso

_EVENTS = ("renewal_due", "claim_opened", "address_changed", "payment_missed", "birthday")


def driver_lines(job: Compose, resolution: Resolution, formats: Mapping[str, str]) -> bytes:
    """The body of one batch call: a UTF-8 JSON line per communication."""
    lines = (
        json.dumps(driver_line(communication, resolution, formats), separators=(",", ":"))
        for communication in job.communications
    )
    return "\n".join(lines).encode() + b"\n"


def driver_line(communication: Communication, resolution: Resolution, formats: Mapping[str, str]) -> dict[str, Any]:
    """One communication as the engine takes it: the asset-use report's object plus the account number."""
    chance = Random(f"driver data of {communication.communication_id}")
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
            _rendering(chance, communication, rendering, resolution, formats) for rendering in communication.renderings
        ],
    }


def _rendering(
    chance: Random,
    communication: Communication,
    rendering: Rendering,
    resolution: Resolution,
    formats: Mapping[str, str],
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rendering_id": rendering.rendering_id,
        "channel": rendering.channel,
        "queue_name": rendering.queue_name,
        "uses": [_use(use, resolution, formats) for use in rendering.uses],
    }
    stored = [use for use in made["uses"] if (use["asset_reference"] or {}).get("asset_id")]
    if stored:
        made["retrieval"] = {
            "retrieval_id": f"RET-{communication.communication_id}-{rendering.rendering_id}",
            "asked": {
                "document_type": communication.document_type,
                "segment": communication.segment,
                "jurisdiction": communication.jurisdiction,
            },
            "returned": [use["asset_reference"] for use in stored],
        }
    if rendering.has_selection:
        made["selection"] = _selection(chance, communication, made["uses"])
    if rendering.has_rendition_request:
        made["rendition_request"] = _rendition_request(chance, communication, rendering, made["uses"])
    return made


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
        "target_reference": None,
    }


def _selection(chance: Random, communication: Communication, uses: list[dict[str, Any]]) -> dict[str, Any]:
    reference = uses[0]["asset_reference"] or {}
    chosen = uses[0]["url"] or reference.get("asset_id") or reference.get("public_id")
    return {
        "selection_id": f"SEL-{communication.communication_id}",
        "rule": f"campaign-by-{chance.choice(('segment', 'lifecycle', 'policy-type'))}",
        "event": chance.choice(_EVENTS),
        "inputs": {"segment": communication.segment},
        "candidates": [chosen],
        "chosen": chosen,
        "campaign": chance.choice(vocabulary.CAMPAIGNS),
    }


def _rendition_request(
    chance: Random, communication: Communication, rendering: Rendering, uses: list[dict[str, Any]]
) -> dict[str, Any]:
    url = next((use["url"] for use in uses if use["url"]), None)
    is_answered = url is not None
    return {
        "request_id": f"RQ-{communication.communication_id}-{rendering.rendering_id}",
        "asked": {"channel": rendering.channel, "preference": chance.choice(("small", "sharp", "default"))},
        "returned": {"url": url, "format": "auto", "width": 640, "bytes": chance.randint(2_000, 90_000)}
        if is_answered
        else None,
        "latency_ms": chance.randint(12, 900),
        "outcome": "returned" if is_answered else "not_needed",
    }
