"""The ways in which records come in, each with what a test of a fault needs to know of it.

Here belongs what differs between the systems: how one is made to hold records and give them again, which stream is
read, and how what landed is named. What a fault is, and what must come of it, is in the tests.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from cloudinary import api, uploader
from pydantic import SecretStr

from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridMailbox, TradingGridObject, TradingGridPaging
from ingest.cloudinary.webhook_server import open_receiver
from ingest.exstream.drop_folder import open_drop_folder
from ingest.extract import Source
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.sources import open_source
from ingest.trading_grid.drop_source import DropSource, LocalFolder
from ingest.trading_grid.mailbox import SftpMailbox
from ingest.trading_grid.opening import open_drops
from ingest.trading_grid.streams import contract_of
from sandbox.trading_grid.mailbox_server import MailboxServer, running_mailbox
from tests.adapters.ingest.stand_ins import Sandbox, accept, landed_rows, serving

DAY = datetime(2026, 3, 10, 8, tzinfo=UTC)
"""When every test begins, by the clock of the stand-ins."""
PAGE = 2
"""Records on one page of a listing."""
_NUMBERS = itertools.count(1)
_MAPPING = """
system = "trading_grid"
stream = "acknowledgements"
files = "*ack*"
format = "jsonl"
[columns]
acknowledgement_id = "id"
partner_id = "partner"
at_raw = "at"
code = "comment"
[constants]
kind = "portal"
"""


class Way(ABC):
    """One way by which the records of one system come in, on an installation of its own.

    `path` is a part of the address that gives the records, where a stand-in serves them; `page` and `text` name the
    parameter that asks for a page and the field that holds free text.
    """

    name: ClassVar[str]
    system: ClassVar[str]
    stream: ClassVar[str]
    key: ClassVar[str]
    path: ClassVar[str] = ""
    page: ClassVar[str] = ""

    def __init__(self, sandbox: Sandbox, settings: Settings, store: LandingStore, folder: Path) -> None:
        self.sandbox = sandbox
        self.settings = settings
        self.store = store
        self.folder = folder
        self.set_clock(DAY)
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Make what the way needs before records are there."""

    def set_clock(self, instant: datetime) -> None:
        """Set the clock that stand-ins and installation share."""
        self.now = instant
        self.sandbox.set_clock(instant.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def later(self, **units: float) -> None:
        """Let time pass."""
        self.set_clock(self.now + timedelta(**units))

    def change(self, **changes: object) -> None:
        """Change settings of the system."""
        section = getattr(self.settings, self.system)
        self.settings = self.settings.model_copy(update={self.system: section.model_copy(update=changes)})

    @abstractmethod
    def hold(self, count: int) -> set[str]:
        """Have the system hold so many new records; what landing will call them."""

    def source(self) -> Source:
        """The source as a process of its own would open it."""
        return open_source(self.settings, self.system, self.store)

    def ingest(self) -> LandedBatch:
        """Read the stream as one run does; the last batch."""
        return ingest_stream(self.source(), self.stream, self.store, accept)[-1]

    def landed(self) -> list[str]:
        """The records that landed, one name for each row."""
        return sorted(row[self.key] for row in self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """All landed rows of the stream."""
        return landed_rows(self.store, self.system, self.stream)

    def turn(self, **fault: object) -> None:
        """Have the stand-in do something wrong, by default where the records come from."""
        self.sandbox.turn(self.system, **({"path": self.path} | fault))

    def close(self) -> None:  # noqa: B027 - most ways start nothing
        """Stop what the way started."""


class CloudinaryListing(Way):
    """Assets by the Admin API's listings."""

    name, system, stream, key = "cloudinary-listing", "cloudinary", "resources", "asset_id"
    path, page = "/resources/raw/upload", "next_cursor"

    def prepare(self) -> None:
        """List everything each time, over small pages."""
        self.change(full_listing_days=0, resource_types=("raw",), delivery_types=("upload",))
        self.sandbox.turn("cloudinary", page_size_cap=PAGE)

    def hold(self, count: int) -> set[str]:
        """Upload files."""
        return {upload(self.sandbox, f"asset-{next(_NUMBERS)}")["asset_id"] for _ in range(count)}

    def third_page(self) -> str | None:
        """The cursor by which the listing asks for its third page."""
        client = open_source(self.settings, self.system, self.store)._access.client  # type: ignore[attr-defined]
        second = client.resources_page("raw", "upload", None).next_cursor
        third: str | None = client.resources_page("raw", "upload", second).next_cursor
        return third


class CloudinaryPoll(Way):
    """Notifications out of a poll channel."""

    name, system, stream, key = "cloudinary-poll", "cloudinary", "notifications", "asset_id"
    path = "/messages"

    def prepare(self) -> None:
        """Have the channel told of everything from now on; a first sync may poll to the end, in small pages."""
        self.change(first_sync_polls=100)
        assert self.settings.cloudinary is not None
        self.sandbox.create_triggers(self.settings.cloudinary.poll_channel)

    def hold(self, count: int) -> set[str]:
        """Upload files, of which the channel is told."""
        return {upload(self.sandbox, f"asset-{next(_NUMBERS)}")["asset_id"] for _ in range(count)}


class CloudinaryWebhook(Way):
    """Notifications that are pushed to our receiver."""

    name, system, stream, key = "cloudinary-webhook", "cloudinary", "notifications", "asset_id"

    def prepare(self) -> None:
        """Start the receiver."""
        self._serving = serving(open_receiver(self.settings))
        self.address = self._serving.__enter__()

    def hold(self, count: int) -> set[str]:
        """Push signed messages as the vendor does."""
        names = {f"{next(_NUMBERS):032x}" for _ in range(count)}
        for name in names:
            assert self.push(self.body(name)) == 200
        return names

    def body(self, asset_id: str) -> bytes:
        """A message about one asset."""
        told = {"notification_type": "upload", "timestamp": self.now.isoformat(), "asset_id": asset_id, "version": 1}
        told |= {"public_id": asset_id, "resource_type": "raw", "type": "upload", "etag": "e" * 32}
        return json.dumps(told | {"created_at": self.now.isoformat()}).encode()

    def push(self, body: bytes, secret: str | None = None, second: int | None = None) -> int:
        """Push one message; the receiver's answer. Signatures are made on real time."""
        stamp = str(second or int(time.time()))
        used = secret or str(self.sandbox.cloudinary["api_secret"])
        signature = hashlib.sha1(body + stamp.encode() + used.encode(), usedforsecurity=False).hexdigest()
        headers = {"X-Cld-Timestamp": stamp, "X-Cld-Signature": signature}
        return self.sandbox.http.post(self.address, content=body, headers=headers).status_code

    def close(self) -> None:
        """Stop the receiver."""
        self._serving.__exit__(None, None, None)


class ExstreamRest(Way):
    """Communications of engine runs over REST."""

    name, system, stream, key = "exstream-rest", "exstream", "communications", "communication_id"
    path, page = "/jobs", "offset"
    time: ClassVar[str] = "generated_at"

    def prepare(self) -> None:
        """Read runs alone, over small pages."""
        self.change(page_size=PAGE, read_design=False)

    @property
    def runs(self) -> Path:
        """The folder that the engine writes."""
        return Path(self.sandbox.endpoints["exstream"]["output_folder"])

    def hold(self, count: int) -> set[str]:
        """Compose letters: one run for each, so that a listing of runs has so many records."""
        names = [f"COM-{next(_NUMBERS)}" for _ in range(count)]
        for name in names:
            compose(self.sandbox, self.settings, [name])
        return set(names)

    def hold_in_one_file(self, count: int) -> set[str]:
        """Compose letters in one run."""
        names = [f"COM-{next(_NUMBERS)}" for _ in range(count)]
        compose(self.sandbox, self.settings, names)
        return set(names)

    def file(self) -> Path:
        """The one report that the engine has written."""
        (report,) = self.runs.rglob("AssetUseReport.jsonl")
        return report

    def rewrite(self, data: bytes) -> None:
        """Have the report hold other bytes."""
        self.file().write_bytes(data)

    def records(self) -> list[bytes]:
        """The lines of the report."""
        return self.file().read_bytes().splitlines()


class ExstreamFolder(ExstreamRest):
    """The same runs from the folder that the engine writes."""

    name = "exstream-folder"
    path = page = ""

    def source(self) -> Source:
        """The folder, without the pause between two looks."""
        source = open_drop_folder(self.settings, self.store, self.runs)
        source._pause = lambda _seconds: None
        return source


class GridRest(Way):
    """Partners over REST."""

    name, system, stream, key = "trading_grid-rest", "trading_grid", "partners", "partner_id"
    path, page = "/api/v1/partners", "offset"

    def prepare(self) -> None:
        """Read over small pages."""
        self.change(page_size=PAGE)

    def hold(self, count: int) -> set[str]:
        """Register partners."""
        names = {f"P-{next(_NUMBERS)}" for _ in range(count)}
        for name in names:
            self.sandbox.write_trading_grid("partners", {"partnerId": name, "name": f"Partner {name}"})
        return names

    def patch(self, name: str, words: str) -> None:
        """Give a partner another name."""
        base = self.sandbox.endpoints["trading_grid"]["base_url"]
        headers = {"Authorization": f"Bearer {self.sandbox.token('trading_grid')}"}
        answer = self.sandbox.http.patch(f"{base}{self.path}/{name}", json={"name": words}, headers=headers)
        answer.raise_for_status()

    def delete(self, name: str) -> None:
        """Delete a partner."""
        base = self.sandbox.endpoints["trading_grid"]["base_url"]
        headers = {"Authorization": f"Bearer {self.sandbox.token('trading_grid')}"}
        self.sandbox.http.delete(f"{base}{self.path}/{name}", headers=headers).raise_for_status()

    def by_cursor(self) -> None:
        """Have the service page by cursors, and tell the installation."""
        assert self.settings.trading_grid is not None
        cursor = {"paging": TradingGridPaging(style="cursor"), "records": "data.records", "more": "hasMore"}
        contract: dict[str, TradingGridObject] = dict(contract_of(self.settings.trading_grid))
        contract["partners"] = contract["partners"].model_copy(update={**cursor, "total": None})
        self.change(objects=contract)
        self.sandbox.turn("trading_grid", page_style="cursor", states_total=False)


class GridDrop(Way):
    """Acknowledgements in a folder of dropped files."""

    name, system, stream, key = "trading_grid-drop", "trading_grid", "acknowledgements", "acknowledgement_id"
    time: ClassVar[str] = "at"

    def prepare(self) -> None:
        """Make the folder and the mapping of its files."""
        mapping = self.folder / "acknowledgements.toml"
        mapping.write_text(_MAPPING, encoding="utf-8")
        self.change(drops=(mapping,))
        self.drops = self.folder / "drops" / "POLLABLE"
        self.drops.mkdir(parents=True)

    def hold(self, count: int) -> set[str]:
        """Drop one file for each record."""
        names = {f"ACK-{next(_NUMBERS)}" for _ in range(count)}
        for name in names:
            (self.drops / f"{name}.ack.jsonl").write_bytes(self.record(name) + b"\n")
        return names

    def hold_in_one_file(self, count: int) -> set[str]:
        """Drop one file with all records."""
        names = [f"ACK-{next(_NUMBERS)}" for _ in range(count)]
        self.rewrite(b"".join(self.record(name) + b"\n" for name in names))
        return set(names)

    def record(self, name: str) -> bytes:
        """One acknowledgement as a partner writes it."""
        return json.dumps({"id": name, "partner": "P", "at": self.now.isoformat(), "comment": "thanks"}).encode()

    def file(self) -> Path:
        """The one file that is dropped."""
        return self.drops / "day.ack.jsonl"

    def rewrite(self, data: bytes) -> None:
        """Have the file hold other bytes."""
        self.file().write_bytes(data)

    def records(self) -> list[bytes]:
        """The lines of the file."""
        return self.file().read_bytes().splitlines()

    def source(self) -> Source:
        """The folder, without the pause between two looks."""
        return open_drops(self.settings, self.store, LocalFolder(self.drops, pause=lambda _seconds: None))


class GridMailbox(GridDrop):
    """The same files out of a mailbox, over SFTP."""

    name = "trading_grid-mailbox"

    def prepare(self) -> None:
        """Start the mailbox."""
        super().prepare()
        self._serving = running_mailbox(MailboxServer(self.drops.parent))
        self.mailbox = self._serving.__enter__()
        served = self.mailbox
        values = {"host": "127.0.0.1", "port": served.port, "user": served.user, "host_key": served.host_key_line}
        values |= {"password": SecretStr(served.password), "folders": ("POLLABLE",), "timeout_seconds": 5.0}
        self.change(mailbox=TradingGridMailbox.model_validate(values))

    def source(self) -> Source:
        """The mailbox, with a short pause between two looks."""
        return self.opened_source()[0]

    def opened_source(self) -> tuple[DropSource, SftpMailbox]:
        """The source and the mailbox that it reads, which may remove what has landed."""
        assert self.settings.trading_grid is not None
        assert self.settings.trading_grid.mailbox is not None
        box = SftpMailbox(self.settings.trading_grid.mailbox, seconds_between_looks=0.01)
        return open_drops(self.settings, self.store, box), box

    def close(self) -> None:
        """Stop the mailbox."""
        self._serving.__exit__(None, None, None)


WAYS: tuple[type[Way], ...] = (
    CloudinaryListing,
    CloudinaryPoll,
    CloudinaryWebhook,
    ExstreamRest,
    ExstreamFolder,
    GridRest,
    GridDrop,
    GridMailbox,
)
SERVED = (CloudinaryListing, CloudinaryPoll, ExstreamRest, GridRest)
"""The ways on which we ask a service over HTTP."""
LISTED = (CloudinaryListing, ExstreamRest, GridRest)
"""The ways that have pages."""
FILES = (ExstreamRest, ExstreamFolder, GridDrop, GridMailbox)
"""The ways on which files with one record a line come in."""
LineFiles = ExstreamRest | GridDrop


def upload(sandbox: Sandbox, name: str, content: str = "YQ==", **options: Any) -> dict[str, Any]:
    """Upload a small file that is no image: nothing has to be drawn."""
    made: dict[str, Any] = uploader.upload(
        f"data:text/plain;base64,{content}", public_id=name, resource_type="raw", **sandbox.cloudinary, **options
    )
    return made


def delete(sandbox: Sandbox, name: str) -> None:
    """Delete an uploaded file."""
    uploader.destroy(name, resource_type="raw", **sandbox.cloudinary)


def rename(sandbox: Sandbox, name: str, to: str) -> None:
    """Rename an uploaded file."""
    uploader.rename(name, to, resource_type="raw", **sandbox.cloudinary)


def restore(sandbox: Sandbox, name: str) -> None:
    """Restore a deleted file."""
    api.restore([name], resource_type="raw", **sandbox.cloudinary)


def compose(sandbox: Sandbox, settings: Settings, names: list[str], **more: object) -> None:
    """Compose letters in one run of the engine."""
    assert settings.exstream is not None
    use = {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a" * 32, "version": 1768035600}}
    rendering = {"rendering_id": "r", "channel": "email", "queue_name": "email", "uses": [use]}
    line = {"account_number": "ACC-1", "recipient_id": "C-1", "template_id": "T1", "segment": "private"}
    lines = [{**line, "communication_id": name, "renderings": [rendering], **more} for name in names]
    sandbox.run_exstream(settings.exstream.domains[0], "statements", lines)


def copy_runs(way: ExstreamRest, folder: Path) -> Path:
    """The engine's folder once more, somewhere else."""
    shutil.copytree(way.runs, folder)
    return folder
