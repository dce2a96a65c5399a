"""An installation that reads a mailbox over SFTP, or a folder, by one mapping, and what lies there.

Here belongs setting both up.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from assettrail.clock import clock_from
from assettrail.settings import KeySettings, Settings
from assettrail.trading_grid_settings import TradingGridMailbox, TradingGridSettings
from evidence.keys import create_keys
from ingest.landing_store import LandingStore
from ingest.trading_grid.mailbox import SftpMailbox
from sandbox.trading_grid.mailbox_server import MailboxServer
from tests.unit.ingest.test_x12 import SET_824, SET_997, envelope

ZONES = {"01:123456789": "America/New_York"}
MAPPING = """
system = "trading_grid"
stream = "acknowledgements"
files = "*ack*"
format = "csv"
[columns]
acknowledgement_id = "id"
partner_id = "partner"
at_raw = "at"
[constants]
kind = "portal"
"""
ACKS = b"id,partner,at\n1,P,2026-03-12T10:00:00Z\n2,P,2026-03-12T10:05:00Z\n"
ANSWERS = envelope(("997", SET_997), ("824", SET_824))


def connected(tmp_path: Path, mailbox: MailboxServer | None, **changes: object) -> Settings:
    """An installation that reads a mailbox, with one mapping."""
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    section = None
    if mailbox is not None:
        values = {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "user": mailbox.user,
            "password": SecretStr(mailbox.password),
            "host_key": mailbox.host_key_line,
            "folders": ("POLLABLE",),
            "timeout_seconds": 5.0,
        }
        section = TradingGridMailbox.model_validate(values | changes)
    made = Settings(
        home=tmp_path / "home",
        keys=KeySettings(folder=tmp_path / "keys"),
        trading_grid=TradingGridSettings(drops=(tmp_path / "m.toml",), partner_zones=ZONES, mailbox=section),
    )
    if not (tmp_path / "keys").exists():
        create_keys(tmp_path / "keys", made.evidence.log_origin)
    return made


def quick(settings: Settings) -> SftpMailbox:
    assert settings.trading_grid is not None
    assert settings.trading_grid.mailbox is not None
    return SftpMailbox(settings.trading_grid.mailbox, seconds_between_looks=0.05)


def opened(settings: Settings) -> LandingStore:
    return LandingStore.open(settings, clock_from(settings))


def put(mailbox: MailboxServer, name: str, data: bytes) -> Path:
    path = mailbox.root / "POLLABLE" / name
    path.write_bytes(data)
    return path
