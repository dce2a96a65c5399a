"""The inbox of pushed notifications: what the receiver took in and the next ingest lands.

Here belongs keeping one pushed notification durably and once. The body goes, as received, into the sealed raw store;
beside it a small note (`waiting/<timestamp>-<digest>.json`) says how it was signed and which raw bytes it means. The
digest is the SHA-256 of what was signed, body and timestamp, so that the note's name refuses the same message a second
time, also from another process. A landed note moves to `landed/`, where it goes on refusing until its timestamp is too
old to be believed anyway. Not here: HTTP and signatures.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assettrail.errors import ConfigurationError
from evidence.durable import TEMPORARY_PREFIX, make_folder_durably, sync_folder
from evidence.raw_store import RawStore

KEPT_AFTER_LANDING_SECONDS = 86_400
"""How long a landed note refuses its message: a day, so that a clock that is set back lets no old message in."""


@dataclass(frozen=True)
class PushedNotification:
    """One note: when it was signed (ten digits, UTC), by what signature, and the hash of its body in the raw store."""

    name: str
    timestamp: str
    signature: str
    raw_hash: str


class WebhookInbox:
    """Pushed notifications under `folder`; several processes may share it.

    Raises ConfigurationError when the disk refuses.
    """

    def __init__(self, folder: Path, raw: RawStore) -> None:
        self._waiting = folder / "waiting"
        self._landed = folder / "landed"
        self._raw = raw

    def take(self, body: bytes, timestamp: str, signature: str) -> bool:
        """Keep a verified notification; durable on return. False when exactly this message was taken before."""
        digest = hashlib.sha256(body + timestamp.encode()).hexdigest()
        name = f"{timestamp}-{digest}.json"
        if self._is_taken(name):
            return False
        with self._raw.use.scope():  # Until the note says that the body is needed.
            note = {"timestamp": timestamp, "signature": signature, "raw_hash": self._raw.put(body)}
            try:
                return self._write_once(name, json.dumps(note).encode())
            except OSError as error:
                raise _refused(self._waiting / name, error) from error

    def waiting(self) -> list[PushedNotification]:
        """The notifications that have not landed, by the second of signing."""
        try:
            names = sorted(path.name for path in self._waiting.glob("[0-9]*.json"))
        except OSError as error:
            raise _refused(self._waiting, error) from error
        return [note for name in names if (note := self._read(name)) is not None]

    def body(self, notification: PushedNotification) -> bytes:
        """The bytes as received. Raises EvidenceBroken when they are not there, or are others."""
        return self._raw.get(notification.raw_hash)

    def clear(self, notifications: Sequence[PushedNotification], now: float) -> None:
        """Put landed notes away, and forget the ones whose message is too old (`now`: real seconds) to be replayed."""
        if not notifications:
            return
        make_folder_durably(self._landed)
        try:
            for notification in notifications:
                with suppress(FileNotFoundError):
                    (self._waiting / notification.name).rename(self._landed / notification.name)
            for path in self._landed.glob("[0-9]*.json"):
                if int(path.name[:10]) < now - KEPT_AFTER_LANDING_SECONDS:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(self._landed, error) from error
        sync_folder(self._landed)
        sync_folder(self._waiting)

    def _is_taken(self, name: str) -> bool:
        """Waiting first: between the two looks a note can only move from waiting to landed."""
        return (self._waiting / name).exists() or (self._landed / name).exists()

    def _write_once(self, name: str, data: bytes) -> bool:
        """Write a note under a name that nobody has; a killed writer leaves a temporary file that nobody reads."""
        make_folder_durably(self._waiting)
        temporary = self._waiting / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            try:
                (self._waiting / name).hardlink_to(temporary)
            except FileExistsError:
                return False
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self._waiting)
        return True

    def _read(self, name: str) -> PushedNotification | None:
        """One note; None when another ingest has just put it away."""
        path = self._waiting / name
        try:
            note = json.loads(path.read_bytes())
            return PushedNotification(name, str(note["timestamp"]), str(note["signature"]), str(note["raw_hash"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                tried=f"to read the pushed notification {path}",
                found="not the note that the receiver writes",
                expected="timestamp, signature and raw_hash as JSON",
                remedy="move the file out of the home for investigation, then run again; nothing was landed",
            ) from error


def inbox_folder(home: Path) -> Path:
    """Where an installation keeps pushed Cloudinary notifications until they land."""
    return home / "inbox" / "cloudinary"


def _refused(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to keep pushed notifications in {path}",
        found=f"{type(error).__name__}: {error.strerror or error}",
        expected="a folder on a disk with free space that this user may write",
        remedy="free space or correct the folder's rights; a notification that was not kept is not answered with 200",
    )
