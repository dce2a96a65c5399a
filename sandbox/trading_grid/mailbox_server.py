"""The mailbox of Trading Grid: a real SFTP server over one folder, for one mailbox id.

What belongs here: signing in by password or key, and the folder as the root that nobody leaves. What does not belong
here: which files lie in it; whoever plays a partner puts them there.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import asyncssh

HOST = "127.0.0.1"


@dataclass
class MailboxServer:
    """A mailbox that may be signed in to. `root` is what a client sees as `/`; `removed` are names it removed.

    With `is_silent` it answers everything but the wish to see a folder, for ever. Of files, by their names: `endless`
    ones are as large as they are listed and never end when they are read (`given` counts their bytes), `stalled` ones
    give nothing for ever, `unsized` ones are listed without a size, `undated` ones told without a time. With
    `is_endless` a folder's listing has no end.
    """

    root: Path
    user: str = "MAILBOX1"
    password: str = "mailbox-password"  # noqa: S105 - a stand-in keeps no secret
    authorized_key: asyncssh.SSHKey | None = None
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    port: int = 0
    removed: list[str] = field(default_factory=list)
    is_silent: bool = False
    endless: set[str] = field(default_factory=set)
    stalled: set[str] = field(default_factory=set)
    unsized: set[str] = field(default_factory=set)
    undated: set[str] = field(default_factory=set)
    is_endless: bool = False
    given: int = 0

    @property
    def host_key_line(self) -> str:
        """The public key as a provider tells it to its customers."""
        return self.host_key.export_public_key().decode("ascii").strip()

    async def start(self) -> asyncssh.SSHAcceptor:
        """Listen on loopback; `port` is the port from then on."""
        acceptor = await asyncssh.listen(
            HOST,
            self.port,
            server_host_keys=[self.host_key],
            server_factory=lambda: _Doorman(self),
            sftp_factory=lambda channel: _Root(channel, self),
        )
        self.port = acceptor.get_port()
        return acceptor


class _Doorman(asyncssh.SSHServer):
    """Knows one mailbox id."""

    def __init__(self, mailbox: MailboxServer) -> None:
        self._mailbox = mailbox

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (self._mailbox.user, self._mailbox.password)

    def public_key_auth_supported(self) -> bool:
        return self._mailbox.authorized_key is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._mailbox.user and key == self._mailbox.authorized_key


class _Root(asyncssh.SFTPServer):
    """The mailbox's folder as the root."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], mailbox: MailboxServer) -> None:
        super().__init__(channel, chroot=str(mailbox.root).encode())
        self._mailbox = mailbox

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        while self._mailbox.is_silent:  # noqa: ASYNC110 - a switch that tests turn from another thread
            await asyncio.sleep(0.1)
        async for name in super().scandir(path):
            if os.fsdecode(name.filename) in self._mailbox.unsized:
                name.attrs.size = None
            yield self._told(name)
        number = 0
        while self._mailbox.is_endless:
            number += 1
            yield asyncssh.SFTPName(b"%020d" % number, attrs=asyncssh.SFTPAttrs(permissions=stat.S_IFREG, size=1))

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        attrs = asyncssh.SFTPAttrs.from_local(cast("os.stat_result", super().lstat(path)))
        return self._told(asyncssh.SFTPName(path.rpartition(b"/")[2], attrs=attrs)).attrs

    def _told(self, name: asyncssh.SFTPName) -> asyncssh.SFTPName:
        """A file without its times, where they are not told."""
        if os.fsdecode(name.filename) in self._mailbox.undated:
            attrs = name.attrs
            name.attrs = asyncssh.SFTPAttrs(size=attrs.size, permissions=attrs.permissions)
        return name

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        name = Path(os.fsdecode(cast("BinaryIO", file_obj).name)).name
        while name in self._mailbox.stalled:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
        if name in self._mailbox.endless:
            self._mailbox.given += size
            return b"x" * size
        return cast("bytes", super().read(file_obj, offset, size))

    def remove(self, path: bytes) -> None:
        super().remove(path)
        self._mailbox.removed.append(path.decode())


@contextmanager
def running_mailbox(mailbox: MailboxServer) -> Iterator[MailboxServer]:
    """Serve a mailbox in a thread of its own until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox-mailbox", daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(mailbox.start(), loop).result(10)
    try:
        yield mailbox
    finally:
        asyncio.run_coroutine_threadsafe(_end(acceptor), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _end(acceptor: asyncssh.SSHAcceptor) -> None:
    """Close the door, and end what still answers somebody: a file that gives nothing is answered for ever."""
    acceptor.close()
    answering = asyncio.all_tasks() - {asyncio.current_task()}
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)
