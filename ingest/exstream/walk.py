"""One walk through an Exstream installation: jobs, their flow instances and steps, the files of their runs.

Here belong the order of the walk and what it finds missing. Everything received is kept in the raw store at
once, so that a walk holds references and not files. All streams of one ingest are served from one walk, so
that they describe the same moment. Every job of the days that are read is listed; what an earlier walk has read to its
end is not walked into again, so that a job that never ends costs listings and no files. Not here: which jobs those
are (`settled`), rows (`streams`), claims and cursors (`source`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import BinaryIO, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from assettrail.errors import AssettrailError, RecordRejected, SourceError
from ingest.exstream.client import ExstreamClient, Listing, Page
from ingest.exstream.customer_archives import CustomerArchives
from ingest.exstream.delivery_text import HEAD_BYTES, customers_processed
from ingest.exstream.engine_clock import job_by_engine_clock
from ingest.exstream.html_outputs import HtmlOutputReader
from ingest.exstream.passed_over import Asked, PassedOver
from ingest.exstream.records import FlowInstance, FlowStep, Job
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.settled import JobKey, Settled
from ingest.exstream.streams import FileKind, RunFile
from ingest.pseudonym import mask_identifiers
from ingest.received import ReceivedFile
from ingest.strict import JsonObject, refuse_unsound_text

KeepOpen: TypeAlias = Callable[[BinaryIO, str], str]
"""Keeps the bytes of an open file, which messages call by the text, and gives their SHA-256."""


@dataclass(frozen=True)
class Kept:
    """One record as received, its place and number in the page, and its `context`: domain, then ids above it."""

    payload: JsonObject
    context: tuple[str, ...]
    source_uri: str
    raw_hash: str
    number: int


@dataclass(frozen=True)
class Gap:
    """Something that should be there and is not; `kind` is the kind of file, or `all` for every stream.

    With `is_certain` False nobody knows whether something is missing: counts that do not agree. `job` is the one that
    something is missing of, where it is one; with `is_again` it is walked into again, as that may bring it.
    """

    kind: str
    text: str
    is_certain: bool = True
    job: Job | None = None
    is_again: bool = False


@dataclass(frozen=True)
class _Wanted:
    """A file of a run that was asked for: its kind, the mapping that reads it, its name in words, and what came.

    `failure` is why it did not come; without file and failure it is gone.
    """

    kind: FileKind
    mapping: str | None
    title: str
    file: ReceivedFile | None
    failure: AssettrailError | None = None


@dataclass
class Walk:
    """What one walk found. Times are instants in UTC.

    `is_undated_open` says that a running job has a start that cannot be read, so that nobody knows its day. One
    without any start has not begun: it shows on the day on which it does.
    """

    began: datetime
    from_day: date | None
    settled: Settled | None
    window: tuple[datetime, datetime] | None = None
    jobs: list[Kept] = field(default_factory=list)
    instances: list[Kept] = field(default_factory=list)
    steps: list[Kept] = field(default_factory=list)
    references: list[Kept] = field(default_factory=list)
    files: list[RunFile] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    deleted: list[Job] = field(default_factory=list)
    open_jobs: dict[JobKey, datetime | None] = field(default_factory=dict)
    starts: dict[JobKey, datetime | None] = field(default_factory=dict)
    failed: dict[FileKind, AssettrailError] = field(default_factory=dict)
    passed_over: PassedOver = field(default_factory=PassedOver)
    is_undated_open: bool = False
    latest_start: datetime | None = None

    def serves(self, from_day: date | None, settled: Settled | None) -> bool:
        """Does this walk hold what a cursor asks for?"""
        reaches = self.from_day is None or (from_day is not None and self.from_day <= from_day)
        return reaches and (self.settled is None or (settled is not None and self.settled.leaves_all_that(settled)))


class Walker:
    """Walks the domains of an installation; `zone` is the IANA zone of its clock, where a setting names it.

    `outputs` reads the HTML outputs of runs, where they are read.
    """

    def __init__(
        self,
        client: ExstreamClient,
        domains: tuple[str, ...],
        report_name: str,
        keep_raw: Callable[[bytes], str],
        keep_raw_open: KeepOpen,
        mappings: Mapping[str, ReportMapping] | None = None,
        zone: str | None = None,
        outputs: HtmlOutputReader | None = None,
    ) -> None:
        self._client = client
        self._outputs = outputs
        self._domains = domains
        self._report_name = report_name
        self._keep_raw = keep_raw
        self._keep_raw_open = keep_raw_open
        self._mappings = mappings or {}
        self._zone = zone

    def walk(
        self,
        began: datetime,
        from_day: date | None,
        settled: Settled | None,
        window: tuple[datetime, datetime] | None = None,
    ) -> Walk:
        """List every job that started on `from_day` (UTC) or later, and read those that are not settled.

        With a `window` only jobs that ran in it are read, and listed are those that started before its end. The bounds
        of the service's days are not documented, so that more days are asked for and the choice is made here.
        """
        found = Walk(began=began, from_day=from_day, settled=settled, window=window)
        before_day = day_of(window[1]) + timedelta(days=2) if window else None
        for domain in self._domains:
            seen: set[str] = set()
            for deleted in (False, True):
                listing = self._client.jobs(domain, from_day, before_day, deleted=deleted)
                self._note_count(found, listing, "all", f"the {'deleted ' if deleted else ''}jobs of domain {domain}")
                for page in listing.pages:
                    self._walk_jobs(found, domain, page, seen)
        found.failed = found.passed_over.unanswered() | found.failed
        return found

    def _walk_jobs(self, found: Walk, domain: str, page: Page, seen: set[str]) -> None:
        for kept in self._kept(page, (domain,)):
            job_id = kept.payload.get("id")
            if isinstance(job_id, str) and job_id in seen:
                continue
            found.jobs.append(kept)
            try:
                refuse_unsound_text(kept.payload, "a job")
                job = Job.from_response(kept.payload, domain, mask_identifiers)
            except RecordRejected as error:
                found.gaps.append(Gap("all", f"a job of domain {domain} could not be read ({error.tried})"))
                continue
            job = job_by_engine_clock(job, self._zone)
            seen.add(job.job_id)
            if found.window is not None and not job.ran_in(*found.window):
                continue
            self._note_start(found, job)
            if job.status == "deleted":
                found.deleted.append(job)
            elif found.settled is None or not found.settled.has(job):
                self._walk_instances(found, domain, job)

    @staticmethod
    def _note_start(found: Walk, job: Job) -> None:
        key, started = (job.domain, job.job_id), job.started_at
        found.starts[key] = started
        if started and (found.latest_start is None or started > found.latest_start):
            found.latest_start = started
        if not job.is_terminal:
            found.open_jobs[key] = started
            found.is_undated_open |= started is None and job.start_at_raw is not None

    def _walk_instances(self, found: Walk, domain: str, job: Job) -> None:
        listing = self._client.flow_instances(domain, job.job_id)
        self._note_count(found, listing, "all", f"the flow instances of job {job.job_id}")
        for page in listing.pages:
            for kept in self._kept(page, (domain,)):
                found.instances.append(kept)
                try:
                    refuse_unsound_text(kept.payload, "a flow instance")
                    instance = FlowInstance.from_response(kept.payload, domain, mask_identifiers)
                except RecordRejected:
                    found.gaps.append(Gap("all", f"a flow instance of job {job.job_id} could not be read"))
                    continue
                self._walk_references(found, domain, instance)
                self._walk_steps(found, domain, job, instance)

    def _walk_references(self, found: Walk, domain: str, instance: FlowInstance) -> None:
        own = instance.flow_instance_id
        collections = self._client.collection_ids(domain, own)
        if collections is None:
            found.gaps.append(Gap("references", f"the collections of flow instance {own} are gone"))
            return
        for collection_id in collections:
            listing = self._client.collection_details(collection_id)
            self._note_count(found, listing, "references", f"the members of collection {collection_id}")
            for page in listing.pages:
                found.references.extend(self._of_collection(page, (domain, own, collection_id)))

    def _walk_steps(self, found: Walk, domain: str, job: Job, instance: FlowInstance) -> None:
        listing = self._client.flow_steps(domain, instance.flow_instance_id)
        of = f"flow instance {instance.flow_instance_id}"
        self._note_count(found, listing, "all", f"the steps of {of}")
        for page in listing.pages:
            for kept in self._kept(page, (domain,)):
                found.steps.append(kept)
                try:
                    refuse_unsound_text(kept.payload, "a flow step")
                    step = FlowStep.from_response(kept.payload, domain)
                except RecordRejected:
                    found.gaps.append(Gap("all", f"a step of {of} could not be read"))
                    continue
                if step.step_type == "communication" and job.is_terminal:
                    self._fetch_files(found, job, step)

    def _fetch_files(self, found: Walk, job: Job, step: FlowStep) -> None:
        """The files of one communication step; a missing one is a gap of a finished step, or may be of a failed one."""
        customers: int | None = None
        for wanted in self._wanted(found, step):
            if wanted.file is not None:
                with wanted.file.content as content:
                    if wanted.kind == "delivery":
                        customers = customers_processed(content.read(HEAD_BYTES))
                    found.files.append(self._run_file(wanted, job, step, wanted.file, customers))
                    if wanted.kind == "delivery":
                        self._list_outputs(found, job, step, wanted.file)
                continue
            self._note_missing(found, job, step, wanted)

    @staticmethod
    def _note_missing(found: Walk, job: Job, step: FlowStep, wanted: _Wanted) -> None:
        text = f"the {wanted.title} of flow step {step.flow_step_id}"
        is_again = wanted.failure is not None
        if wanted.failure is not None:
            text = f"{text} did not come ({mask_identifiers(wanted.failure.found)})"
        elif step.says_gone(wanted.kind):
            text = f"{text} is not retrievable, as the step says"
        else:
            text = f"{text} is gone (404 or 410)"
        if not step.is_finished:
            text = f"{text}; the step is {step.status}"
        if not step.is_finished and not step.has_failed and not is_again:
            found.notes.append(text)
            return
        gap = Gap(wanted.kind, text, is_certain=step.is_finished, job=job, is_again=is_again)
        found.gaps.append(gap)
        if wanted.kind == "delivery":
            found.gaps.append(replace(gap, kind="outputs", text=f"{text}: its HTML outputs are not known"))

    def _list_outputs(self, found: Walk, job: Job, step: FlowStep, delivery: ReceivedFile) -> None:
        """Make the list of the addresses in a step's HTML outputs, where they are read; its delivery file is open."""
        if self._outputs is None or "outputs" in found.failed:
            return
        fetch = partial(self._client.customer_artifacts, step.domain, step.flow_step_id)
        uri = f"{delivery.uri.removesuffix('delivery-file')}customer-artifacts"
        archives = CustomerArchives(fetch, self._outputs.spill)
        title = "HTML outputs"
        asked: Asked = (step.domain, "outputs", title)
        try:
            listed = self._outputs.read(delivery.content, archives.open, uri, f"flow step {step.flow_step_id}")
        except SourceError as error:
            if not found.passed_over.passes(asked, error):
                found.failed["outputs"] = error
            self._note_missing(found, job, step, _Wanted("outputs", None, title, None, error))
            return
        if listed is not None:
            found.passed_over.has_answered(asked)
            with listed.file.content:
                wanted = _Wanted("outputs", None, "list of HTML outputs", listed.file)
                found.files.append(self._run_file(wanted, job, step, listed.file, None))
            found.gaps += [Gap("outputs", text) for text in listed.gaps]

    def _wanted(self, found: Walk, step: FlowStep) -> Iterator[_Wanted]:
        """Ask for the files of a step, one after the other; the delivery file, which says how many customers, first."""
        domain, step_id, client = step.domain, step.flow_step_id, self._client
        yield from _asked(found, step, "delivery", "delivery file", lambda: client.delivery_file(domain, step_id))
        yield from _asked(found, step, "messages", "message file", lambda: client.message_file(domain, step_id))
        if self._report_name:
            ask = partial(client.artifact, domain, step_id, self._report_name)
            yield from _asked(found, step, "report", "asset-use report", ask)
        for name, mapping in self._mappings.items():
            ask = partial(client.artifact, domain, step_id, mapping.file)
            for wanted in _asked(found, step, "report", f"report {name}", ask, name):
                if wanted.file is not None or wanted.failure is not None or mapping.shape.expected:
                    yield wanted

    def _run_file(
        self, wanted: _Wanted, job: Job, step: FlowStep, file: ReceivedFile, customers: int | None
    ) -> RunFile:
        return RunFile(
            kind=wanted.kind,
            domain=step.domain,
            job_id=job.job_id,
            flow_instance_id=step.flow_instance_id,
            flow_step_id=step.flow_step_id,
            docgen_uuid=None,
            source_uri=file.uri,
            raw_hash=self._keep_raw_open(file.content, file.uri),
            size=file.size,
            customers=customers,
            mapping=wanted.mapping,
        )

    def _kept(self, page: Page, context: tuple[str, ...]) -> list[Kept]:
        if not page.records:
            return []
        raw_hash = self._keep_raw(page.answer.body)
        uri = page.answer.uri
        return [Kept(record, context, uri, raw_hash, number) for number, record in enumerate(page.records)]

    def _of_collection(self, page: Page, context: tuple[str, str, str]) -> list[Kept]:
        """The members of a collection, whose address says of which: the answer and its own address do not."""
        return [
            replace(kept, source_uri=member_address(kept.source_uri, context)) for kept in self._kept(page, context)
        ]

    @staticmethod
    def _note_count(found: Walk, listing: Listing, kind: str, what: str) -> None:
        if not listing.is_counted:
            found.gaps.append(Gap(kind, f"{what} changed in number while they were read", is_certain=False))


