"""Trying it: the rendition that a partner complained of and all candidates, fetched and measured.

Here belongs fetching from Cloudinary's delivery and the order of the trial. Fetching a candidate makes Cloudinary
derive it, which counts in the account's transformations; nothing that a partner sees changes by it. The measures are
`pictures` and `videos`, the rules `judging`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cloudinary.utils import cloudinary_url
from PIL import Image

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError, PermanentSourceError, TransientSourceError
from corrections.renditions.candidates import Candidate, Category, encodings, first_candidates
from corrections.renditions.chain import Chain
from corrections.renditions.judging import Tried, choose, compared_width, harms, judge, nearest
from corrections.renditions.measured import Measured, Region
from corrections.renditions.pictures import measure_picture, opened
from corrections.renditions.videos import first_frame, measure_video
from ingest.cloudinary.contents import delivery_address, fetcher_of
from ingest.cloudinary.fetching import Fetched, FetchFailed, FetchRefused, FileFetcher, HostNotAllowed

MOST_REFINED = 2
_MODERN, _PLAIN = "image/avif,image/webp,*/*", "*/*"
"""What a browser of today asks for, and what a program asks for that takes no new format."""
_SHARED = "https://res.cloudinary.com"
_LATER = frozenset({408, 420, 423, 425, 429})


@dataclass(frozen=True)
class Complaint:
    """What a partner complained of: one rendition of one asset version.

    `format_code` is the extension of its address. `shown_width` is how wide the partner's device shows it, in pixels,
    None where that is not known. `is_declared`: Cloudinary has the region of interest as custom coordinates.
    """

    category: Category
    public_id: str
    resource_type: str
    version: int
    etag: str
    original_format: str | None
    format_code: str | None
    delivered: Chain
    shown_width: int | None
    interest: Region | None
    is_declared: bool


@dataclass(frozen=True)
class Trial:
    """What came of it: the rendition as it is, every candidate, and the one that is better, if any is."""

    before: Measured
    tried: tuple[Tried, ...]
    chosen: Tried | None


@dataclass
class Delivery:
    """Fetches renditions of one asset; each address once in a trial."""

    settings: CloudinarySettings
    complaint: Complaint
    fetcher: FileFetcher
    _seen: dict[tuple[str, str | None, str], Fetched] = field(default_factory=dict)

    def get(self, transformation: str, format_code: str | None, accept: str = _PLAIN) -> Fetched:
        """Fetch a rendition. Raises TransientSourceError, PermanentSourceError, and ConfigurationError for its host."""
        key = (transformation, format_code, accept)
        if key not in self._seen:
            self._seen[key] = self._fetched(self._address(transformation, format_code), accept)
        return self._seen[key]

    def _address(self, transformation: str, format_code: str | None) -> str:
        url, _ = cloudinary_url(
            self.complaint.public_id,
            cloud_name=self.settings.cloud_name,
            secure=True,
            private_cdn=False,
            resource_type=self.complaint.resource_type,
            type="upload",
            version=self.complaint.version,
            format=format_code,
            raw_transformation=transformation or None,
            sign_url=False,
            urlAnalytics=False,
        )
        base = delivery_address(self.settings).rstrip("/")
        return base + str(url).removeprefix(f"{_SHARED}/{self.settings.cloud_name}")

    def _fetched(self, address: str, accept: str) -> Fetched:
        tried = f"to fetch {address}"
        try:
            fetched = self.fetcher.get(address, accept)
        except HostNotAllowed as error:
            raise ConfigurationError(
                tried=tried,
                found=str(error),
                expected="the host that delivers this account's files",
                remedy="add it to cloudinary.fetch_hosts, or correct cloudinary.delivery_address; nothing was proposed",
            ) from error
        except FetchRefused as error:
            raise PermanentSourceError(
                tried=tried, found=str(error), expected="a file", remedy="look at the address; nothing was proposed"
            ) from error
        except FetchFailed as error:
            raise _later(tried, str(error)) from error
        if fetched.status in _LATER or fetched.status >= 500:
            raise _later(tried, f"HTTP {fetched.status}")
        return fetched


def try_renditions(settings: CloudinarySettings, complaint: Complaint, fetcher: FileFetcher | None = None) -> Trial:
    """Measure what is delivered and every candidate, and choose.

    Raises ConfigurationError for hosts that may not be fetched from, TransientSourceError when Cloudinary does not
    deliver now, PermanentSourceError when it delivers another original than the version's.
    """
    delivery = Delivery(settings, complaint, fetcher or fetcher_of(settings))
    original = _original(delivery)
    came = _measuring(settings, delivery, original, None)(complaint.delivered, complaint.format_code, None, _MODERN)
    width = compared_width(complaint.category, complaint.shown_width, came.width_px)
    measure = _measuring(settings, delivery, original, width)
    before = measure(complaint.delivered, complaint.format_code, None, _MODERN)
    plain_before = measure(complaint.delivered, complaint.format_code, None, _PLAIN)
    found = first_candidates(
        complaint.category,
        complaint.delivered,
        complaint.resource_type,
        complaint.shown_width,
        before.width_px,
        original.size,
        complaint.interest,
        is_declared=complaint.is_declared,
    )

    def judged(candidate: Candidate) -> Tried:
        after = measure(candidate.chain, complaint.format_code, candidate.hint, _MODERN)
        harms_of_plain: tuple[str, ...] = ()
        if candidate.plain is not None:
            plain = measure(candidate.plain, complaint.format_code, candidate.hint, _PLAIN)
            harms_of_plain = harms(plain_before, plain)
        return judge(complaint.category, before, candidate, after, harms_of_plain, complaint.shown_width)

    tried = [judged(candidate) for candidate in found]
    if complaint.category == "incorrect_cropping":
        tried += [judged(candidate) for candidate in _refined(complaint, tried)]
    chosen = choose(complaint.category, tried, complaint.shown_width)
    return Trial(before, tuple(tried), chosen)


_Measure = Callable[[Chain, str | None, Region | None, str], Measured]


def _measuring(settings: CloudinarySettings, delivery: Delivery, original: Image.Image, width: int | None) -> _Measure:
    complaint = delivery.complaint

    def measure(chain: Chain, format_code: str | None, hint: Region | None, accept: str) -> Measured:
        fetched = delivery.get(chain.to_text(), format_code, accept)
        if fetched.status != 200:
            return Measured(len(fetched.body), is_decodable=False)
        if complaint.resource_type == "video":
            return measure_video(fetched.body, original, width)
        return measure_picture(fetched.body, original, width, complaint.interest, settings.content_pixels_cap, hint)

    return measure


def _refined(complaint: Complaint, tried: Sequence[Tried]) -> list[Candidate]:
    """The cuts that keep most, in other qualities: one that keeps more of the picture may weigh too much as it is."""
    return [
        Candidate(other.chain, other.plain, one.candidate.hint)
        for one in nearest(tried)[:MOST_REFINED]
        for other in encodings(one.candidate.chain, complaint.resource_type)
    ]


def _original(delivery: Delivery) -> Image.Image:
    """The original, decoded; a video's first frame. Raises PermanentSourceError when it is another file."""
    complaint = delivery.complaint
    fetched = delivery.get("", complaint.original_format)
    md5 = hashlib.md5(fetched.body, usedforsecurity=False).hexdigest()
    if fetched.status != 200 or md5 != complaint.etag:
        told = fetched.headers.get("x-cld-error")
        found = f"bytes with MD5 {md5}" if fetched.status == 200 else f"HTTP {fetched.status} ({told or 'no reason'})"
        raise _unfit(complaint, found, f"the original with etag {complaint.etag}")
    if complaint.resource_type == "video":
        frame = first_frame(fetched.body)
    else:
        decoded = opened(fetched.body, delivery.settings.content_pixels_cap)
        frame = None if decoded is None else decoded[0]
    if frame is None:
        raise _unfit(complaint, "a file that cannot be decoded", "a picture or a video")
    return frame


def _unfit(complaint: Complaint, found: str, expected: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to measure {complaint.public_id} against its original",
        found=found,
        expected=expected,
        remedy="ingest and build again, or correct the asset in Cloudinary; nothing was proposed",
    )


def _later(tried: str, found: str) -> TransientSourceError:
    return TransientSourceError(
        tried=tried, found=found, expected="the file", remedy="measure again later; nothing was proposed"
    )
