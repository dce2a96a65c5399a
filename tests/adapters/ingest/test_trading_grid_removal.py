"""What has landed from a mailbox is removed from it, where the settings allow it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from ingest.batches import decide, list_batches
from ingest.trading_grid.opening import open_drops
from ingest.trading_grid.removal import removable_files
from orchestration.keys import landing_key
from orchestration.landing import LandingConfig
from orchestration.running import run_job
from sandbox.trading_grid.mailbox_server import MailboxServer
from tests.adapters.ingest.mailboxes import ACKS, ANSWERS, MAPPING, connected, opened, put, quick
from tests.adapters.ingest.stand_ins import land_all, landed_rows
from tests.unit.ingest.test_x12 import SET_997, envelope


def test_only_what_landed_whole_is_removed_and_only_when_it_is_unchanged(
    tmp_path: Path, mailbox: MailboxServer
) -> None:
    """Mailboxes forget after 45 days: what is removed unread, or in quarantine, comes from nowhere again."""
    put(mailbox, "ack1.csv", ACKS)
    put(mailbox, "ack2.csv", ACKS)
    put(mailbox, "ack_bad.csv", ACKS + b"3,P,noon\n")
    put(mailbox, "answers.edi", ANSWERS)
    put(mailbox, "refused.edi", ANSWERS.replace(b"GS*FA", b"TA1*000000901*260312*1015*R*006~\nGS*FA"))
    put(mailbox, "order.edi", envelope(("850", ("BEG*00",)), ("997", SET_997), control="000000907"))
    put(mailbox, "unknown.bin", b"?")
    changed = put(mailbox, "ack_changed.csv", ACKS.replace(b"1,P", b"7,P"))
    settings = connected(tmp_path, mailbox, delete_after_landing=True)
    store = opened(settings)
    box = quick(settings)
    source = open_drops(settings, store, box)
    landed = land_all(source, store)
    claims = [batch.claim for batch in landed["functional_acknowledgements"]]
    assert any("refused.edi: 1 segments TA1 outside of a set, kept and not read" in claim.detail for claim in claims)
    assert mailbox.removed == []
    changed.write_bytes(ACKS + b"8,P,2026-03-12T10:00:00Z\n")
    words = box.remove(source.whole_files)
    assert "ack_changed.csv was not removed: it is not the file that was copied" in words
    left = sorted(path.name for path in (mailbox.root / "POLLABLE").iterdir())
    assert left == ["ack_bad.csv", "ack_changed.csv", "order.edi", "refused.edi", "unknown.bin"]


def test_a_file_without_a_time_stays(tmp_path: Path, mailbox: MailboxServer) -> None:
    """Answers of one partner are of one size: the next one under the same name would be removed unread."""
    mailbox.undated.add("answers.edi")
    put(mailbox, "answers.edi", ANSWERS)
    settings = connected(tmp_path, mailbox, delete_after_landing=True)
    store, box = opened(settings), quick(settings)
    source = open_drops(settings, store, box)
    landed = land_all(source, store)
    assert sum(batch.rows for batch in landed["functional_acknowledgements"]) == 3
    put(mailbox, "answers.edi", ANSWERS.replace(b"000000905", b"000000906"))
    words = box.remove(source.whole_files)
    assert words == ["answers.edi was not removed: the service does not say when it was written"]
    assert mailbox.removed == []


def test_a_file_that_may_be_cut_stays(tmp_path: Path, mailbox: MailboxServer) -> None:
    """An upload that broke off and is removed can never be read whole."""
    put(mailbox, "ack_cut.csv", ACKS[:-1])
    put(mailbox, "ack_whole.csv", ACKS.replace(b"1,P", b"3,P").replace(b"2,P", b"4,P"))
    settings = connected(tmp_path, mailbox)
    store, box = opened(settings), quick(settings)
    source = open_drops(settings, store, box)
    land_all(source, store)
    removable, _ = removable_files(store, source)
    assert [file.name for file in removable] == ["ack_whole.csv"]


def test_equal_bytes_under_two_names_are_read_as_each_name_says(tmp_path: Path, mailbox: MailboxServer) -> None:
    """A mapping may say whose export it is: one that is left out is a partner who never answered, and is deleted."""
    settings = connected(tmp_path, mailbox, delete_after_landing=True)
    acks = b"id,at\n1,2026-03-12T10:00:00Z\n"
    for name in ("x", "y"):
        own = MAPPING.replace('partner_id = "partner"\n', "").replace("*ack*", f"{name}_ack*")
        (tmp_path / f"{name}.toml").write_text(f'{own}partner_id = "{name}"\n', encoding="utf-8")
    assert settings.trading_grid is not None
    drops = (tmp_path / "x.toml", tmp_path / "y.toml")
    settings = settings.model_copy(update={"trading_grid": settings.trading_grid.model_copy(update={"drops": drops})})
    for name in ("a_backup_of_x.csv", "x_ack.csv", "x_ack_again.csv", "y_ack.csv"):
        put(mailbox, name, acks)
    put(mailbox, "x_ack_bad.csv", acks + b"2,noon\n")
    put(mailbox, "y_ack_bad.csv", acks + b"2,noon\n")
    store, box = opened(settings), quick(settings)
    source = open_drops(settings, store, box)
    assert source.whole_files == ()
    land_all(source, store)
    landed = landed_rows(store, "trading_grid", "acknowledgements")
    assert sorted((row["acknowledgement_id"], row["partner_id"]) for row in landed) == [("1", "x"), ("1", "y")]
    removable, _ = removable_files(store, source)
    box.remove(removable)
    left = sorted(path.name for path in (mailbox.root / "POLLABLE").iterdir())
    assert left == ["a_backup_of_x.csv", "x_ack_bad.csv", "y_ack_bad.csv"]


def test_a_run_of_dagster_may_name_a_folder(
    tmp_path: Path, mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command can land, the schedule cannot, so that somebody lands it by hand every day."""
    settings = installed(tmp_path, mailbox, monkeypatch)
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops" / "ack.csv").write_bytes(ACKS)
    keys = [landing_key("trading_grid", "acknowledgements")]
    config = {"land_trading_grid": {"config": {"folder": str(tmp_path / "drops")}}}
    assert run_job("ingest_trading_grid", settings.home, selection=keys, config=config).success
    assert len(landed_rows(opened(settings), "trading_grid", "acknowledgements")) == 2
    with pytest.raises(ConfigurationError, match="a system that writes no files"):
        LandingConfig(folder="x").source(settings, "cloudinary", opened(settings))


