"""The stream `asset_contents`: the bytes behind each (asset, version, etag), seen by ourselves once.

Here belongs which file is fetched, from where, and what is said of it. An address serves the newest bytes whatever
version it names, so that a version is believed only where the MD5 of what came is its etag; other bytes are a fact
(`differs`), read a second time to be sure, and are no evidence of that version. The newest version comes from delivery,
an older one (or one that was overwritten meanwhile) by the backup download, whose id an upload or a detail tells. At
most `contents_per_run` files are fetched in a run; what waits, and why, is in the claim. Not here: the connection
(`fetching`), the image (`picture`).

| outcome | meaning | fetched again |
|---|---|---|
| `matches` | the bytes of this version, their MD5 is its etag | never |
| `differs` | other bytes came, twice the same | never |
| `unavailable` | the vendor does not give it (see `reason`), or no backup is known | while newest; when one shows |
| `refused` | larger than allowed, or a redirect | never |
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from cloudinary.utils import cloudinary_url, download_backedup_asset

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from ingest.cloudinary.access import Access, Cursor, read_window, unread_window
from ingest.cloudinary.fetching import AllowedHosts, Fetched, FetchFailed, FetchRefused, FileFetcher, HostNotAllowed
from ingest.cloudinary.landed import LandedAssets
from ingest.cloudinary.picture import Picture, look_at
from ingest.extract import Extract
from ingest.reading import Reading
from ingest.strict import canonical_json

STREAM = "asset_contents"
FILES_PER_BATCH = 50
FAILURES_IN_A_ROW = 5
_TELL_OF_BYTES = frozenset({"upload", "restore_asset_version"})
_SIGNED_TYPES = frozenset({"private", "authenticated"})
_SHARED = "https://res.cloudinary.com"
_FETCH = "fetch"

Outcome = Literal["matches", "differs", "unavailable", "refused"]
Way = Literal["delivery", "backup"]


@dataclass(frozen=True)
class Wanted:
    """The bytes of one version, and how to ask for them. `is_newest`: delivery serves these, as far as is known.

    `version_ids` are the backups that may hold them: the upload's own, else all that details tell of this version.
    """

    asset_id: str
    version: int
    etag: str
    resource_type: str
    type: str
    public_id: str
    format: str | None
    version_ids: tuple[str, ...]
    is_newest: bool


@dataclass(frozen=True)
class _Seen:
    """What one file turned out to be."""

    way: Way
    outcome: Outcome
    fetched: Fetched | None = None
    md5: str | None = None
    reason: str | None = None


@dataclass
class _Tally:
    """What a batch did, for its claim."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    in_a_row: int = 0
    last_failure: str = ""

    def note(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        self.in_a_row = 0

    def note_failure(self, found: str) -> None:
        self.failures += 1
        self.in_a_row += 1
        self.last_failure = found

    def in_words(self) -> str:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.counts.items()))
        failed = f"; {self.failures} could not be fetched now (the last: {self.last_failure})" if self.failures else ""
        return f"{sum(self.counts.values())} files seen{f': {told}' if told else ''}{failed}"


@dataclass
class _Run:
    """What one run has before it, and what it did: files fetched, and those of them that failed for now."""

    waiting: deque[Wanted]
    fetched: int = 0
    failed: int = 0

    def done(self, *, is_failure: bool) -> None:
        self.waiting.popleft()
        self.fetched += 1
        self.failed += is_failure


class ContentReader:
    """Reads the stream `asset_contents` of one product environment, run by run.

    A run looks at the landing once and goes through what waits then; it ends with a window that asks for no more.
    """

    def __init__(self, access: Access, make_fetcher: Callable[[CloudinarySettings], FileFetcher] | None = None) -> None:
        self._access = access
        self._make_fetcher = make_fetcher or fetcher_of
        self._run: _Run | None = None

    def extract(self, since: Cursor) -> Extract:
        """The bytes of up to 50 versions that nobody has looked at, newest first.

        A host that the settings do not allow ends the run: no other file would come either.
        """
        settings = self._access.settings
        run = self._run = self._run or _Run(deque(wanted_contents(self._access.landed)))
        reading, tally = Reading(), _Tally()
        fetcher = self._make_fetcher(settings)
        refused = ""
        for _ in range(max(0, min(FILES_PER_BATCH, settings.contents_per_run - run.fetched, len(run.waiting)))):
            try:
                self._see(fetcher, run, reading, tally)
            except HostNotAllowed as error:
                refused = f": {error}"
                break
            if tally.in_a_row >= FAILURES_IN_A_ROW:
                break
        return self._claimed(run, reading, tally, since, refused)

    def _claimed(self, run: _Run, reading: Reading, tally: _Tally, since: Cursor, refused: str) -> Extract:
        now = self._access.clock.now()
        told, left = tally.in_words(), len(run.waiting) + run.failed
        if not left:
            self._run = None
            return read_window(reading, since, now, f"{told}; none waits", {"window_to": now.isoformat()})
        per_run = self._access.settings.contents_per_run
        if run.fetched >= per_run:
            refused = f" (cloudinary.contents_per_run is {per_run})"
        rest = unread_window(reading, since, now, f"{told}; {left} wait{refused}", since)
        is_over = refused or not run.waiting or not reading.rows or tally.in_a_row >= FAILURES_IN_A_ROW
        if is_over:
            self._run = None
        return Extract(rest.rows, rest.quarantined, rest.claim, rest.cursor, more=not is_over)

    def _see(self, fetcher: FileFetcher, run: _Run, reading: Reading, tally: _Tally) -> None:
        """Fetch the next file and add its row; a file that cannot be fetched now adds none. Raises HostNotAllowed."""
        wanted = run.waiting[0]
        try:
            seen = self._look(fetcher, wanted)
        except FetchFailed as error:
            run.done(is_failure=True)
            tally.note_failure(str(error))
            return
        run.done(is_failure=False)
        tally.note(seen.outcome)
        uri = self._access.uri(f"contents/{wanted.asset_id}/{wanted.version}")
        record = canonical_json(_record(wanted, seen)).encode()
        reading.add([self._values(wanted, seen)], uri, self._access.keep_raw(record))

    def _look(self, fetcher: FileFetcher, wanted: Wanted) -> _Seen:
        """The bytes by every way that is open, until one gives this version's; else the way that gave most."""
        best = _Seen("backup", "unavailable", reason=_NO_BACKUP)
        for number, (way, version_id) in enumerate(_ways(wanted)):
            seen = _by(fetcher, way, _address(self._access.settings, wanted, version_id), wanted.etag)
            if seen.outcome == "matches":
                return seen
            if number == 0 or seen.outcome == "differs":
                best = seen
        return best

    def _values(self, wanted: Wanted, seen: _Seen) -> Mapping[str, object]:
        settings = self._access.settings
        body = seen.fetched.body if seen.fetched and seen.md5 else None
        is_ours, is_image = body is not None and seen.outcome == "matches", wanted.resource_type == "image"
        picture = look_at(body, settings.content_pixels_cap) if is_ours and body and is_image else Picture()
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
            "is_decodable": picture.is_decodable if is_ours and is_image else None,
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


