"""Is this notification Cloudinary's word? The check of its signature, pure.

Here belongs the verification of signed bytes. The vendor's scheme is a plain hash over body, timestamp and
secret; the SDK's own check compares in variable time, believes in timestamps of any shape and of any future,
and re-encodes the bytes, so that it is not used. Messages of the poll queue may be old (they wait until they
are acknowledged): age is no reason to refuse, replays are caught by the digest, which is unique. What is pushed
must be fresh (`refuse_stale`). Not here: what a notification says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from pydantic import SecretStr

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import RecordRejected

FUTURE_SECONDS_ALLOWED = 300
AGE_SECONDS_ALLOWED = 300
_TIMESTAMP = re.compile(r"[0-9]{10}")
_HASHES = {40: ("sha1", hashlib.sha1), 64: ("sha256", hashlib.sha256)}


@dataclass(frozen=True)
class NotificationKeys:
    """The secrets that notifications may be signed with (two during a rotation), and the hashes that count."""

    secrets: Sequence[SecretStr]
    algorithms: frozenset[str] = field(default_factory=lambda: frozenset({"sha1", "sha256"}))

    @classmethod
    def from_settings(cls, section: CloudinarySettings) -> Self:
        """What the settings allow, secrets read now. Raises ConfigurationError when one cannot be read."""
        return cls(section.notification_secrets, frozenset(section.notification_algorithms))


def verify_notification(
    signed: bytes, timestamp: object, signature: object, keys: NotificationKeys | SecretStr, now: float
) -> None:
    """Return when `signature` is the account's over exactly these bytes, otherwise raise RecordRejected.

    `timestamp` is the ten digits of the second of signing (UTC), `now` the present second. Exactly ten
    digits, since body and timestamp are not parted in what is signed: digits could be moved from one to the
    other. Every secret is tried, so that the time tells nothing about which one it was.
    """
    if isinstance(keys, SecretStr):
        keys = NotificationKeys((keys,))
    if not isinstance(timestamp, str) or not _TIMESTAMP.fullmatch(timestamp):
        raise _refused("a timestamp that is not ten digits")
    if int(timestamp) > now + FUTURE_SECONDS_ALLOWED:
        raise _refused(f"a timestamp more than {FUTURE_SECONDS_ALLOWED} s in the future")
    found = _HASHES.get(len(signature)) if isinstance(signature, str) and signature.isascii() else None
    if found is None or not isinstance(signature, str):
        raise _refused("a signature that is neither SHA-1 nor SHA-256 in hexadecimal")
    name, made = found
    if name not in keys.algorithms:
        raise _refused(f"a signature by {name.upper()}, which the settings do not allow")
    held = [
        hmac.compare_digest(
            made(signed + timestamp.encode() + secret.get_secret_value().encode()).hexdigest(), signature.lower()
        )
        for secret in keys.secrets
    ]
    if not any(held):
        raise _refused("a signature that is not this account's over these bytes")


def refuse_stale(timestamp: str, now: float) -> None:
    """Raise RecordRejected when a verified timestamp (ten digits) is too old for a message that was just pushed."""
    if int(timestamp) < now - AGE_SECONDS_ALLOWED:
        raise _refused(f"a timestamp more than {AGE_SECONDS_ALLOWED} s in the past")


def _refused(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to verify a notification",
        found=found,
        expected="Cloudinary's signature over the bytes as received",
        remedy="treat it as forged until shown otherwise; if the account has several API keys, give the signing one",
    )
