"""The three stand-ins as one real process, and an installation of our own that reads them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assettrail.clock import clock_from
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import KeySettings, Settings
from assettrail.trading_grid_settings import TradingGridSettings
from evidence.keys import create_keys
from ingest.landing_store import LandingStore
from sandbox.trading_grid.mailbox_server import MailboxServer, running_mailbox
from tests.adapters.ingest.stand_ins import Sandbox, running_sandbox

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox process for all modules, on free ports: each test finds it empty."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture
def sandbox(stand_ins: Sandbox) -> Sandbox:
    """The stand-ins as new: without records and faults; it is the first day of 2026."""
    stand_ins.reset()
    stand_ins.set_clock("2026-01-01T00:00:00Z")
    return stand_ins


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Names that no other test uses."""
    return lambda stem: f"{stem}-{next(_NUMBERS)}"


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, fresh: Callable[[str], str]) -> Settings:
    """An installation connected to the stand-ins, with its own poll channel and keys."""
    keys = tmp_path / "keys"
    exstream = dict(sandbox.endpoints["exstream"])
    names = ("base_url", "token_url", "client_id", "client_secret", "scope")
    made = Settings(
        home=tmp_path / "home",
        keys=KeySettings(folder=keys),
        clock_url=sandbox.endpoints["clock_url"],
        cloudinary=CloudinarySettings(
            **sandbox.cloudinary,
            delivery_hosts=("127.0.0.1",),
            fetch_hosts=("127.0.0.1=127.0.0.1",),
            contents_per_run=0,
            visibility_timeout_seconds=2,
            poll_channel=fresh("channel"),
            timeout_seconds=10,
        ),
        exstream=ExstreamSettings(
            **{name: exstream[name] for name in names},
            domains=(exstream["domain"],),
            timeout_seconds=10,
            rest_seconds=1,
        ),
        trading_grid=TradingGridSettings(**sandbox.endpoints["trading_grid"], timeout_seconds=10, page_size=3),
    )
    create_keys(keys, made.evidence.log_origin)
    return made


@pytest.fixture
def store(settings: Settings) -> LandingStore:
    """The installation's landing, on the sandbox's clock."""
    return LandingStore.open(settings, clock_from(settings))


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[MailboxServer]:
    """A mailbox with an empty folder POLLABLE."""
    (tmp_path / "root" / "POLLABLE").mkdir(parents=True)
    with running_mailbox(MailboxServer(tmp_path / "root")) as served:
        yield served
