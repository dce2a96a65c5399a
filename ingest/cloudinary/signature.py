"""Is this notification Cloudinary's word? The check of its signature, pure.

Here belongs the verification of signed bytes. The vendor's scheme is a plain hash over body, timestamp and
secret; the SDK's own check compares in variable time, believes in timestamps of any shape and of any future,
and re-encodes the bytes, so that it is not used. Messages of the poll queue may be old (they wait until they
are acknowledged): age is no reason to refuse, replays are caught by the digest, which is unique. Not here:
what a notification says.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from pydantic import SecretStr

from assettrail.errors import RecordRejected

FUTURE_SECONDS_ALLOWED = 300
_TIMESTAMP = re.compile(r"[0-9]{10}")
_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}


def verify_notification(signed: bytes, timestamp: object, signature: object, secret: SecretStr, now: float) -> None:
    """Return when `signature` is the account's over exactly these bytes, otherwise raise RecordRejected.

    `timestamp` is the ten digits of the second of signing (UTC), `now` the present second. Exactly ten
    digits, since body and timestamp are not parted in what is signed: digits could be moved from one to the
    other.
    """
    if not isinstance(timestamp, str) or not _TIMESTAMP.fullmatch(timestamp):
        raise _refused("a timestamp that is not ten digits")
    if int(timestamp) > now + FUTURE_SECONDS_ALLOWED:
        raise _refused(f"a timestamp more than {FUTURE_SECONDS_ALLOWED} s in the future")
    made = _HASHES.get(len(signature)) if isinstance(signature, str) and signature.isascii() else None
    if made is None or not isinstance(signature, str):
        raise _refused("a signature that is neither SHA-1 nor SHA-256 in hexadecimal")
    expected = made(signed + timestamp.encode() + secret.get_secret_value().encode()).hexdigest()
    if not hmac.compare_digest(expected, signature.lower()):
        raise _refused("a signature that is not this account's over these bytes")


def _refused(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to verify a notification",
        found=found,
        expected="Cloudinary's signature over the bytes as received",
        remedy="treat it as forged until shown otherwise; if the account has several API keys, give the signing one",
    )