def wanted_contents(landed: LandedAssets) -> list[Wanted]:
    """The versions whose bytes nobody has looked at, newest first; then those that were unavailable and may come back.

    Newest first: what is overwritten tomorrow can be seen today only.
    """
    outcomes = {(row[0], row[1], row[2]): row[3:] for row in landed.rows(STREAM, _OUTCOME_COLUMNS).iter_rows()}
    found = sorted(_known_versions(landed), key=lambda wanted: (-wanted.version, wanted.asset_id, wanted.etag))
    fresh = [wanted for wanted in found if _key(wanted) not in outcomes]
    again = [wanted for wanted in found if _may_come_back(wanted, *outcomes.get(_key(wanted), (None, None, None)))]
    return [*fresh, *again]


def _may_come_back(wanted: Wanted, outcome: str | None, way: str | None, reason: str | None) -> bool:
    """Whether a file that was unavailable is asked for again: the newest one, or one whose backup nobody asked for."""
    is_backup_unasked = bool(wanted.version_ids) and (way == "delivery" or reason == _NO_BACKUP)
    return outcome == "unavailable" and (wanted.is_newest or is_backup_unasked)


_NO_BACKUP = "an older version, of which no backup is known"
_OUTCOME_COLUMNS = ("asset_id", "version", "etag", "outcome", "way", "reason")
_PLACE_COLUMNS = ("asset_id", "version", "etag", "resource_type", "type", "public_id", "format")


def _known_versions(landed: LandedAssets) -> Iterator[Wanted]:
    """Every (asset, version, etag) that a notification or a detail told of, with the asset's newest name."""
    told: dict[tuple[str, int, str], tuple[str, str, str, str | None, str | None]] = {}
    for row in landed.rows("asset_details", _PLACE_COLUMNS).drop_nulls("etag").iter_rows():
        told[row[0], row[1], row[2]] = (*row[3:7], None)
    events = landed.rows("notifications", (*_PLACE_COLUMNS, "version_id", "notification_type"))
    for row in events.drop_nulls(_PLACE_COLUMNS[:6]).iter_rows():
        if row[8] in _TELL_OF_BYTES:
            told[row[0], row[1], row[2]] = row[3:8]
    backups = _backups(landed)
    listed, absent = landed.listed(), landed.absences()
    newest: dict[str, int] = {asset_id: asset.version for asset_id, asset in listed.items()}
    for asset_id, version, _ in told:
        newest[asset_id] = max(version, newest.get(asset_id, 0))
    for (asset_id, version, etag), (kind, delivery_type, public_id, extension, version_id) in told.items():
        asset = listed.get(asset_id)
        yield Wanted(
            asset_id=asset_id,
            version=version,
            etag=etag,
            resource_type=asset.resource_type if asset else kind,
            type=asset.type if asset else delivery_type,
            public_id=asset.public_id if asset else public_id,
            format=extension,
            version_ids=(version_id,) if version_id else backups.get((asset_id, version), ()),
            is_newest=version == newest[asset_id] and not absent.get(asset_id, False),
        )


def _backups(landed: LandedAssets) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """The ids of the backups that details told of, by asset and version number; of one second there may be several."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    told = landed.rows("asset_details", ("asset_id", "backup_versions")).drop_nulls()
    for asset_id, text in told.unique(maintain_order=True).iter_rows():
        for backup in json.loads(text):
            version, version_id = str(backup.get("version")), backup.get("version_id")
            if version.isascii() and version.isdigit() and isinstance(version_id, str):
                found.setdefault((asset_id, int(version)), {})[version_id] = None
    return {key: tuple(ids) for key, ids in found.items()}


def _key(wanted: Wanted) -> tuple[str, int, str]:
    return (wanted.asset_id, wanted.version, wanted.etag)


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
