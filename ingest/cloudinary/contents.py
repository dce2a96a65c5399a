"""The stream `asset_contents`: the bytes behind each (asset, version, etag), seen by ourselves once.

Here belongs which file is fetched, from where, and what is said of it. An address serves the newest bytes whatever
version it names, so that a version is believed only where the MD5 of what came is its etag; other bytes are a fact
(`differs`), read a second time to be sure, and are no evidence of that version. The newest version comes from delivery,
an older one (or one that was overwritten meanwhile) by the backup download, whose id an upload or a detail tells. At
most `contents_per_run` files are fetched in a run, and after a few failures in a row no more; what waits, and why, is
in the claim. Not here: which of them is next (`content_queue`), the connection (`fetching`), what is to be
seen (`picture`, `video`).

| outcome | meaning | fetched again |
|---|---|---|
| `matches` | the bytes of this version, their MD5 is its etag | never |
| `differs` | other bytes came, twice the same | never |
| `unavailable` | the vendor does not give it (see `reason`), or no backup is known | while newest; when one shows |
| `unavailable`, `no answer so far` | two attempts in different runs failed | in turn with the others of these |
| `refused` | larger than allowed, or a redirect | never |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from cloudinary.utils import cloudinary_url, download_backedup_asset

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from ingest.cloudinary.access import Access, Cursor, read_window, unread_window
from ingest.cloudinary.bounded import ImageLooker
from ingest.cloudinary.content_queue import NO_ANSWER, NO_BACKUP, ContentQueue, Wanted
from ingest.cloudinary.fetching import AllowedHosts, Fetched, FetchFailed, FetchRefused, FileFetcher, HostNotAllowed
from ingest.cloudinary.picture import Picture
from ingest.cloudinary.video import look_at_video
from ingest.extract import Extract
from ingest.reading import Reading
from ingest.strict import canonical_json

FILES_PER_BATCH = 50
FAILURES_IN_A_ROW = 5
_SIGNED_TYPES = frozenset({"private", "authenticated"})
_SHARED = "https://res.cloudinary.com"
_FETCH = "fetch"

Outcome = Literal["matches", "differs", "unavailable", "refused"]
Way = Literal["delivery", "backup"]


@dataclass(frozen=True)
class _Seen:
    """What one file turned out to be."""

    way: Way
    outcome: Outcome
    fetched: Fetched | None = None
    md5: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _NoAnswer:
    """One file that did not come by a way from which it may come later."""

    way: Way
    found: str


@dataclass
class _Tally:
    """What a batch did, for its claim."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    last_failure: str = ""

    def note(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def note_failure(self, found: str) -> None:
        self.failures += 1
        self.last_failure = found

    def in_words(self) -> str:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.counts.items()))
        failed = f"; {self.failures} could not be fetched now (the last: {self.last_failure})" if self.failures else ""
        return f"{sum(self.counts.values())} files seen{f': {told}' if told else ''}{failed}"


@dataclass
class _Run:
    """What one run has before it, and what it did: files fetched, those of them that failed, and failures in a row."""

    queue: ContentQueue
    fetched: int = 0
    failed: int = 0
    in_a_row: int = 0

    def answered(self) -> None:
        self.queue.answered()
        self.fetched += 1
        self.in_a_row = 0

    def had_no_answer(self) -> bool:
        """Whether that has to land."""
        self.fetched += 1
        self.failed += 1
        self.in_a_row += 1
        return self.queue.failed()

    @property
    def is_down(self) -> bool:
        """Whether so many in a row failed that nothing else would come now."""
        return self.in_a_row >= FAILURES_IN_A_ROW

    @property
    def left(self) -> int:
        """How many versions nobody has had an answer about, now or before."""
        return self.queue.open_ones + self.failed


