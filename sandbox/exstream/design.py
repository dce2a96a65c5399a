"""Design (DAS): resources with versions, states, contents, links and history.

What belongs here: the rules of the vendor's design repository. A new resource is a DRAFT of version 1; content
is replaced in DRAFT only; DRAFT → REVIEW → APPROVED or REJECTED; APPROVED → DRAFT makes the next version. Links
follow from content: every `m_strCASId` in it is an object that the resource uses. Templates that driver data
names and nobody designed are registered as approved at their first use.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid5

from sandbox.exstream.composition import SANDBOX_NAMESPACE
from sandbox.exstream.errors import bad_request, conflict, not_found
from sandbox.exstream.query import Row
from sandbox.journal import Journal

TEMPLATE_TYPE = "exstrcommunicationset"
RESOURCE_TYPES = frozenset(
    {
        TEMPLATE_TYPE, "exstrapplication", "exstrdocument", "exstrpage", "exstrparagraph",
        "exstrgraphicalmessage", "exstrtextmessage", "exstremail", "exstrhtml5", "image", "exstrvariablebase",
        "exstrdatasource", "exstroutput", "exstroutputqueue", "exstrmetadata", "exstrrule", "exstrlanguage",
        "exstrlocale", "flowmodel", "samplefile", "font",
    }
)  # fmt: skip
_TRANSITIONS = {
    ("DRAFT", "REVIEW"),
    ("REVIEW", "APPROVED"),
    ("REVIEW", "REJECTED"),
    ("REVIEW", "DRAFT"),
    ("REJECTED", "DRAFT"),
    ("APPROVED", "DRAFT"),
}
_REFERENCE = re.compile(rb'"m_strCASId"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')


@dataclass(frozen=True)
class Actor:
    """Who changes a resource and when (epoch milliseconds)."""

    name: str
    at: int


@dataclass
class Resource:
    """One resource: its versions by number, its history oldest first, and the objects each version links to."""

    resource_id: str
    domain: str
    versions: dict[int, Row] = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)
    links: dict[int, list[str]] = field(default_factory=dict)

    @property
    def latest(self) -> Row:
        """Return the newest version."""
        return self.versions[max(self.versions)]

    def latest_approved(self) -> int | None:
        """Return the newest approved version's number, which the engine uses; None when there is none."""
        approved = [number for number, version in self.versions.items() if version["state"] == "APPROVED"]
        return max(approved, default=None)


