"""The written form of events of the design repository: what happened to which resource, and what it holds since.

The records hold facts only, like all others in `events.jsonl`.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.scenario.design_events import (
    ChangeDesignState,
    Composition,
    CreateDesign,
    DesignEvent,
    HtmlContent,
)
from sandbox.scenario.links import delivery_url


def design_record(event: DesignEvent, etags: Mapping[str, str], cloud_name: str) -> dict[str, Any]:
    """The record of one event: what happened to which resource, with hashes and addresses of its content.

    `etags` has the hash of the bytes of each content key that the event names.
    """
    named = {"resource_type": event.design.resource_type, "resource_name": event.design.name}
    if isinstance(event, ChangeDesignState):
        said = {"actor": event.actor, "comment": event.comment}
        return {"kind": "design_state", **named, "state": event.state, **said}
    content: dict[str, Any] = {"etag": None, "objects": [], "links": []}
    if isinstance(event.content, Composition):
        content["objects"] = [one.name for one in event.content.objects]
    elif isinstance(event.content, HtmlContent):
        content["links"] = [
            {"public_id": link.public_id, "version": link.version, "url": delivery_url(link, cloud_name)}
            for link in event.content.links
        ]
    else:
        content["etag"] = etags[event.content.content]
    if isinstance(event, CreateDesign):
        return {"kind": "create_design", **named, **content, "tags": dict(event.tags)}
    return {"kind": "design_content", **named, **content}