def _asked(
    found: Walk,
    step: FlowStep,
    kind: FileKind,
    title: str,
    ask: Callable[[], ReceivedFile | None],
    mapping: str | None = None,
) -> Iterator[_Wanted]:
    """Ask for one file; nothing where the service cannot give files of its kind, which is not asked for again.

    What the step calls not retrievable is asked for, too, as its word may be old; when it does not come, it is gone.
    """
    if kind in found.failed:
        return
    asked: Asked = (step.domain, kind, title)
    failure, file = None, None
    try:
        file = ask()
    except SourceError as error:
        if not step.says_gone(kind):
            if not found.passed_over.passes(asked, error):
                found.failed[kind] = error
            failure = error
    else:
        found.passed_over.has_answered(asked)
    yield _Wanted(kind, mapping, title, file, failure)


def member_address(uri: str, context: tuple[str, str, str]) -> str:
    """The address of the members of a collection: domain, flow instance and collection stand behind the `#`."""
    return f"{uri}#{'/'.join(quote(part, safe='') for part in context)}"


def context_of_member(uri: str) -> tuple[str, ...] | None:
    """What `member_address` put behind an address; None where nothing of that kind stands there."""
    parts = tuple(unquote(part) for part in urlsplit(uri).fragment.split("/"))
    return parts if len(parts) == len(("domain", "flow instance", "collection")) else None


def day_of(instant: datetime) -> date:
    """The day in UTC, in which the watermark is counted."""
    return instant.astimezone(UTC).date()