class ContentReader:
    """Reads the stream `asset_contents` of one product environment, run by run.

    A run looks at the landing once and goes through what waits then; it ends with a window that asks for no more.
    """

    def __init__(self, access: Access, make_fetcher: Callable[[CloudinarySettings], FileFetcher] | None = None) -> None:
        self._access = access
        self._make_fetcher = make_fetcher or fetcher_of
        self._run: _Run | None = None
        self._images = ImageLooker()
        self._looks: Mapping[str, Callable[[bytes, int], Picture]] = {
            "image": self._images.look_at,
            "video": look_at_video,
        }

    def extract(self, since: Cursor) -> Extract:
        """The bytes of up to 50 versions that nobody has looked at, newest first; then those that did not come before.

        A host that the settings do not allow ends the run: no other file would come either. So do a few failures in a
        row; the cursor knows them, so that the next run begins with others.
        """
        settings = self._access.settings
        run = self._run = self._run or _Run(ContentQueue(self._access.landed, since))
        reading, tally = Reading(), _Tally()
        fetcher = self._make_fetcher(settings)
        refused = ""
        for _ in range(max(0, min(FILES_PER_BATCH, settings.contents_per_run - run.fetched, len(run.queue)))):
            try:
                self._see(fetcher, run, reading, tally)
            except HostNotAllowed as error:
                refused = f": {error}"
                break
            if run.is_down:
                break
        return self._claimed(run, reading, tally, since, refused)

    def _claimed(self, run: _Run, reading: Reading, tally: _Tally, since: Cursor, refused: str) -> Extract:
        """What the batch brought, with the claim: complete where every version that was told of has had an answer."""
        now = self._access.clock.now()
        cursor = {**since, **run.queue.told()}
        withheld = len(run.queue) - run.queue.open_ones
        again = f"; {withheld} that were unavailable are asked for again in turn" if withheld else ""
        per_run = self._access.settings.contents_per_run
        is_full = run.fetched >= per_run and len(run.queue) > 0
        limit = f" (cloudinary.contents_per_run is {per_run})" if is_full else ""
        is_over = bool(refused) or is_full or not len(run.queue) or run.is_down
        if is_over:
            self._run = None
            self._images.close()
        if is_over and not run.left and not refused:
            cursor["window_to"] = now.isoformat()
            return read_window(reading, since, now, f"{tally.in_words()}; none waits{again}{limit}", cursor)
        told = f"{tally.in_words()}; {run.left} wait{again}{limit or refused}"
        rest = unread_window(reading, since, now, told, cursor)
        return Extract(rest.rows, rest.quarantined, rest.claim, rest.cursor, more=not is_over)

    def _see(self, fetcher: FileFetcher, run: _Run, reading: Reading, tally: _Tally) -> None:
        """Fetch the next file and add its row; one that did not come adds none the first time. Raises HostNotAllowed.

        The second time its row says that there was no answer, so that the cursor need not keep it for ever.
        """
        wanted = run.queue.front
        seen = self._look(fetcher, wanted)
        if isinstance(seen, _NoAnswer):
            tally.note_failure(seen.found)
            if not run.had_no_answer():
                return
            seen = _Seen(seen.way, "unavailable", reason=f"{NO_ANSWER}: {seen.found}")
        else:
            run.answered()
            tally.note(seen.outcome)
        uri = self._access.uri(f"contents/{wanted.asset_id}/{wanted.version}")
        record = canonical_json(_record(wanted, seen)).encode()
        reading.add([self._values(wanted, seen)], uri, self._access.keep_raw(record))

    def _look(self, fetcher: FileFetcher, wanted: Wanted) -> _Seen | _NoAnswer:
        """The bytes by every way that is open, until one gives this version's; else the way that gave most.

        Where a way failed that may give them later, what the others gave is no last word. Raises HostNotAllowed.
        """
        best = _Seen("backup", "unavailable", reason=NO_BACKUP)
        failed: _NoAnswer | None = None
        for number, (way, version_id) in enumerate(_ways(wanted)):
            try:
                seen = _by(fetcher, way, _address(self._access.settings, wanted, version_id), wanted.etag)
            except FetchFailed as error:
                failed = failed or _NoAnswer(way, str(error))
                continue
            except HostNotAllowed:
                if failed is None:
                    raise
                break
            if seen.outcome == "matches":
                return seen
            if number == 0 or seen.outcome == "differs":
                best = seen
        return failed or best

    def _values(self, wanted: Wanted, seen: _Seen) -> Mapping[str, object]:
        settings = self._access.settings
        body = seen.fetched.body if seen.fetched and seen.md5 else None
        is_ours, look = body is not None and seen.outcome == "matches", self._looks.get(wanted.resource_type)
        picture = look(body, settings.content_pixels_cap) if is_ours and body and look else Picture()
        keeps = bool(is_ours and body is not None and settings.keeps_originals)
        if keeps and body is not None:
            self._access.keep_raw(body)
        return {
            "asset_id": wanted.asset_id,
            "version": wanted.version,
            "etag": wanted.etag,
            "way": seen.way,
            "outcome": seen.outcome,
            "is_etag_matched": seen.md5 == wanted.etag if seen.md5 else None,
            "seen_md5": seen.md5,
            "seen_sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
            "seen_bytes": len(body) if body is not None else None,
            "format": picture.format,
            "width": picture.width,
            "height": picture.height,
            "is_decodable": picture.is_decodable if is_ours and look else None,
            "preview_sha256": self._access.keep_raw(picture.preview) if picture.preview else None,
            "is_original_kept": keeps,
            "reason": seen.reason or picture.reason,
        }


