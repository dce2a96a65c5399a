"""The mailbox over SFTP: the only access to it. It reads, and removes only what landed, where the settings allow it.

Here belong the connection with its pinned host key, copying files, and removing them. Another host key than that of
the settings is refused; nothing of this user's own SSH set-up is read. A file is removed only when its size and time
are still those of the copy. Not here: what a file says (`drop_source`).
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast
from urllib.parse import quote

import asyncssh

from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from assettrail.trading_grid_settings import TradingGridMailbox
from ingest.lying_files import readable_name
from ingest.trading_grid.drop_source import (
    LARGEST_FILE,
    SECONDS_BETWEEN_LOOKS,
    Taken,
    TakenFile,
    is_unfinished,
    taken_file,
)

Result = TypeVar("Result")

_TIMES_LONGER_FOR_A_FILE = 10
_MOST_ENTRIES = 100_000
"""Of one folder: what lists on until the deadline is gigabytes by then."""
_FILES_PASSED_OVER = 3
"""How many files that do not come a run passes over, a connection and a deadline each, before it leaves the rest."""


@dataclass(frozen=True)
class _Seen:
    """A remote file at one look. `size` or `changed` None: the service does not say it."""

    path: bytes
    name: str
    size: int | None
    changed: int | None


class _NotCopied(TransientSourceError):
    """One file did not come; whether the others would, only another connection can tell."""


@dataclass
class _Copies:
    """What the connections of one run have copied, and in words which files did not come."""

    files: dict[_Seen, TakenFile] = field(default_factory=dict)
    missing: dict[bytes, str] = field(default_factory=dict)


@dataclass
class SftpMailbox:
    """One mailbox. Raises ConfigurationError (key, password, folder) or TransientSourceError (no answer)."""

    section: TradingGridMailbox
    seconds_between_looks: float = SECONDS_BETWEEN_LOOKS
    _copied: dict[TakenFile, _Seen] = field(default_factory=dict)
    _connection: asyncssh.SSHClientConnection | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where it lies."""
        return f"sftp://{self.section.user}@{self.section.host}:{self.section.port}"

    def take(self, keep_raw: Callable[[bytes], str]) -> Taken:
        """Copy every file that is at rest between two looks.

        A file that does not come is left, with a doubt, and the others are copied over another connection; behind the
        third one all that is left stays for the next run. Raises TransientSourceError when nothing came at all.
        """
        copies, last = _Copies(), None
        while len(copies.missing) < _FILES_PASSED_OVER:
            try:
                doubts = self._run(lambda sftp: self._take(sftp, keep_raw, copies))
                break
            except _NotCopied as error:
                last = error
        else:
            doubts = [f"all else was left for the next ingest, as {len(copies.missing)} files did not come"]
        if last is not None and not copies.files:
            raise last
        files = sorted(copies.files.items(), key=lambda copied: copied[0].path)
        return Taken([file for _, file in files], [*copies.missing.values(), *doubts])

    def count(self) -> int:
        """How many files lie in the folders."""
        return len(self._run(self._look))

    def remove(self, files: tuple[TakenFile, ...]) -> list[str]:
        """Remove files that have landed; return what was done and what was left, in words.

        Only call it when the leaves of all that was read of them are durable.
        """
        return self._run(lambda sftp: self._remove(sftp, files))

    async def _take(self, sftp: asyncssh.SFTPClient, keep_raw: Callable[[bytes], str], copies: _Copies) -> list[str]:
        before = await self._look(sftp)
        await asyncio.sleep(self.seconds_between_looks if before else 0.0)
        after = await self._look(sftp)
        doubts = []
        for path, seen in sorted(after.items()):
            if seen in copies.files or path in copies.missing:
                continue
            if before.get(path) != seen:
                doubts.append(f"{seen.name} is still being written and was left for the next ingest")
            elif is_unfinished(seen.name):
                doubts.append(f"{seen.name} was left: by its name it is not finished")
            elif seen.size is None:
                doubts.append(f"{seen.name} was left: the service does not say how large it is")
            elif seen.size > LARGEST_FILE:
                doubts.append(f"{seen.name} was left: {seen.size} bytes, more than {LARGEST_FILE}")
            else:
                doubts += await self._copy(sftp, seen, seen.size, keep_raw, copies)
        return doubts

    async def _copy(
        self, sftp: asyncssh.SFTPClient, seen: _Seen, size: int, keep_raw: Callable[[bytes], str], copies: _Copies
    ) -> list[str]:
        """Keep one file of a stated size. No more is asked for than one byte behind it: a file may never end."""
        try:
            async with self._deadline(_TIMES_LONGER_FOR_A_FILE):
                async with sftp.open(seen.path, "rb") as file:
                    data = await file.read(size + 1)
                after = await self._seen(sftp, seen.path, seen.name)
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as error:
            return [f"{seen.name} was left: {error.reason}"]
        except (OSError, asyncssh.DisconnectError, asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            failure = self._not_copied(seen, size, error)
            copies.missing[seen.path] = f"{seen.name} was left: {failure.found} in the place of {failure.expected}"
            raise failure from error
        if not isinstance(data, bytes) or len(data) != size or after != seen:
            return [f"{seen.name} changed while it was copied and was left for the next ingest"]
        file_taken = taken_file(seen.name, f"{self.address}/{quote(seen.path)}", data, keep_raw)
        self._copied[file_taken] = seen
        copies.files[seen] = file_taken
        return []

    async def _remove(self, sftp: asyncssh.SFTPClient, files: tuple[TakenFile, ...]) -> list[str]:
        words = []
        for seen in [self._copied.pop(file) for file in files if file in self._copied]:
            if seen.changed is None:  # Of the same size, another file would look like it.
                words.append(f"{seen.name} was not removed: the service does not say when it was written")
                continue
            async with self._deadline():
                if await self._seen(sftp, seen.path, seen.name) != seen:
                    words.append(f"{seen.name} was not removed: it is not the file that was copied")
                    continue
                await sftp.remove(seen.path)
            words.append(f"{seen.name} was removed from the mailbox")
        return words

    async def _look(self, sftp: asyncssh.SFTPClient) -> dict[bytes, _Seen]:
        """Every file in the folders; names are bytes on the wire, and not always UTF-8."""
        found = {}
        for folder in self.section.folders:
            place = folder.rstrip("/").encode() or b"/"
            async with self._deadline():
                entries = await self._listed(sftp, place)
            for entry in entries:
                told = entry.filename if isinstance(entry.filename, bytes) else entry.filename.encode()
                if b"/" in told or told in {b".", b".."}:
                    continue
                path = place.rstrip(b"/") + b"/" + told
                seen = _seen_as(path, readable_name(told), entry.attrs)
                if seen is not None:
                    found[path] = seen
        return found

    async def _listed(self, sftp: asyncssh.SFTPClient, folder: bytes) -> list[asyncssh.SFTPName]:
        """What lies in a folder. Raises PermanentSourceError for a listing that may have no end."""
        entries: list[asyncssh.SFTPName] = []
        scanned = cast("AsyncGenerator[asyncssh.SFTPName, None]", sftp.scandir(folder))
        async with aclosing(scanned):  # While there is a connection: without one, it would wait for an answer for ever.
            async for entry in scanned:
                if len(entries) == _MOST_ENTRIES:
                    raise PermanentSourceError(
                        tried=f"to read the mailbox {self.address}",
                        found=f"more than {_MOST_ENTRIES} entries in {readable_name(folder)}",
                        expected="a folder that is emptied now and then",
                        remedy="have old files taken out of it; nothing was removed from the mailbox",
                    )
                entries.append(entry)
        return entries

    @staticmethod
    async def _seen(sftp: asyncssh.SFTPClient, path: bytes, name: str) -> _Seen | None:
        try:
            return _seen_as(path, name, await sftp.lstat(path))
        except asyncssh.SFTPNoSuchFile:
            return None

    def _run(self, work: Callable[[asyncssh.SFTPClient], Awaitable[Result]]) -> Result:
        try:
            # In a thread of its own: whoever calls may have an event loop already.
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(asyncio.run, self._connected(work)).result()
        except AssettrailError:
            raise
        except asyncssh.HostKeyNotVerifiable as error:
            raise self._configuration(
                "another host key than trading_grid.mailbox.host_key",
                "the service with that key",
                "ask the provider whether the key was changed, and over another way than this one; "
                "nothing was sent to it",
            ) from error
        except asyncssh.PermissionDenied as error:
            raise self._configuration(
                f"the service refuses {self.section.user}: {error.reason}",
                "a user and password or key that it knows",
                "correct trading_grid.mailbox.user, password_file or private_key_file",
            ) from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as error:
            raise self._configuration(
                error.reason,
                f"folders {', '.join(self.section.folders)} that this user may read",
                "correct trading_grid.mailbox.folders, or the rights there",
            ) from error
        except (TimeoutError, OSError, asyncssh.DisconnectError, asyncssh.SFTPConnectionLost) as error:
            raise TransientSourceError(
                tried=f"to read the mailbox {self.address}",
                found=f"{type(error).__name__}: {error or f'no answer within {self.section.timeout_seconds:g} s'}",
                expected="an answer",
                remedy="run again later; nothing was removed from the mailbox",
            ) from error
        except asyncssh.Error as error:
            raise PermanentSourceError(
                tried=f"to read the mailbox {self.address}",
                found=f"{type(error).__name__}: {error.reason}",
                expected="SFTP version 3",
                remedy="have the service looked at; nothing was removed from the mailbox",
            ) from error

    async def _connected(self, work: Callable[[asyncssh.SFTPClient], Awaitable[Result]]) -> Result:
        password = self.section.secret
        section = self.section
        connection = await asyncssh.connect(
            section.host,
            section.port,
            username=section.user,
            password=password.get_secret_value() if password else None,
            client_keys=[self._private_key()] if section.private_key_file else None,
            known_hosts=([self._host_key()], [], []),
            config=None,
            agent_path=None,
            connect_timeout=section.timeout_seconds,
            login_timeout=section.timeout_seconds,
            keepalive_interval=section.timeout_seconds / 3,
        )
        self._connection = connection
        try:
            async with self._deadline():
                sftp = await connection.start_sftp_client(path_encoding=None)
            return await work(sftp)
        finally:
            # Every answer has been waited for; a service that does not answer would not say goodbye, either.
            connection.abort()

    @asynccontextmanager
    async def _deadline(self, times: int = 1) -> AsyncIterator[None]:
        """End the connection when a block takes longer: what waits for an answer then fails, also when it tidies up."""
        timer = asyncio.get_running_loop().call_later(self.section.timeout_seconds * times, self._give_up)
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    def _not_copied(self, seen: _Seen, size: int, error: Exception) -> _NotCopied:
        seconds = self.section.timeout_seconds * _TIMES_LONGER_FOR_A_FILE
        return _NotCopied(
            tried=f"to copy {seen.name} from the mailbox {self.address}",
            found=f"{type(error).__name__}: {error or 'the connection ended'}",
            expected=f"its {size} bytes within {seconds:g} s",
            remedy="run again later; where it is always this file, have it taken out of the mailbox. Nothing of it was "
            "kept, nothing was removed, and no other file came",
        )

    def _host_key(self) -> asyncssh.SSHKey:
        try:
            return asyncssh.import_public_key(self.section.host_key)
        except asyncssh.KeyImportError as error:
            raise self._configuration(
                f"trading_grid.mailbox.host_key cannot be read: {error}",
                "a public key as OpenSSH writes it: ssh-ed25519 AAAA…",
                "have the provider tell it; `ssh-keyscan` shows what the service claims, which is no proof",
            ) from error

    def _private_key(self) -> asyncssh.SSHKey:
        try:
            return asyncssh.read_private_key(str(self.section.private_key_file))
        except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise self._configuration(
                f"{self.section.private_key_file} cannot be read: {error}",
                "a private key without a passphrase that this user may read",
                "correct trading_grid.mailbox.private_key_file",
            ) from error

    def _configuration(self, found: str, expected: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(
            tried=f"to read the mailbox {self.address}", found=found, expected=expected, remedy=remedy
        )


def _seen_as(path: bytes, name: str, attributes: asyncssh.SFTPAttrs) -> _Seen | None:
    """A remote file; None for a folder, a link or a device."""
    permissions = attributes.permissions
    if permissions is not None and not stat.S_ISREG(permissions):
        return None
    return _Seen(path, name, attributes.size, attributes.mtime)