def installed(tmp_path: Path, mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation in the working folder that removes what has landed, and the settings of its commands."""
    settings = connected(tmp_path, mailbox)
    section = settings.trading_grid.mailbox if settings.trading_grid else None
    assert section is not None
    (tmp_path / "assettrail.toml").write_text(
        f"""
home = "{settings.home}"
[keys]
folder = "{settings.keys.folder}"
[trading_grid]
drops = ["{tmp_path}/m.toml"]
[trading_grid.partner_zones]
"01:123456789" = "America/New_York"
[trading_grid.mailbox]
host = "127.0.0.1"
port = {mailbox.port}
user = "{mailbox.user}"
host_key = "{mailbox.host_key_line}"
folders = ["POLLABLE"]
delete_after_landing = true
""",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_TRADING_GRID__MAILBOX__PASSWORD", mailbox.password)
    return settings


HELD = b"id,partner,at\n9,P,2026-03-12T10:00:00Z\n9,P,2026-03-12T11:00:00Z\n"
"""One acknowledgement that was given at two instants: the gate holds it."""


def ingested() -> Result:
    """What `assettrail ingest trading_grid --mailbox` did."""
    return CliRunner().invoke(application, ["ingest", "trading_grid", "--mailbox"])


def decided(settings: Settings, decision: str) -> None:
    """Decide on the one batch that is held."""
    store = opened(settings)
    (held,) = [str(batch.load_id) for batch in list_batches(store) if batch.outcome == "held"]
    decide(store, held, decision, "Ada", "looked at it")


def test_the_command_lands_a_mailbox_and_removes_where_it_may(
    tmp_path: Path, mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way that an operator goes: settings, check, ingest; and nothing is removed while a batch is held."""
    settings = installed(tmp_path, mailbox, monkeypatch)
    put(mailbox, "ack.csv", ACKS)
    checked = CliRunner().invoke(application, ["sources", "check", "trading_grid"])
    assert checked.exit_code == 0, checked.output
    landed = ingested()
    assert landed.exit_code == 0, (landed.output, landed.exception)
    assert "ack.csv was removed" in landed.output
    assert mailbox.removed == ["POLLABLE/ack.csv"]
    put(mailbox, "ack_held.csv", HELD)
    held = ingested()
    assert held.exit_code != 0
    assert "held at the landing gate" in str(held.exception)
    put(mailbox, "ack_held_again.csv", HELD + b"\n")
    put(mailbox, "answers.edi", envelope(("997", SET_997)))
    after = ingested()
    assert after.exit_code == 0, "what is held is not new, so that nothing else is held"
    assert "answers.edi was removed" in after.output
    assert "ack_held.csv was not removed: the batch" in after.output
    assert "ack_held_again.csv was not removed: the batch" in after.output
    assert mailbox.removed == ["POLLABLE/ack.csv", "POLLABLE/answers.edi"]
    decided(settings, "accepted")
    assert "ack_held.csv was removed" in ingested().output
    assert mailbox.removed[2:] == ["POLLABLE/ack_held.csv", "POLLABLE/ack_held_again.csv"]
    assert mailbox.password not in checked.output + landed.output + held.output + after.output


def test_what_was_rejected_lands_again_from_the_file_that_stayed(
    tmp_path: Path, mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is removed while somebody makes up their mind is gone when they say no."""
    settings = installed(tmp_path, mailbox, monkeypatch)
    put(mailbox, "ack_held.csv", HELD)
    ingested()
    ingested()
    decided(settings, "rejected")
    again = ingested()
    assert "held at the landing gate" in str(again.exception), "its rows are new once more"
    assert mailbox.removed == []
    decided(settings, "rejected")
    store, source = opened(settings), open_drops(settings, opened(settings), quick(settings))
    source.extract("acknowledgements", None)
    removable, staying = removable_files(store, source)
    assert removable == ()
    assert "rows of it stand in the rejected batch" in staying[0]
    ingested()
    decided(settings, "accepted")
    assert "ack_held.csv was removed" in ingested().output, "what a later batch landed was not lost with the first"
