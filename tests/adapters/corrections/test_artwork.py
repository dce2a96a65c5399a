"""Approved artwork to partners: the catalogue's rules, the two files, and the distribution, over HTTP and SFTP."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assettrail.errors import ConfigurationError, TransientSourceError
from assettrail.trading_grid_settings import TradingGridMailbox, TradingGridOutbound
from corrections.effects.artwork_rules import why_not_catalogued
from corrections.preview import preview
from corrections.vendors.trading_grid import TradingGrid
from corrections.vendors.writes import Uncertain, Write
from sandbox.trading_grid.mailbox_server import MailboxServer, running_mailbox
from tests.adapters.corrections.conftest import ASSET_ID, BANNER, NEW_ETAG, Desk, Grid, picture
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, link_row

GTIN = "00012345600012"
NAME = f"{GTIN}_A1C1.jpg"
COLUMNS = {"ACTION": "Replace", "GTIN": "${gtin}", "FILE": "${file_name}", "BYTES": "${file_size}", "WIDE": "${width}"}
OLD = {"version": 1767600000, "etag": "old"}


def issue(grid: Grid, **changes: Any) -> str:
    """The partner was sent the old artwork; gives the distribution's id."""
    asset = {"assetId": ASSET_ID, "publicId": "banners/spring", **OLD}
    said = {"communityId": grid.community_id, "gtin": GTIN, "fileName": NAME} | changes
    made = grid.make("distributions", partnerId=grid.make("partners", name="Mill")["partnerId"], asset=asset, **said)
    return str(made["distributionId"])


def row(number: int, distribution_id: str, **changes: Any) -> dict[str, Any]:
    about = {"target_id": distribution_id, "subject_id": distribution_id, "case_id_trading_grid": None}
    name = {"desired_rendition_name": NAME}
    return link_row(number, kind="send_artwork", **{**BANNER, **about, **name, **changes})


def with_outbound(desk: Desk, outbound: TradingGridOutbound, mailbox: TradingGridMailbox | None = None) -> None:
    section = desk.settings.trading_grid
    assert section is not None
    section = section.model_copy(update={"outbound": outbound, "mailbox": mailbox})
    desk.settings = desk.settings.model_copy(update={"trading_grid": section})


@pytest.fixture
def outbound(desk: Desk, tmp_path: Path) -> Path:
    """A folder that artwork goes out by."""
    with_outbound(desk, TradingGridOutbound(folder=tmp_path / "out", catalogue_columns=COLUMNS))
    return tmp_path / "out"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[MailboxServer]:
    (tmp_path / "root" / "OUT").mkdir(parents=True)
    with running_mailbox(MailboxServer(tmp_path / "root")) as served:
        yield served


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check(grid: Grid, remote_id: str | None, found: dict[str, bytes]) -> None:
    """The image and its catalogue file lie there, and the service says what was sent."""
    told = grid.get(f"distributions/{remote_id}")
    assert (told["fileName"], told["asset"]["etag"], told["gtin"]) == (NAME, NEW_ETAG, GTIN)
    assert told["contentSha256"] == hashlib.sha256(picture("green")).hexdigest()
    assert found.pop(NAME) == picture("green")
    ((name, catalogue),) = found.items()
    assert name == f"{told['correlationId']}.csv"
    rows = list(csv.DictReader(catalogue.decode().splitlines()))
    size = str(len(picture("green")))
    assert rows == [{"ACTION": "Replace", "GTIN": GTIN, "FILE": NAME, "BYTES": size, "WIDE": "8"}]


def test_a_partner_is_sent_the_approved_artwork(desk: Desk, grid: Grid, outbound: Path) -> None:
    """T4: the very bytes, under the name that the catalogue has, with the customer's header."""
    desk.propose(row(1, issue(grid)))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    check(grid, desk.corrections()[0].remote_id, files(outbound))
    assert desk.send().as_dict() == {"left": 0}


def test_artwork_goes_out_over_sftp(desk: Desk, grid: Grid, mailbox: MailboxServer) -> None:
    """What lies in a partner's folder is whole, and nothing else lies beside it; the second takes the first's place."""
    values = {"host": "127.0.0.1", "port": mailbox.port, "user": mailbox.user, "password": mailbox.password}
    section = TradingGridMailbox.model_validate({**values, "host_key": mailbox.host_key_line, "timeout_seconds": 5.0})
    with_outbound(desk, TradingGridOutbound(mailbox_folder="OUT", catalogue_columns=COLUMNS), section)
    desk.propose(row(1, issue(grid)))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    check(grid, desk.corrections()[0].remote_id, files(mailbox.root / "OUT"))


