"""Output folders of engine runs: which files each has, how large they are at a look, and their bytes sealed.

Here belong finding runs by their paths, the reports that each should have, and staging a run's files for the raw store
while nobody knows yet whether they rest. Waiting, and what is claimed of a folder, is `drop_folder`.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from assettrail.errors import ConfigurationError, RecordRejected
from assettrail.run_layout_settings import GROUPS, RunLayout
from evidence.raw_store import StagedRaw
from ingest.exstream.delivery_text import HEAD_BYTES, customers_processed, has_closing_tag
from ingest.exstream.html_outputs import HtmlOutput
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.settled_runs import as_it_lies
from ingest.exstream.streams import FileKind, RunFile
from ingest.lying_files import open_lying, readable_name

FoundFile = tuple[FileKind, str | None, Path]
"""A file of a run: its kind, the mapping of a report that the customer designed, and its path."""
Sizes = Mapping[Path, tuple[int, int]]
"""The bytes of files, and when they were written last in nanoseconds."""


class FileUnreadable(ConfigurationError):
    """A file of a run that this user may not read, that is none, or that is gone: its run is left where it is."""


@dataclass(frozen=True)
class RunFolder:
    """One output folder of an engine run, by the ids in its path; `is_begun` when it has a delivery file.

    Of an id that is not UTF-8, which no row could hold, what is no text is replaced: for people to read.
    """

    path: Path
    domain: str
    job_id: str
    flow_instance_id: str
    docgen_uuid: str
    is_begun: bool = True


@dataclass(frozen=True)
class FoundRuns:
    """The runs below a folder, and the places in which others may lie that were not looked at, in words."""

    runs: Sequence[RunFolder]
    unseen: Sequence[str]


@dataclass(frozen=True)
class StagedRunFile:
    """A file of a run, its sealed bytes, and whether it is a delivery file with its closing tag."""

    file: RunFile
    raw: StagedRaw
    is_closed: bool


@dataclass(frozen=True)
class ExpectedReports:
    """The reports of runs: the name of our own, empty for none, and the mappings of those that customers designed.

    `layout` says where they lie.
    """

    report_name: str
    mappings: Mapping[str, ReportMapping]
    layout: RunLayout

    def files(self, run: RunFolder) -> list[FoundFile]:
        """The run's files, the delivery file first. Raises FileUnreadable for a folder that this user may not read."""
        try:
            return list(self._files(run))
        except OSError as error:
            raise _unreadable(run.path, error) from error

    def sizes(self, run: RunFolder) -> Sizes:
        """The sizes of the run's files that are there now. Raises FileUnreadable as `files` and `sizes_of` do."""
        return sizes_of([path for _, _, path in self.files(run)])

    def _files(self, run: RunFolder) -> Iterator[FoundFile]:
        yield "delivery", None, run.path / self.layout.delivery_file
        messages = run.path / self.layout.message_file
        if messages.is_file():
            yield "messages", None, messages
        for mapping, name in self._names():
            plain = f"{self.layout.report_folders}/{_literal(name)}"
            for report in sorted([*run.path.glob(plain), *run.path.glob(f"{plain}.gz")]):
                yield "report", mapping, report

    def _names(self) -> Iterator[tuple[str | None, str]]:
        """Our own report, if there is one, and those with a mapping: mapping and file name."""
        if self.report_name:
            yield None, self.report_name
        for name, mapping in self.mappings.items():
            yield name, mapping.file

    def missing(self, run: RunFolder, files: Collection[FoundFile]) -> Iterator[str]:
        """The reports that each run should have and this one has not, in words."""
        found = {mapping for kind, mapping, _ in files if kind == "report"}
        if self.report_name and None not in found:
            yield f"run {run.docgen_uuid} has no asset-use report"
        for name, mapping in self.mappings.items():
            if mapping.shape.expected and name not in found:
                yield f"run {run.docgen_uuid} has no report {name}"


