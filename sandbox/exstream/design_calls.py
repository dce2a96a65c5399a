"""The calls under `/design/api/v1`: resources, contents, states, history, links, collection details.

What belongs here: HTTP in front of `design.py`. `metadata` on creation is a form field of the sandbox's own (a
JSON object), since the vendor's call for metadata tags was not seen in public.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox.exstream.context import Context, json_body
from sandbox.exstream.errors import bad_request, not_found
from sandbox.exstream.query import RESOURCE_KEYS, Condition, Row, condition_of, parse_filter

BASE = "/design/api/v1"
_NEWEST_FIRST = "desc_lastModifiedDate"


def design_routes(context: Context) -> list[Route]:
    """Return the routes of Design, most specific first."""
    calls = _DesignCalls(context)
    resources = f"{BASE}/resources/{{domain}}"
    links = f"{BASE}/links/{{domain}}"
    details = f"{BASE}/collection-resources/collection-details"
    return [
        Route(details, calls.collection_details, methods=["POST"]),
        Route(f"{resources}/content", calls.create, methods=["POST"]),
        Route(f"{resources}/history/{{id}}", calls.history, methods=["GET"]),
        Route(resources, calls.resources, methods=["GET"]),
        Route(f"{resources}/{{id}}", calls.resource, methods=["GET"]),
        Route(f"{resources}/{{id}}/content", calls.content, methods=["GET"]),
        Route(f"{resources}/{{id}}/content", calls.put_content, methods=["PUT"]),
        Route(f"{resources}/{{id}}/content/{{type}}", calls.content_of_type, methods=["GET"]),
        Route(f"{resources}/{{id}}/state", calls.change_state, methods=["PUT"]),
        Route(links, calls.links, methods=["GET"]),
        Route(f"{links}/resources", calls.linked_resources, methods=["GET"]),
    ]


class _DesignCalls:
    """The handlers, each one request in and one reply out."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._design = context.state.design

    async def resources(self, request: Request) -> Response:
        """Reply a page of resource versions, filtered by `filter.types`, `filter.states` and the like.

        Of each resource the latest version that fits, unless `latestVersion` is false: then every one.
        """
        rows: Iterable[Row] = self._design.rows(self._context.domain(request))
        asked = request.query_params.get("filter", "")
        conditions = [*_dotted_conditions(request.query_params), *parse_filter(asked, RESOURCE_KEYS)]
        if request.query_params.get("filter.latestVersion") != "false" and "latestVersion:false" not in asked.split(
            ";"
        ):
            fitting = [row for row in rows if all(is_met(row) for is_met in conditions)]
            rows = {str(row["id"]): row for row in fitting}.values()
        return self._context.paged(request, rows, RESOURCE_KEYS, conditions, _NEWEST_FIRST)

    async def resource(self, request: Request) -> Response:
        """Reply one version of a resource, the newest unless `version` is given."""
        return self._context.one(self._version(request))

    async def create(self, request: Request) -> Response:
        """Create a resource with content: query `name` and `type`, multipart `file`, optional `metadata`."""
        domain = self._context.domain(request)
        content, mime_type, fields = await _multipart(request)
        metadata = _metadata(fields.get("metadata"))
        actor = self._context.actor(request)
        name, resource_type = request.query_params.get("name", ""), request.query_params.get("type", "")
        resource = self._design.create(domain, name, resource_type, metadata, actor)
        return self._context.one(self._design.put_content(domain, resource.resource_id, content, mime_type, actor))

    async def content(self, request: Request) -> Response:
        """Reply the bytes of a version's content."""
        row = self._version(request)
        path = self._design.content_path(str(row["id"]), int(str(row["version"])))
        if not path.exists():
            raise not_found(f"Resource {row['id']} has no content in version {row['version']}.")
        return FileResponse(path, media_type=str(row["contentMimeType"] or "application/octet-stream"))

    async def content_of_type(self, request: Request) -> Response:
        """Reply the content of a kind; only the main one, CONTENT, is kept."""
        if request.path_params["type"].upper() != "CONTENT":
            raise not_found(f"There is no content of type {request.path_params['type']!r}.")
        return await self.content(request)

    async def put_content(self, request: Request) -> Response:
        """Replace the content of a draft: multipart `file`."""
        domain, resource_id = self._context.domain(request), request.path_params["id"]
        content, mime_type, _ = await _multipart(request)
        actor = self._context.actor(request)
        return self._context.one(self._design.put_content(domain, resource_id, content, mime_type, actor))

    async def change_state(self, request: Request) -> Response:
        """Move a resource to another state: `{"state", "auditedComment", "locked"}`."""
        domain, body = self._context.domain(request), await json_body(request)
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object with state, auditedComment and locked.")
        resource_id = request.path_params["id"]
        actor = self._context.actor(request)
        return self._context.one(self._design.change_state(domain, resource_id, body, actor))

    async def history(self, request: Request) -> Response:
        """Reply the history of a resource, oldest first."""
        resource = self._design.get(self._context.domain(request), request.path_params["id"])
        return self._context.many(resource.history)

    async def links(self, request: Request) -> Response:
        """Reply a page of the links that match `linkSubjectId`, `linkSubjectVersion` and `linkObjectId`."""
        return self._context.paged(request, self._matching_links(request), {}, sort="asc_linkObjectId")

    async def linked_resources(self, request: Request) -> Response:
        """Reply the newest versions of the objects of the links that match, one level deep."""
        objects = {str(link["linkObjectId"]) for link in self._matching_links(request)}
        domain = self._context.domain(request)
        rows = [row for row in self._design.rows(domain) if row["latestVersion"] and row["id"] in objects]
        return self._context.paged(request, rows, RESOURCE_KEYS, sort="asc_name")

    async def collection_details(self, request: Request) -> Response:
        """Reply a page of the resources of collections: body `[collection ids]`, query `types`."""
        body = await json_body(request)
        if not isinstance(body, list) or not all(isinstance(item, str) for item in body):
            raise bad_request("The body must be a list of collection ids.")
        conditions = _dotted_conditions(request.query_params)
        types = request.query_params.get("types")
        if types:
            conditions.append(condition_of("types", types, RESOURCE_KEYS))
        return self._context.paged(request, self._collected(body), RESOURCE_KEYS, conditions, "asc_name")

    def _collected(self, collection_ids: list[str]) -> Iterator[Row]:
        for run in self._context.state.runtime.runs.values():
            if run.collection_id in collection_ids and run.job["status"] != "deleted":
                yield from self._design.collection_rows(run.resources)

    def _matching_links(self, request: Request) -> list[Row]:
        asked = {
            column: request.query_params[name]
            for name, column in (
                ("linkSubjectId", "linkSubjectId"),
                ("linkSubjectVersion", "subjectVersion"),
                ("linkObjectId", "linkObjectId"),
            )
            if name in request.query_params
        }
        links = self._design.links(self._context.domain(request))
        return [link for link in links if all(str(link[name]) == value for name, value in asked.items())]

    def _version(self, request: Request) -> Row:
        text = request.query_params.get("version")
        if text is not None and not (text.isascii() and text.isdigit()):
            raise bad_request(f"version is {text!r}; it must be a whole number.")
        number = None if text is None else int(text)
        return self._design.version(self._context.domain(request), request.path_params["id"], number)


def _dotted_conditions(parameters: Mapping[str, str]) -> list[Condition]:
    return [
        condition_of(name.removeprefix("filter."), value, RESOURCE_KEYS)
        for name, value in parameters.items()
        if name.startswith("filter.")
    ]


async def _multipart(request: Request) -> tuple[bytes, str, dict[str, str]]:
    """Return the uploaded file's bytes and MIME type, and the other fields. Raises ExstreamError 400."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise bad_request("The call must be multipart/form-data with a part named file.")
    async with request.form() as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise bad_request("The call has no part named file.")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return await upload.read(), upload.content_type or "application/octet-stream", fields


def _metadata(text: str | None) -> Row:
    if not text:
        return {}
    try:
        metadata = json.loads(text)
    except ValueError as error:
        raise bad_request(f"metadata is not JSON: {error}.") from error
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be a JSON object.")
    return metadata