def test_a_lost_answer_sends_the_same_files_and_tells_once(
    desk: Desk, grid: Grid, outbound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is lost after the work must not make a second distribution."""
    desk.propose(row(1, issue(grid)))
    write_once = TradingGrid.write_once

    def lost(service: TradingGrid, write: Write) -> Uncertain:
        write_once(service, write)
        return Uncertain("the answer was lost")

    monkeypatch.setattr(TradingGrid, "write_once", lost)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    check(grid, desk.corrections()[0].remote_id, files(outbound))


def test_what_changed_meanwhile_is_a_conflict(desk: Desk, grid: Grid, outbound: Path) -> None:
    """Sent by somebody else, another old one than was seen, or nothing that a catalogue has: no file goes out."""
    sent = issue(grid)
    partner = grid.get(f"distributions/{sent}")["partnerId"]
    asset = {"assetId": ASSET_ID, "publicId": "banners/spring", "version": 1, "etag": NEW_ETAG}
    grid.make("distributions", partnerId=partner, gtin=GTIN, asset=asset)
    desk.propose(
        row(1, sent),
        row(2, issue(grid), expected_etag="other"),
        row(3, issue(grid, gtin=None)),
        row(4, "DIS-none"),
        row(5, issue(grid, gtin="00012345600013")),
        row(6, issue(grid), desired_rendition_name="a:b.jpg"),
    )
    grid.reset()
    assert desk.send().as_dict() == {"conflict": 6, "left": 0}
    assert (grid.posts(), files(outbound)) == (0, {})


def test_a_dry_run_names_the_file_and_puts_nothing(desk: Desk, grid: Grid, outbound: Path, tmp_path: Path) -> None:
    """Whoever looks has to see what would go out, and nothing may."""
    desk.propose(row(1, issue(grid)))
    grid.reset()
    (found,) = preview(desk.settings, CLOCK, write_recalled_snapshot(tmp_path / "s.duckdb", []))
    request = found.request or {}
    expected = {"name": NAME, "bytes": len(picture("green")), "sha256": hashlib.sha256(picture("green")).hexdigest()}
    assert (found.outcome, request["file"]) == ("would be written", expected)
    assert (grid.posts(), files(outbound)) == (0, {})


def test_a_folder_that_refuses_leaves_the_correction_approved(desk: Desk, grid: Grid, tmp_path: Path) -> None:
    """What was not sent must not be told as sent, nor be lost."""
    (tmp_path / "file").write_text("")
    with_outbound(desk, TradingGridOutbound(folder=tmp_path / "file", catalogue_columns=COLUMNS))
    desk.propose(row(1, issue(grid)))
    grid.reset()
    with pytest.raises(TransientSourceError, match="mailbox"):
        desk.send()
    assert (desk.states(), grid.posts()) == (["approved"], 0)


def test_without_a_way_out_other_corrections_go_on(desk: Desk, grid: Grid) -> None:
    """A section that is missing holds up its own corrections only, and is named."""
    case_id = grid.make_case()
    banner = {"case_id_trading_grid": case_id, "subject_id": case_id, **BANNER}
    desk.propose(row(1, issue(grid)), link_row(2, **banner))
    with pytest.raises(ConfigurationError, match="outbound"):
        desk.send()
    assert desk.states() == ["approved", "confirmed"]


@pytest.mark.parametrize(
    ("content", "name", "gtin", "says"),
    [
        (picture("red"), NAME, "00012345600013", "check digit"),
        (picture("red"), NAME, "12345600012", "fourteen"),
        (picture("red"), "a.png", GTIN, "ends in"),
        (picture("red"), "a/b.jpg", GTIN, "none of"),
        (b"\xff\xd8\xff" + b"0" * 10, NAME, GTIN, "JPEG"),
        (picture("red")[:-40], NAME, GTIN, "JPEG"),
        (picture("red") + b"0" * 500_000, NAME, GTIN, "at most"),
        (picture("red"), NAME, GTIN, None),
    ],
)
def test_the_catalogues_rules_are_seen_to_before(content: bytes, name: str, gtin: str, says: str | None) -> None:
    """The catalogue refuses by mail, days later; until then the partner goes on with the old one."""
    found = why_not_catalogued(content, name, gtin)
    assert found is None if says is None else says in (found or "")