@dataclass
class Design:
    """All resources of all domains; contents lie in files named by resource and version."""

    journal: Journal
    folder: Path
    resources: dict[str, Resource] = field(default_factory=dict)
    _by_name: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def restore(self, entry: Mapping[str, Any]) -> None:
        """Take up a resource as the journal has it."""
        self._index(
            Resource(
                entry["id"],
                entry["domain"],
                {int(number): version for number, version in entry["versions"].items()},
                entry["history"],
                {int(number): objects for number, objects in entry["links"].items()},
            )
        )

    def create(self, domain: str, name: str, resource_type: str, metadata: Row, actor: Actor) -> Resource:
        """Create a DRAFT without content. Raises ExstreamError 400 for an unknown type, 409 for a taken name."""
        if resource_type not in RESOURCE_TYPES:
            raise bad_request(f"type is {resource_type!r}; allowed are {', '.join(sorted(RESOURCE_TYPES))}.")
        if not name.strip():
            raise bad_request("name is required.")
        if (domain, resource_type, name) in self._by_name:
            raise conflict(f"Domain {domain} has a resource {name!r} of type {resource_type} already.")
        resource = Resource(_id_of(domain, resource_type, name), domain)
        first = _new_version(resource.resource_id, 1, name, resource_type, metadata, actor)
        resource.versions[1] = first
        _write_history(resource, first, "INSERT", "CREATE", "", actor)
        self._index(resource)
        self._keep(resource)
        return resource

    def get(self, domain: str, resource_id: str) -> Resource:
        """Return a resource of a domain. Raises ExstreamError 404."""
        resource = self.resources.get(resource_id)
        if resource is None or resource.domain != domain:
            raise not_found(f"There is no resource {resource_id} in domain {domain}.")
        return resource

    def version(self, domain: str, resource_id: str, number: int | None) -> Row:
        """Return one version of a resource, the newest for None. Raises ExstreamError 404."""
        resource = self.get(domain, resource_id)
        if number is None:
            return resource.latest
        if number not in resource.versions:
            raise not_found(f"Resource {resource_id} has no version {number}.")
        return resource.versions[number]

    def put_content(self, domain: str, resource_id: str, content: bytes, mime_type: str, actor: Actor) -> Row:
        """Replace the content of the newest version. Raises ExstreamError 409 unless it is an unlocked DRAFT."""
        resource = self.get(domain, resource_id)
        version = resource.latest
        _refuse_locked(version, actor)
        if version["state"] != "DRAFT":
            raise conflict(f"Resource {resource_id} is {version['state']}; content can be replaced in DRAFT.")
        number = int(str(version["version"]))
        path = self.content_path(resource_id, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        references = {match.decode() for match in _REFERENCE.findall(content)} - {resource_id}
        resource.links[number] = sorted(references) if version["type"] != "image" else []
        resource.versions[number] = {
            **version,
            "lastModifiedBy": actor.name,
            "lastModifiedDate": actor.at,
            "contentMimeType": mime_type,
            "contentEtag": hashlib.sha256(content).hexdigest()[:32],
        }
        _write_history(resource, resource.versions[number], "UPDATE", "CONTENT", "", actor)
        self._keep(resource)
        return resource.versions[number]

    def change_state(self, domain: str, resource_id: str, order: Mapping[str, object], actor: Actor) -> Row:
        """Move the newest version to a state. Raises ExstreamError 400, 404, or 409 for a step that is not allowed."""
        resource = self.get(domain, resource_id)
        version = resource.latest
        state, comment, locked = order.get("state"), order.get("auditedComment", ""), order.get("locked", False)
        if not isinstance(state, str) or not isinstance(comment, str) or not isinstance(locked, bool):
            raise bad_request('The body must be {"state": text, "auditedComment": text, "locked": true or false}.')
        _refuse_locked(version, actor)
        if (version["state"], state) not in _TRANSITIONS:
            raise conflict(f"Resource {resource_id} is {version['state']}; it cannot become {state}.")
        number = int(str(version["version"]))
        if (version["state"], state) == ("APPROVED", "DRAFT"):
            number = self._next_version(resource, number)
        changed = {
            **version,
            "version": number,
            "state": state,
            "stateComment": comment,
            "locked": locked,
            "lockedBy": actor.name if locked else None,
            "lastModifiedBy": actor.name,
            "lastModifiedDate": actor.at,
            "approvalInfo": _approval(state, actor),
        }
        resource.versions[number] = changed
        _write_history(resource, changed, "UPDATE", "STATE", comment, actor)
        self._keep(resource)
        return changed

    def content_path(self, resource_id: str, number: int) -> Path:
        """Return where the content of a version lies, whether or not there is any."""
        return self.folder / resource_id / str(number)

    def rows(self, domain: str) -> Iterator[Row]:
        """Yield every version of every resource of a domain."""
        for resource in self.resources.values():
            if resource.domain == domain:
                newest = max(resource.versions)
                for number in sorted(resource.versions):
                    yield {**resource.versions[number], "latestVersion": number == newest}

    def links(self, domain: str) -> Iterator[Row]:
        """Yield the links of a domain: they carry the subject's version but not the object's."""
        for resource in self.resources.values():
            if resource.domain == domain:
                for number, objects in sorted(resource.links.items()):
                    for object_id in objects:
                        yield {
                            "linkSubjectId": resource.resource_id,
                            "subjectVersion": number,
                            "linkObjectId": object_id,
                        }

    def resources_of_run(
        self, domain: str, templates: Iterable[tuple[str, str]], actor: Actor
    ) -> list[tuple[str, int]]:
        """Return (resource, version) of the templates of a run and of everything that they link to."""
        found: dict[str, int] = {}
        waiting = [self._template(domain, name, version, actor) for name, version in sorted(templates)]
        pairs = set(waiting)
        while waiting:
            resource_id, number = waiting.pop()
            found[resource_id] = number
            for object_id in self.resources[resource_id].links.get(number, []):
                linked = self.resources.get(object_id)
                if linked is None or object_id in found:
                    continue
                pair = (object_id, linked.latest_approved() or max(linked.versions))
                pairs.add(pair)
                waiting.append(pair)
        return sorted(pairs)

    def collection_rows(self, members: Iterable[tuple[str, int]]) -> Iterator[Row]:
        """Yield the details of a collection's members; they do not name the collection."""
        for resource_id, number in members:
            version = self.resources[resource_id].versions[number]
            approval = version["approvalInfo"]
            yield {
                "id": resource_id,
                "version": number,
                "type": version["type"],
                "name": version["name"],
                "state": version["state"],
                "lastModifiedDate": version["lastModifiedDate"],
                "lastModifiedBy": version["lastModifiedBy"],
                "approvedBy": approval["approvedBy"] if isinstance(approval, dict) else None,
                "description": version["description"],
                "createdBy": version["createdBy"],
                "createdDate": version["createdDate"],
                "metadata": version["metadata"],
            }

    def _template(self, domain: str, name: str, version: str, actor: Actor) -> tuple[str, int]:
        leading = re.match(r"[vV]?(\d{1,6})", version)
        number = max(int(leading.group(1)), 1) if leading else 1
        known_id = self._by_name.get((domain, TEMPLATE_TYPE, name))
        resource = self.resources[known_id] if known_id else Resource(_id_of(domain, TEMPLATE_TYPE, name), domain)
        if number not in resource.versions:
            designer = Actor("designer", actor.at)
            draft = _new_version(resource.resource_id, number, name, TEMPLATE_TYPE, {}, designer)
            approved = {**draft, "state": "APPROVED", "approvalInfo": _approval("APPROVED", designer)}
            resource.versions[number] = approved
            _write_history(resource, approved, "INSERT", "CREATE", "Registered at its first use", designer)
            self._index(resource)
            self._keep(resource)
        return resource.resource_id, number

    def _next_version(self, resource: Resource, number: int) -> int:
        old, new = self.content_path(resource.resource_id, number), number + 1
        if old.exists():
            self.content_path(resource.resource_id, new).write_bytes(old.read_bytes())
        resource.links[new] = resource.links.get(number, [])
        return new

    def _index(self, resource: Resource) -> None:
        self.resources[resource.resource_id] = resource
        latest = resource.latest
        key = (resource.domain, str(latest["type"]), str(latest["name"]))
        self._by_name[key] = resource.resource_id

    def _keep(self, resource: Resource) -> None:
        self.journal.append(
            {
                "kind": "resource",
                "id": resource.resource_id,
                "domain": resource.domain,
                "versions": resource.versions,
                "history": resource.history,
                "links": resource.links,
            }
        )


def _new_version(resource_id: str, number: int, name: str, resource_type: str, metadata: Row, actor: Actor) -> Row:
    return {
        "id": resource_id,
        "version": number,
        "name": name,
        "type": resource_type,
        "state": "DRAFT",
        "stateComment": "",
        "description": metadata.get("description"),
        "createdBy": actor.name,
        "createdDate": actor.at,
        "lastModifiedBy": actor.name,
        "lastModifiedDate": actor.at,
        "locked": False,
        "lockedBy": None,
        "effectiveStart": None,
        "effectiveEnd": None,
        "categories": [],
        "metadata": {key: value for key, value in metadata.items() if key != "description"},
        "approvalInfo": None,
        "contentMimeType": None,
        "contentEtag": None,
    }


def _refuse_locked(version: Row, actor: Actor) -> None:
    """Raise ExstreamError 409 for a version that somebody else has locked."""
    if version["locked"] and version["lockedBy"] != actor.name:
        raise conflict(f"Resource {version['id']} is locked by {version['lockedBy']}.")


def _approval(state: str, actor: Actor) -> Row | None:
    return {"approvedBy": actor.name, "approvedDate": actor.at} if state == "APPROVED" else None


def _id_of(domain: str, resource_type: str, name: str) -> str:
    return str(uuid5(SANDBOX_NAMESPACE, f"resource/{domain}/{resource_type}/{name}"))


def _write_history(
    resource: Resource, version: Row, operation: str, history_type: str, comment: str, actor: Actor
) -> None:
    number = version["version"]
    revision = 1 + sum(1 for entry in resource.history if entry["version"] == number)
    resource.history.append(
        {
            "id": resource.resource_id,
            "modifiedBy": actor.name,
            "modifiedDate": actor.at,
            "operation": operation,
            "state": version["state"],
            "historyType": history_type,
            "auditedComment": comment,
            "type": version["type"],
            "version": number,
            "revision": revision,
        }
    )