def fetcher_of(settings: CloudinarySettings) -> FileFetcher:
    """The fetcher that the settings allow. Raises ConfigurationError for hosts that cannot be read."""
    try:
        hosts = AllowedHosts.from_settings(settings.fetch_hosts)
    except ValueError as error:
        raise ConfigurationError(
            tried="to read cloudinary.fetch_hosts",
            found=str(error),
            expected="entries `host` or `host=address`",
            remedy="correct the entry; nothing was fetched",
        ) from error
    return FileFetcher(hosts, settings.content_timeout_seconds, settings.content_bytes_cap)


def delivered_now(settings: CloudinarySettings, wanted: Wanted) -> Fetched:
    """What delivery gives at this moment for an asset: its newest bytes, whatever version is asked for.

    Raises ConfigurationError as `fetcher_of`, FetchRefused and FetchFailed as the fetcher.
    """
    return fetcher_of(settings).get(_address(settings, wanted))


def _ways(wanted: Wanted) -> Iterator[tuple[Way, str | None]]:
    """Delivery for the newest version; the backups where they are known, also when delivery gave other bytes."""
    if wanted.is_newest and wanted.type != _FETCH:
        yield "delivery", None
    for version_id in wanted.version_ids:
        yield "backup", version_id


def _by(fetcher: FileFetcher, way: Way, url: str, etag: str) -> _Seen:
    """One file by one way; other bytes than the etag's count only when a second reading gives the same."""
    try:
        fetched = fetcher.get(url)
        md5 = _md5(fetched.body)
        if fetched.status == 200 and md5 != etag:
            again = fetcher.get(url)
            if (again.status, _md5(again.body)) != (200, md5):
                raise FetchFailed("two readings that differ")
    except HostNotAllowed:
        raise
    except FetchRefused as error:
        return _Seen(way, "refused", reason=str(error))
    if fetched.status == 200:
        return _Seen(way, "matches" if md5 == etag else "differs", fetched, md5)
    if fetched.status in {408, 420, 423, 425, 429} or fetched.status >= 500:
        raise FetchFailed(f"HTTP {fetched.status}")
    told = fetched.headers.get("x-cld-error")
    return _Seen(way, "unavailable", fetched, reason=f"HTTP {fetched.status}{f': {told}' if told else ''}")


def _address(settings: CloudinarySettings, wanted: Wanted, version_id: str | None = None) -> str:
    """Where the file is, or the backup of that id: a signed address, which is never written down."""
    secret = settings.secret.get_secret_value()
    if version_id is not None:
        prefix = {"upload_prefix": settings.upload_prefix} if settings.upload_prefix else {}
        return str(
            download_backedup_asset(
                wanted.asset_id,
                version_id,
                cloud_name=settings.cloud_name,
                api_key=settings.api_key,
                api_secret=secret,
                **prefix,
            )
        )
    url, _ = cloudinary_url(
        wanted.public_id,
        cloud_name=settings.cloud_name,
        secure=True,
        resource_type=wanted.resource_type,
        type=wanted.type,
        version=wanted.version,
        format=None if wanted.resource_type == "raw" else wanted.format,
        sign_url=wanted.type in _SIGNED_TYPES,
        api_secret=secret,
    )
    base = delivery_address(settings).rstrip("/")
    return base + str(url).removeprefix(f"{_SHARED}/{settings.cloud_name}")


def delivery_address(settings: CloudinarySettings) -> str:
    """What stands before the resource type. An API that is not Cloudinary's own (a stand-in) delivers by itself."""
    if settings.delivery_address:
        return settings.delivery_address
    api_host = urlsplit(settings.upload_prefix or "").hostname or ""
    is_vendors = not api_host or api_host.endswith(".cloudinary.com")
    origin = _SHARED if is_vendors else str(settings.upload_prefix).rstrip("/")
    return f"{origin}/{settings.cloud_name}"


def _record(wanted: Wanted, seen: _Seen) -> dict[str, object]:
    """What is kept of a fetch: what was asked and answered, without bytes and signatures."""
    fetched = seen.fetched
    return {
        "asset_id": wanted.asset_id,
        "version": wanted.version,
        "etag": wanted.etag,
        "public_id": wanted.public_id,
        "way": seen.way,
        "outcome": seen.outcome,
        "reason": seen.reason,
        "status": fetched.status if fetched else None,
        "headers": dict(fetched.headers) if fetched else {},
        "md5": seen.md5,
        "bytes": len(fetched.body) if fetched else None,
    }


def _md5(content: bytes) -> str:
    """The MD5 that Cloudinary's etag is: compared with the vendor's word, trusted for nothing else."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
