"""The approved bytes themselves, for a correction that puts a file somewhere.

Here belongs fetching them once from Cloudinary's delivery, through the guard that ingest fetches with, and seeing that
they are those that were approved. Whether Cloudinary's record says so, too, is `live_asset`.
"""

from __future__ import annotations

import hashlib

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import TransientSourceError
from corrections.difference import Difference
from corrections.effects.effect import Conflict
from ingest.cloudinary.content_queue import Wanted
from ingest.cloudinary.contents import delivered_now
from ingest.cloudinary.fetching import FetchFailed, FetchRefused

_LATER = frozenset({408, 420, 423, 425, 429})


def approved_bytes(settings: CloudinarySettings, difference: Difference) -> bytes | Conflict:
    """Return the desired version's bytes, or why what is delivered is not them: their MD5 is its etag.

    Raises TransientSourceError when the host does not answer now, ConfigurationError for hosts that cannot be read.
    """
    wanted = Wanted(
        asset_id=difference.asset_id,
        version=difference.desired_number,
        etag=difference.desired.etag or "",
        resource_type=difference.resource_type,
        type="upload",
        public_id=difference.public_id,
        format=difference.format_code,
        version_ids=(),
        is_newest=True,
    )
    try:
        fetched = delivered_now(settings, wanted)
    except FetchRefused as error:
        return Conflict(f"the approved bytes cannot be fetched: {error}")
    except FetchFailed as error:
        raise _not_now(difference, str(error)) from error
    if fetched.status in _LATER or fetched.status >= 500:
        raise _not_now(difference, f"HTTP {fetched.status}")
    if fetched.status != 200:
        return Conflict(f"Cloudinary does not deliver the approved bytes: HTTP {fetched.status}")
    seen = md5_of(fetched.body)
    if seen != difference.desired.etag:
        return Conflict(f"Cloudinary delivers bytes of MD5 {seen}, approved was {difference.desired.etag}")
    return fetched.body


def md5_of(content: bytes) -> str:
    """The MD5 that Cloudinary's etag is: compared with the vendor's word, trusted for nothing else."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _not_now(difference: Difference, found: str) -> TransientSourceError:
    return TransientSourceError(
        tried=f"to fetch version {difference.desired.number} of {difference.public_id} from Cloudinary's delivery",
        found=found,
        expected="the approved file, whole",
        remedy="run again later; this and all further corrections stay approved",
    )