@dataclass(frozen=True)
class RunAtALook:
    """A run at the first look: its files and their sizes, or why it cannot be read, in words.

    `lies` is how it lay in its folder (`as_it_lies`) before its files were looked for.
    """

    run: RunFolder
    files: Sequence[FoundFile] = ()
    sizes: Sizes = field(default_factory=dict)
    unread: str = ""
    lies: str | None = None

    @classmethod
    def of(cls, run: RunFolder, reports: ExpectedReports) -> RunAtALook:
        """Look at a run."""
        if not run.is_begun:
            return cls(run)
        if readable_name(str(run.path)) != str(run.path):
            return cls(run, unread="its path is no UTF-8, and what it tells could not be written down")
        lies = as_it_lies(run.path)
        try:
            files = reports.files(run)
            return cls(run, files, sizes_of([path for _, _, path in files]), lies=lies)
        except FileUnreadable as error:
            return cls(run, unread=error.found)

    @property
    def has_messages(self) -> bool:
        """Whether the engine left a message file."""
        return any(kind == "messages" for kind, _, _ in self.files)

    def is_same(self, reports: ExpectedReports) -> bool:
        """Whether the run has the same files of the same sizes now."""
        try:
            return reports.sizes(self.run) == self.sizes
        except FileUnreadable:  # It is gone, or no file any more.
            return False


def find_runs(folder: Path, layout: RunLayout) -> FoundRuns:
    """The runs below a folder, also those that have no delivery file: they have begun, or lost it.

    Links to folders are not followed: they may lead round in a ring, and a run would have two paths. Raises
    ConfigurationError when there is no folder, and for a path that the layout's pattern fits without all ids.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            tried=f"to read engine output from {folder}",
            found="no such folder",
            expected="a folder with the output folders of runs below it, as exstream.run_layout has them",
            remedy="correct the path, or exstream.drop_folder",
        )
    top = folder.resolve()
    looked = sorted(_folders(top, layout.delivery_file), key=lambda one: one.path)
    runs = [run for one in looked if (run := _run_at(one.path, layout, is_begun=one.is_begun))]
    known = {run.path for run in runs}
    unseen = [
        f"the folder {readable_name(str(one.path.relative_to(top)))} {one.unread}"
        for one in looked
        if one.unread and known.isdisjoint([one.path, *one.path.parents])
    ]
    strange = [one.path for one in looked if one.is_begun and one.path not in known]
    if strange:
        first = readable_name(str(strange[0].relative_to(top)))
        unseen.append(
            f"{len(strange)} folders with a delivery file, first {first}, do not fit exstream.run_layout.run_folder"
        )
    return FoundRuns(runs, unseen)


def _run_at(path: Path, layout: RunLayout, *, is_begun: bool) -> RunFolder | None:
    """The run whose output folder this is, if it is one."""
    match = layout.of_run.search(path.as_posix())
    if match is None:
        return None
    ids = [match[name] or "" for name in GROUPS]
    if all(ids):
        domain, job, instance, docgen = map(readable_name, ids)
        return RunFolder(path, domain, job, instance, docgen, is_begun)
    if not is_begun:
        return None
    raise ConfigurationError(
        tried=f"to tell by its path which run {path} is of",
        found=f"no {', no '.join(name for name in GROUPS if not match[name])}",
        expected=f"each of {', '.join(GROUPS)} in the path",
        remedy="correct exstream.run_layout.run_folder, so that none of its groups can stay empty",
    )


@dataclass(frozen=True)
class _Folder:
    """A folder, whether a delivery file lies in it, and why it was not looked into, in words."""

    path: Path
    is_begun: bool = False
    unread: str = ""


def _folders(top: Path, delivery_file: str) -> Iterator[_Folder]:
    """Each folder from this one on, and each link to a folder outside.

    Not `os.walk`, which calls itself for each level before Python 3.12: a thousand of them end it.
    """
    left = [top]
    while left:
        path = left.pop()
        is_begun = False
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(Path(entry.path))
                    elif entry.is_symlink() and entry.is_dir() and _leads_out(Path(entry.path), top):
                        yield _Folder(Path(entry.path), unread="is a link, which is not followed")
                    elif entry.name == delivery_file:
                        is_begun = True
        except OSError as error:
            yield _Folder(path, unread=f"cannot be read: {error.strerror or type(error).__name__}")
        else:
            yield _Folder(path, is_begun)


def _leads_out(path: Path, top: Path) -> bool:
    """Whether a link leads to what is not below `top`."""
    return not Path(os.path.realpath(path)).is_relative_to(top)


class OutputsOfFolder:
    """Opens the HTML outputs of a run where they lie, and notes how large they were (`looked`)."""

    def __init__(self, run: RunFolder, layout: RunLayout) -> None:
        self._run = run
        self._layout = layout
        self.looked: dict[Path, tuple[int, int]] = {}

    def open(self, output: HtmlOutput) -> BinaryIO | None:
        """The bytes of an output, plain or as gzip; None where it is not there.

        Raises RecordRejected for what is no file or cannot be read.
        """
        path = next((path for path in self._places(output.place.name) if path.exists()), None)
        if path is None:
            return None
        try:
            self.looked.update(sizes_of([path]))
            return open_lying(self._run.path, path)
        except FileUnreadable as error:
            raise RecordRejected(error.tried, error.found, error.expected, error.remedy) from error
        except OSError as error:
            unreadable = _unreadable(path, error)
            raise RecordRejected(unreadable.tried, unreadable.found, unreadable.expected, unreadable.remedy) from error

    def _places(self, name: str) -> Iterator[Path]:
        for each in (name, f"{name}.gz"):
            yield self._run.path / each
            if "/" not in each:  # Its path tells of no folder of a queue.
                yield from sorted(self._run.path.glob(f"{self._layout.output_folders}/{_literal(each)}"))


def sizes_of(files: Collection[Path]) -> Sizes:
    """How large files are now. Raises FileUnreadable when one cannot be looked at."""
    sizes = {}
    for path in files:
        try:
            found = path.stat()
        except OSError as error:
            raise _unreadable(path, error) from error
        sizes[path] = (found.st_size, found.st_mtime_ns)
    return sizes


def stage_run(
    run: RunFolder, files: Collection[FoundFile], stage: Callable[[BinaryIO, str], StagedRaw]
) -> Iterator[StagedRunFile]:
    """Seal a run's files one after the other; no reports while its delivery file has no end, as they may have none.

    Raises FileUnreadable for what is no file or cannot be read, FileChanged for one that is being written.
    """
    customers: int | None = None
    is_composed = False
    for kind, mapping, path in files:
        if kind == "report" and not is_composed:
            continue
        raw = _staged(run, path, stage)
        is_closed = False
        with raw.open() as sealed:
            size = sealed.seek(0, io.SEEK_END)
            if kind == "delivery":
                is_closed, customers = _end_and_customers(sealed)
                is_composed = is_closed
        file = _run_file(kind, run, path.as_uri(), raw, size, customers, mapping)
        yield StagedRunFile(file, raw, is_closed)


def output_list(run: RunFolder, raw: StagedRaw, size: int) -> StagedRunFile:
    """The list of a run's HTML outputs, which is sealed as a file of it."""
    uri = (run.path / "html-outputs").as_uri()
    return StagedRunFile(_run_file("outputs", run, uri, raw, size), raw, is_closed=False)


