"""A client that writes: the reading client of a vendor, and one attempt per write on top.

Here belong making a request once and telling what its answer says of it, which is the same at every REST vendor. Paths
and fields are the vendor's own module's; whether a write is wanted is `send`. A write is never repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from assettrail.errors import AssettrailError
from corrections.vendors.writes import Accepted, NotSent, Refused, Uncertain, Write, WriteOutcome
from ingest.deadline import DeadlinePassed, within
from ingest.http import RestClient
from ingest.strict import decode_object

_ANSWER_BYTES_CAP = 4 << 20
_LONGEST_REASON = 300
_NO_EFFECT_YET = frozenset({429})
_UNCERTAIN_STATUS = frozenset({408})


@dataclass
class WritingClient(RestClient):
    """The reading client, and one kind of write on top.

    `remote_id_fields` are the fields of an answer that may hold the vendor's id of what was written, the first counts.
    """

    remote_id_fields: tuple[str, ...] = ()

    def write_once(self, write: Write) -> WriteOutcome:
        """Make the request once below the base address and say what became of it; raises nothing of the vendor's.

        Only a 401, which proves that nothing was written, is answered by a fresh token and a second attempt.
        """
        try:
            outcome = self._attempt(write)
            if outcome is None:
                self.sign_in()
                outcome = self._attempt(write)
        except AssettrailError as error:
            return NotSent(f"no token: {error.found}")
        return outcome or NotSent("HTTP 401, also with a fresh token")

    def _attempt(self, write: Write) -> WriteOutcome | None:
        """One request; None when the token was not accepted."""
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept-Encoding": "identity"}
        address = self.base_url.rstrip("/") + write.path
        self.request_count += 1
        connections = self._connections()
        content = _content(write)

        def exchange() -> tuple[int, bytes]:
            with connections.stream(write.method, address, headers=headers, **content) as response:
                return response.status_code, _capped(response)

        try:
            status, answer = within(self.deadline_seconds, exchange)
        except DeadlinePassed:
            self.close()
            return Uncertain(f"the answer did not end within {self.deadline_seconds:g} s")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            return NotSent(f"{type(error).__name__}: {error or 'no connection'}")
        except httpx.TransportError as error:
            return Uncertain(f"{type(error).__name__}: {error or 'the connection broke'}")
        return None if status == 401 else self._outcome(status, answer)

    def _outcome(self, status: int, body: bytes) -> WriteOutcome:
        answer = _json_object(body)
        if 200 <= status < 300:
            return Accepted(next(filter(None, (sound_text(answer, name) for name in self.remote_id_fields)), None))
        reason = f"HTTP {status}{_words(answer)}"
        if status in _NO_EFFECT_YET:
            return NotSent(reason)
        if status >= 500 or status in _UNCERTAIN_STATUS:
            return Uncertain(reason)
        return Refused(reason)


def sound_text(values: Mapping[str, Any], name: str) -> str | None:
    """The text field, as a database and a command line can hold it: no NUL, no lone surrogate."""
    value = values.get(name)
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def _content(write: Write) -> dict[str, Any]:
    """The request's body: JSON, or a form with the file in its part `file`."""
    file = write.attachment
    if file is None:
        return {"json": dict(write.body)}
    return {"files": {"file": (file.name, file.content, file.mime_type)}, "data": dict(write.body)}


def _capped(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    for part in response.iter_raw():
        parts.append(part)
        if sum(map(len, parts)) > _ANSWER_BYTES_CAP:
            raise httpx.ReadTimeout("the answer did not end within the size cap")
    return b"".join(parts)


def _words(answer: Mapping[str, object]) -> str:
    """The service's own words for a refusal, shortened, without control characters."""
    error = answer.get("error")
    said = sound_text(error, "message") if isinstance(error, dict) else sound_text(answer, "message")
    if not said:
        return ""
    return " (" + "".join(c if c.isprintable() else " " for c in said)[:_LONGEST_REASON] + ")"


def _json_object(body: bytes) -> Mapping[str, object]:
    try:
        return decode_object(body, "an answer to a write")
    except AssettrailError:
        return {}
