"""Where artwork goes out: two files into the partner's folder of the mailbox, then the service is told.

Here belong writing the files, each whole or not at all, and the order: what is told as sent lies there. A repetition
puts the same bytes under the same names, which a catalogue takes as the same image. What the files hold is
`artwork_issue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncssh

from assettrail.errors import AssettrailError, ConfigurationError
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridOutbound
from corrections.vendors.trading_grid import TradingGrid
from corrections.vendors.writes import NotSent, Write, WriteOutcome
from evidence.durable import make_folder_durably, write_durably
from ingest.trading_grid.mailbox import SftpMailbox

OUT_OF_A_WRITE = ("folder", "catalogue_name", "catalogue")
"""What of a write's body is for the files; the rest goes to the service."""


class Outbox(Protocol):
    """A place for files."""

    def put(self, folder: str, name: str, content: bytes) -> None:
        """Put a file whole into a folder, in place of one of that name. Raises AssettrailError."""
        ...


@dataclass(frozen=True)
class LocalOutbox:
    """A folder that the mailbox's transport takes files from."""

    root: Path

    def put(self, folder: str, name: str, content: bytes) -> None:
        """Put a file whole into a folder."""
        place = self.root / folder
        make_folder_durably(place)
        write_durably(place / name, content)


@dataclass
class SftpOutbox(SftpMailbox):
    """The mailbox over SFTP, written to: a file is renamed when all of it is there."""

    root: str = "."

    def put(self, folder: str, name: str, content: bytes) -> None:
        """Put a file whole into a folder, which is made if absent."""
        self._run(lambda sftp: self._put(sftp, folder, name, content))

    async def _put(self, sftp: asyncssh.SFTPClient, folder: str, name: str, content: bytes) -> None:
        place = f"{self.root.rstrip('/')}/{folder}".encode()
        whole, aside = place + b"/" + name.encode(), place + b"/." + name.encode() + b".part"
        async with self._deadline(10):
            await sftp.makedirs(place, exist_ok=True)
            async with sftp.open(aside, "wb") as file:
                await file.write(content)
            try:
                await sftp.posix_rename(aside, whole)
            except asyncssh.SFTPError:
                # Version 3 of the protocol renames onto nothing: without the extension the old file has to go first.
                if await sftp.exists(whole):
                    await sftp.remove(whole)
                await sftp.rename(aside, whole)


@dataclass(frozen=True)
class ArtworkOutbound:
    """The files and the distribution as one write."""

    grid: TradingGrid
    outbox: Outbox

    @property
    def deadline_seconds(self) -> float:
        """How long the request to the service may last; files are put before it begins."""
        return self.grid.client.deadline_seconds

    def write_once(self, write: Write) -> WriteOutcome:
        """Put the image and its catalogue file, then tell the distribution; raises nothing of the vendor's."""
        image, body = write.attachment, dict(write.body)
        folder, name, catalogue = (str(body.pop(key)) for key in OUT_OF_A_WRITE)
        try:
            if image is not None:
                self.outbox.put(folder, image.name, image.content)
            self.outbox.put(folder, name, catalogue.encode())
        except AssettrailError as error:
            return NotSent(f"the mailbox: {error.found}")
        return self.grid.write_once(Write(write.method, write.path, body))


def outbound_of(settings: Settings) -> TradingGridOutbound:
    """Return the settings of outgoing artwork. Raises ConfigurationError when there are none."""
    section = settings.trading_grid.outbound if settings.trading_grid is not None else None
    if section is None:
        raise ConfigurationError(
            tried="to send artwork to partners",
            found="no section trading_grid.outbound in the settings",
            expected="the folder of the mailbox that files go out by, and the columns of the catalogue's upload",
            remedy="add the section to assettrail.toml; approved corrections stay in the outbox",
        )
    return section


def open_outbox(settings: Settings) -> Outbox:
    """Return the place for files that the settings name. Raises ConfigurationError."""
    section = outbound_of(settings)
    if section.folder is not None:
        return LocalOutbox(section.folder)
    mailbox = settings.trading_grid.mailbox if settings.trading_grid is not None else None
    assert mailbox is not None  # noqa: S101 - the settings have checked it
    return SftpOutbox(mailbox, root=section.mailbox_folder or ".")
