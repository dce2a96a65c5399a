"""Where events go: a service that takes them by POST, or a file of JSON lines.

Here belongs handing over the bytes of one event after the other. Which events, and how far we have come, is
`delivery`. A backend that does not answer raises TransientSourceError, one that refuses PermanentSourceError.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

import httpx

from assettrail.errors import ConfigurationError, PermanentSourceError, TransientSourceError
from assettrail.settings import LineageSettings
from evidence.durable import make_folder_durably, sync_folder
from evidence.refusing_disk import disk_told
from ingest.deadline import DeadlinePassed, within

_TOLD_BYTES = 500
_COME_AGAIN = frozenset({408, 425, 429, *range(500, 600)})


class Backend(Protocol):
    """Takes events; `name` is for messages and holds no secret."""

    name: str

    def hand_over(self, event: bytes) -> None:
        """Hand one event over: on return the other side has it."""
        ...


@contextmanager
def opened_backend(settings: LineageSettings) -> Iterator[Backend]:
    """Open the backend that the settings name. Raises ConfigurationError when they name none."""
    if settings.url is not None:
        with httpx.Client(headers=_headers(settings), timeout=settings.timeout_seconds) as client:
            yield _Service(client, settings.url, settings.timeout_seconds)
    elif settings.file is not None:
        with disk_told("to write lineage events", settings.file.parent), _File(settings.file) as file:
            yield file
    else:
        raise ConfigurationError(
            tried="to send lineage events",
            found="neither lineage.url nor lineage.file is set",
            expected="the address of a service that takes OpenLineage events, or a file",
            remedy="set one of them (docs/settings.md); `assettrail lineage show` prints the events without sending",
        )


def _headers(settings: LineageSettings) -> dict[str, str]:
    secret = settings.secret
    token = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
    return {"Content-Type": "application/json", **token}


class _Service:
    """A service such as Marquez or DataHub; each event is one POST, and redirects are not followed."""

    def __init__(self, client: httpx.Client, url: str, timeout_seconds: float) -> None:
        self.name = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}{urlsplit(url).path}"
        self._client, self._url, self._timeout_seconds = client, url, timeout_seconds

    def hand_over(self, event: bytes) -> None:
        try:
            status, said = within(self._timeout_seconds, lambda: self._post(event))
        except (httpx.HTTPError, DeadlinePassed) as error:
            raise self._unreached(f"{type(error).__name__}: {error}") from error
        if status in _COME_AGAIN:
            raise self._unreached(f"HTTP {status}: {said}")
        if not 200 <= status < 300:
            raise PermanentSourceError(
                tried=f"to send a lineage event to {self.name}",
                found=f"HTTP {status}: {said}",
                expected="2xx, as OpenLineage services answer",
                remedy="correct lineage.url or lineage.api_key; if the service refuses this one event, go past its "
                "entry with `assettrail lineage send --from INDEX`",
            )

    def _post(self, event: bytes) -> tuple[int, str]:
        """Return the status and the beginning of what is said; a body that does not end is not read to its end."""
        with self._client.stream("POST", self._url, content=event) as response:
            said = b""
            if not response.is_success:
                for piece in response.iter_bytes():
                    said += piece
                    if len(said) >= _TOLD_BYTES:
                        break
        return response.status_code, said[:_TOLD_BYTES].decode("utf-8", "replace")

    def _unreached(self, found: str) -> TransientSourceError:
        return TransientSourceError(
            tried=f"to send a lineage event to {self.name} within {self._timeout_seconds:g} s",
            found=found,
            expected="2xx, as OpenLineage services answer",
            remedy="nothing to do when it comes up again: the next `assettrail lineage send` goes on from this entry; "
            "ingest and builds are not concerned",
        )


class _File:
    """A file of JSON lines that only grows; the beginning of a line that a killed writer left is taken away first."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def __enter__(self) -> Self:
        make_folder_durably(self._path.parent)
        self._file = self._path.open("ab+")
        self._file.truncate(self._end_of_last_line())
        sync_folder(self._path.parent)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def hand_over(self, event: bytes) -> None:
        self._file.write(event + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _end_of_last_line(self) -> int:
        """Return the place behind the last line feed, looked for from the end."""
        at = self._file.seek(0, os.SEEK_END)
        while at > 0:
            start = max(0, at - 65_536)
            self._file.seek(start)
            found = self._file.read(at - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            at = start
        return 0