def _run_file(
    kind: FileKind,
    run: RunFolder,
    uri: str,
    raw: StagedRaw,
    size: int,
    customers: int | None = None,
    mapping: str | None = None,
) -> RunFile:
    return RunFile(
        kind=kind,
        domain=run.domain,
        job_id=run.job_id,
        flow_instance_id=run.flow_instance_id,
        flow_step_id=None,
        docgen_uuid=run.docgen_uuid,
        source_uri=uri,
        raw_hash=raw.sha256,
        size=size,
        customers=customers,
        mapping=mapping,
    )


def _staged(run: RunFolder, path: Path, stage: Callable[[BinaryIO, str], StagedRaw]) -> StagedRaw:
    try:
        with open_lying(run.path, path) as source:
            return stage(source, str(path))
    except OSError as error:
        raise _unreadable(path, error) from error


def _literal(name: str) -> str:
    """A file name as a glob pattern that means only itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _end_and_customers(source: BinaryIO) -> tuple[bool, int | None]:
    """Whether a delivery file is finished, and how many customers it states; None for one that is not finished."""
    try:
        if not has_closing_tag(source):
            return False, None
    except RecordRejected:
        return False, None
    source.seek(0)
    return True, customers_processed(source.read(HEAD_BYTES))


def _unreadable(path: Path, error: OSError) -> FileUnreadable:
    return FileUnreadable(
        tried=f"to read {path}",
        found=error.strerror or type(error).__name__,
        expected="a file of engine output that this user may read",
        remedy="correct the folder's rights, take out what is no file, or wait until the run's files are all there",
    )
