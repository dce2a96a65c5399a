"""The only access to Exstream's REST: listings, files of runs, members of resource collections. It reads, no more.

Here belong paths, the query language and paging. A listing is complete when the records read are as many as
the service counts, with the count unchanged from the first to the last page; otherwise it is read again. The
jobs, steps and collections have calls that change things: none of them is here. Not here: what a record
means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import quote

from assettrail.errors import PermanentSourceError, RecordRejected, TransientSourceError
from ingest.http import RestClient
from ingest.received import Answer, ReceivedFile
from ingest.strict import JsonObject, list_or_none, object_or_none, objects, required_integer

Received = TypeVar("Received", Answer, ReceivedFile)

_LISTING_ATTEMPTS = 3
_IDENTITY = ("id", "version", "linkSubjectId", "subjectVersion", "linkObjectId")
"""What tells two records of one listing apart: ids, versions, and the ends of a link."""


@dataclass(frozen=True)
class Page:
    """One page as received and the records in it."""

    answer: Answer
    records: tuple[JsonObject, ...]


@dataclass(frozen=True)
class Listing:
    """All pages of one listing; `is_counted` says that the records are as many as the service counts."""

    pages: tuple[Page, ...]
    is_counted: bool


class ExstreamClient:
    """Reads Orchestration's runtime and Design's collections. Raises the errors of `ingest.http.RestClient`."""

    def __init__(self, rest: RestClient, page_size: int) -> None:
        self._rest = rest
        self._page_size = page_size

    def sign_in(self) -> None:
        """Fetch a token, so that wrong credentials show."""
        self._rest.sign_in()

    def job_count(self, domain: str) -> int:
        """How many jobs the service shows for a domain; PermanentSourceError when there is no such domain."""
        answer = self._rest.get_present(_runtime(domain, "jobs"), {"offset": 0, "count": 1})
        return _total(answer.json(), answer.uri)

    def jobs(
        self, domain: str, from_day: date | None, before_day: date | None = None, *, deleted: bool = False
    ) -> Listing:
        """The domain's jobs, oldest start first; with `from_day` those that started on that day (UTC) or later.

        With `before_day` those that started before it; whether the day itself is in is not documented. The service
        lists deleted jobs apart from all others.
        """
        bounds = {"startDateStart": from_day, "startDateEnd": before_day}
        query = ";".join(f"{name}:{day.isoformat()}" for name, day in bounds.items() if day)
        more = {"fetchDeleted": "true"} if deleted else {}
        return self._listing(_runtime(domain, "jobs"), query, "asc_startDate", more=more)

    def flow_instances(self, domain: str, job_id: str) -> Listing:
        """The flow instances of a job."""
        return self._listing(_runtime(domain, "flow-instances"), f"jobId:{job_id}", "asc_startDate")

    def flow_steps(self, domain: str, flow_instance_id: str) -> Listing:
        """The steps of a flow instance, of every type."""
        query = f"flowInstanceId:{flow_instance_id}"
        return self._listing(_runtime(domain, "flow-steps"), query, "asc_startDate")

    def delivery_file(self, domain: str, step_id: str) -> ReceivedFile | None:
        """The delivery file of a communication step, of any size; None when it is gone."""
        return self._run_file(_runtime(domain, f"flow-steps/{_part(step_id)}/delivery-file"))

    def message_file(self, domain: str, step_id: str) -> ReceivedFile | None:
        """The engine's message file of a communication step; None when it is gone."""
        return self._run_file(_runtime(domain, f"flow-steps/{_part(step_id)}/message-file"))

    def artifact(self, domain: str, step_id: str, name: str) -> ReceivedFile | None:
        """A report of the engine run by its name, of any size; None when there is none."""
        return self._run_file(_runtime(domain, f"flow-steps/{_part(step_id)}/artifact/{_part(name)}"))

    def customer_artifacts(self, domain: str, step_id: str, customer_number: int) -> ReceivedFile | None:
        """The outputs of one customer of an engine run, by its number there, a zip; None when they are gone.

        Read once, whatever is told of its length: a zip that is cut is none, and one that is packed anew differs.
        """
        path = f"flow-steps/{_part(step_id)}/customer-artifacts/{customer_number}"
        return self._rest.get_file(_runtime(domain, path))

    def collection_ids(self, domain: str, flow_instance_id: str) -> tuple[str, ...] | None:
        """The resource collections of a flow instance; None when the service has removed it."""
        path = _runtime(domain, f"flow-instances/{_part(flow_instance_id)}/collection-resources")
        answer = self._rest.get(path, missing_ok=True)
        if answer is None:
            return None
        try:
            ids = list_or_none(answer.json(), "data") or []
        except RecordRejected as error:
            raise _strange(answer.uri, error.found) from error
        return tuple(item for item in ids if isinstance(item, str))

    def collection_details(self, collection_id: str) -> Listing:
        """The members of one collection. One at a time, since the answer does not name the collection."""
        path = "/design/api/v1/collection-resources/collection-details"
        return self._listing(path, "", "asc_name", body=[collection_id])

    def resources(self, domain: str, from_day: date | None) -> Listing:
        """Every version of the domain's design resources; with `from_day` those changed on that day (UTC) or later.

        The service shows the latest versions alone unless it is told otherwise.
        """
        more = {"filter.latestVersion": "false"}
        if from_day:
            more["filter.lastModifiedDateStart"] = from_day.isoformat()
        return self._listing(f"/design/api/v1/resources/{_part(domain)}", "", "asc_lastModifiedDate", more=more)

    def resource_history(self, domain: str, resource_id: str) -> Page | None:
        """All changes of a resource, which come in one answer; None when the resource is gone."""
        return self._list(f"/design/api/v1/resources/{_part(domain)}/history/{_part(resource_id)}")

    def resource_content(self, domain: str, resource_id: str, version: int) -> Answer | None:
        """The content of a version; None when it has none."""
        path = f"/design/api/v1/resources/{_part(domain)}/{_part(resource_id)}/content"
        return _whole(lambda: self._rest.get(path, {"version": version}, missing_ok=True))

    def links_of(self, domain: str, resource_id: str, version: int) -> Listing:
        """The links from a version of a resource to those that it uses."""
        of = {"linkSubjectId": resource_id, "linkSubjectVersion": str(version)}
        return self._listing(f"/design/api/v1/links/{_part(domain)}", "", "asc_linkObjectId", more=of)

    def _list(self, path: str) -> Page | None:
        """A list that is not paged: no count is with it, so that it is whole when its answer is."""
        answer = _whole(lambda: self._rest.get(path, missing_ok=True))
        return None if answer is None else Page(answer, tuple(_records(answer.json(), answer.uri)))

    def _run_file(self, path: str) -> ReceivedFile | None:
        return _whole(lambda: self._rest.get_file(path))

    def _listing(
        self,
        path: str,
        query: str,
        sort: str,
        body: Sequence[str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Listing:
        always: dict[str, str | int] = {"sort": sort, **({"filter": query} if query else {}), **(more or {})}
        listing = Listing((), is_counted=False)
        for _ in range(_LISTING_ATTEMPTS):
            listing = self._one_pass(path, always, body)
            if listing.is_counted:
                break
        return listing

    def _one_pass(self, path: str, always: Mapping[str, str | int], body: Sequence[str] | None) -> Listing:
        """Read the pages once; `offset` counts records, not pages."""
        pages: list[Page] = []
        offset = 0
        totals: set[int] = set()
        ids: set[object] = set()
        while True:
            answer = self._page(path, {"offset": offset, "count": self._page_size, **always}, body)
            content = answer.json()
            records = _records(content, answer.uri)
            totals.add(_total(content, answer.uri))
            offset += len(records)
            if records or not pages:
                pages.append(Page(answer, tuple(records)))
            ids.update(tuple(map(record.get, _IDENTITY)) for record in records)
            if not records or offset >= max(totals):
                break
        return Listing(tuple(pages), is_counted=totals == {offset} and len(ids) == offset)

    def _page(self, path: str, asked: Mapping[str, str | int], body: Sequence[str] | None) -> Answer:
        if body is None:
            return self._rest.get_present(path, asked)
        return self._rest.read_by_post(path, asked, list(body))


def _whole(read: Callable[[], Received | None]) -> Received | None:
    """A file, or an answer that is not paged. Without an announced length a cut one looks whole: two have to agree."""
    first = read()
    if first is None or first.is_length_known:
        return first
    second = read()
    if isinstance(second, ReceivedFile):
        second.content.close()
    if second is None or second.sha256 != first.sha256:
        if isinstance(first, ReceivedFile):
            first.content.close()
        raise TransientSourceError(
            tried=f"to read {first.uri} twice, since its length was not announced",
            found="two different answers",
            expected="the same bytes",
            remedy="run again later; what had landed is kept",
        )
    return first


def _runtime(domain: str, rest: str) -> str:
    return f"/orchestration/api/v1/runtime/{_part(domain)}/{rest}"


def _part(name: str) -> str:
    return quote(name, safe="")


def _records(content: JsonObject, uri: str) -> list[JsonObject]:
    try:
        return objects(content, "data")
    except RecordRejected as error:
        raise _strange(uri, error.found) from error


def _total(content: JsonObject, uri: str) -> int:
    try:
        return required_integer(object_or_none(content, "page") or {}, "totalElements")
    except RecordRejected as error:
        raise _strange(uri, f"{error.tried}: {error.found}") from error


def _strange(uri: str, found: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read the answer of {uri}",
        found=found,
        expected="data and page.totalElements as in Orchestration's API v1",
        remedy="check exstream.base_url; if it is right, the API differs from the documented one",
    )
