"""Every signature that Cloudinary makes or checks.

Belongs here: the strings that are signed and their hashes, SHA-1 and SHA-256, signature versions 1 and 2. Does not
belong here: deciding which call needs one. A call's time stamp is checked against REAL time, not against the
sandbox clock, because the SDK signs with its own `time.time()`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.cloudinary.errors import ApiError, missing

_NEVER_SIGNED = frozenset({"file", "api_key", "signature", "resource_type", "cloud_name"})
_UNSIGNED_NOTIFICATION_PARAMS = frozenset({"notification_url", "batch_id"})
_STALE_AFTER_SECONDS = 3600
_SHA256_HEX_DIGITS = 64
_SHORT_URL_SIGNATURE = 8


def verify_call(
    params: Mapping[str, Any], api_key: str, api_secret: str, *, has_unsigned_notification_params: bool
) -> None:
    """Check api_key, time stamp and signature of an Upload API call.

    `has_unsigned_notification_params`: the call is one of those (tags, context, metadata) for which the SDK
    leaves `notification_url` and `batch_id` out of the signature. Raises ApiError 400 or 401.
    """
    given_key = str(params.get("api_key") or "")
    if not given_key:
        raise ApiError(400, "Upload preset must be specified when using unsigned upload")
    if given_key != api_key:
        raise ApiError(401, f"Unknown API key {given_key}")
    _verify_time_stamp(params.get("timestamp"))
    signature = str(params.get("signature") or "")
    if not signature:
        raise missing("signature")
    left_out = _UNSIGNED_NOTIFICATION_PARAMS if has_unsigned_notification_params else frozenset()
    expected = string_to_sign(params, 2, left_out)
    candidates = (expected, string_to_sign(params, 1, left_out), string_to_sign(params, 2))
    algorithm = "sha256" if len(signature) == _SHA256_HEX_DIGITS else "sha1"
    if not any(hmac.compare_digest(signature, _hash(text + api_secret, algorithm)) for text in candidates):
        raise ApiError(401, f"Invalid Signature {signature}. String to sign - '{expected}'.")


def _verify_time_stamp(value: object) -> None:
    if value is None or value == "":
        raise missing("timestamp")
    if not str(value).isdigit():
        raise ApiError(400, f"Invalid value {value} for parameter timestamp")
    if int(str(value)) < time.time() - _STALE_AFTER_SECONDS:
        reported = datetime.fromtimestamp(int(str(value)), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        raise ApiError(400, f"Stale request - reported time is {reported} which is more than 1 hour ago")


def string_to_sign(params: Mapping[str, Any], signature_version: int, left_out: frozenset[str] = frozenset()) -> str:
    """Return `k=v&k2=v2` in alphabetical order; version 2 writes `&` inside a value as `%26`."""
    pairs = []
    for name, value in params.items():
        if name in _NEVER_SIGNED or name in left_out or value in (None, "", []):
            continue
        text = f"{name}={','.join(value) if isinstance(value, list) else value}"
        pairs.append(text.replace("&", "%26") if signature_version >= 2 else text)
    return "&".join(sorted(pairs))


def sign_response(public_id: str, version: int, api_secret: str) -> str:
    """Return the signature that an upload's response carries (version 1 rules)."""
    return _hash(f"public_id={public_id}&version={version}{api_secret}", "sha1")


def sign_notification(body: bytes, time_stamp: str, api_secret: str, algorithm: str) -> str:
    """Return a notification's signature: a plain hash (no HMAC) of body, time stamp and secret."""
    digest = hashlib.new(algorithm, body, usedforsecurity=False)
    digest.update(f"{time_stamp}{api_secret}".encode())
    return digest.hexdigest()


def sign_url(to_sign: str, api_secret: str) -> str:
    """Return the eight characters between `s--` and `--` of a signed delivery URL."""
    return _url_signature(to_sign + api_secret, "sha1")[:_SHORT_URL_SIGNATURE]


def is_url_signature(signature: str, to_sign: str, api_secret: str) -> bool:
    """Say whether a delivery URL's signature (8 characters, or 32 of SHA-256) is right for what it signs."""
    return any(
        hmac.compare_digest(signature, _url_signature(to_sign + api_secret, algorithm)[: len(signature)])
        for algorithm in ("sha1", "sha256")
    )


def _url_signature(text: str, algorithm: str) -> str:
    digest = hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _hash(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
