"""Plays events of the design repository through its REST interface.

What is played when does not belong here.
"""

import json

import httpx

from sandbox.scenario.design_events import (
    ChangeDesignState,
    Composition,
    DesignContent,
    DesignEvent,
    DesignName,
    HtmlContent,
    ReplaceDesignContent,
)
from sandbox.scenario.errors import PlayError
from sandbox.scenario.images import image_bytes
from sandbox.scenario.links import delivery_url
from sandbox.scenario.services import OAuthService

#: A resource that is there already, or a state that it has already: the event was played before its record was written.
_THERE_ALREADY = frozenset({int(httpx.codes.CONFLICT)})


class DesignPlayer:
    """Plays design events and remembers the ids that the repository gave."""

    def __init__(self, service: OAuthService, domain: str, cloud_name: str) -> None:
        """`cloud_name` is the cloud whose delivery URLs stand in HTML."""
        self._service = service
        self._resources = f"/design/api/v1/resources/{domain}"
        self._cloud_name = cloud_name
        self._ids: dict[DesignName, str] = {}

    def play(self, event: DesignEvent) -> None:
        """Make one event happen. Raises PlayError when the repository refuses it."""
        headers = {"X-Sandbox-Actor": event.actor}
        if isinstance(event, ChangeDesignState):
            path = f"{self._resources}/{self._id_of(event.design)}/state"
            order = {"state": event.state, "auditedComment": event.comment, "locked": False}
            self._service.send("PUT", path, body=order, headers=headers, accept=_THERE_ALREADY)
            return
        file = {"file": self._file(event.content)}
        if isinstance(event, ReplaceDesignContent):
            path = f"{self._resources}/{self._id_of(event.design)}/content"
            self._service.send("PUT", path, files=file, headers=headers)
            return
        query = {"name": event.design.name, "type": event.design.resource_type}
        form = {"metadata": json.dumps(dict(event.tags))}
        self._service.send(
            "POST",
            f"{self._resources}/content",
            query=query,
            form=form,
            files=file,
            headers=headers,
            accept=_THERE_ALREADY,
        )

    def state_of(self, design: DesignName) -> str:
        """The state of a resource's newest version. Raises PlayError for one that is not there."""
        return str(self._service.send("GET", f"{self._resources}/{self._id_of(design)}").json()["data"]["state"])

    def _id_of(self, design: DesignName) -> str:
        """The repository's id of a resource. Raises PlayError for one that is not there."""
        if design not in self._ids:
            query = {"filter.types": design.resource_type, "filter.name": design.name}
            found = self._service.send("GET", self._resources, query=query).json()["data"]
            if len(found) != 1:
                raise PlayError(
                    f"Tried to find the design resource {design.name}; found {len(found)} of that name; expected one"
                )
            self._ids[design] = found[0]["id"]
        return self._ids[design]

    def _file(self, content: DesignContent) -> tuple[str, bytes, str]:
        if isinstance(content, Composition):
            shown = [{"m_strCASId": self._id_of(one)} for one in content.objects]
            return "content.json", json.dumps({"m_pDbBitmaps": shown}).encode(), "application/json"
        if isinstance(content, HtmlContent):
            images = "".join(f'<img src="{delivery_url(link, self._cloud_name)}">' for link in content.links)
            page = f"<!doctype html><html><body>{images.replace('&', '&amp;')}</body></html>"
            return "content.html", page.encode(), "text/html"
        data = image_bytes(content.content, content.image_format)
        return f"content.{content.image_format}", data, f"image/{content.image_format}"
