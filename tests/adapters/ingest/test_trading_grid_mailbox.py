"""Dropped files and X12 answers from a folder and from a mailbox over real SFTP, as far as the landing."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import threading
import time
from pathlib import Path

import asyncssh
import pytest
from pydantic import SecretStr

from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from ingest.landing_store import LandingStore
from ingest.sources import check_source, open_source
from ingest.trading_grid import mailbox as mailbox_module
from ingest.trading_grid.drop_source import DropSource, LocalFolder, Taken
from ingest.trading_grid.opening import open_drops
from ingest.trading_grid.x12_rows import SET_TYPES
from sandbox.trading_grid.mailbox_server import MailboxServer, running_mailbox
from tests.adapters.ingest.mailboxes import ACKS, ANSWERS, connected, opened, put, quick
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows
from tests.unit.ingest.test_x12 import SET_824, envelope


def test_a_mailbox_lands_once_and_keeps_its_files(tmp_path: Path, mailbox: MailboxServer) -> None:
    """An answer that lands twice counts twice; a file that is removed before its leaf is lost."""
    put(mailbox, "%ack1.csv", ACKS)
    put(mailbox, "%A1.edi", ANSWERS)
    settings = connected(tmp_path, mailbox)
    store = opened(settings)
    source = open_drops(settings, store, quick(settings))
    landed = land_all(source, store)
    assert {stream: sum(batch.rows for batch in batches) for stream, batches in landed.items()} == {
        "acknowledgements": 2,
        "functional_acknowledgements": 3,
        "application_advices": 2,
    }
    assert not any(batch.unreadable or batch.claim.complete for batches in landed.values() for batch in batches)
    assert {batch.claim.how for batches in landed.values() for batch in batches} == {"unknown"}
    again = land_all(open_drops(settings, store, quick(settings)), store)
    assert {batch.rows for batches in again.values() for batch in batches} == {0}
    assert mailbox.removed == []
    assert len(list((mailbox.root / "POLLABLE").iterdir())) == 2
    (row, *_) = landed_rows(store, "trading_grid", "application_advices")
    assert store.raw.get(row["_raw_hash"]) == ANSWERS


def test_a_file_under_two_names_is_one_set_of_events(tmp_path: Path, mailbox: MailboxServer) -> None:
    """A partner who sends a file again under another name has not acknowledged twice."""
    settings = connected(tmp_path, mailbox)
    store = opened(settings)
    put(mailbox, "ack1.csv", ACKS)
    put(mailbox, "ack2.csv", ACKS)
    put(mailbox, "broken_ack1.csv", b"id,partner,at\n9,P,noon\n")
    first = land_all(open_drops(settings, store, quick(settings)), store)["acknowledgements"]
    put(mailbox, "ack3.csv", ACKS)
    put(mailbox, "broken_ack2.csv", b"id,partner,at\n9,P,noon\n")
    put(mailbox, "ack4.csv.gz", gzip.compress(ACKS))
    second = land_all(open_drops(settings, store, quick(settings)), store)["acknowledgements"]
    assert [batch.rows for batch in [*first, *second]] == [2, 0]
    assert [batch.quarantined for batch in [*first, *second]] == [1, 0]


def test_another_host_key_is_refused_before_the_password_is_sent(tmp_path: Path, mailbox: MailboxServer) -> None:
    """Whoever stands between would read the mailbox's password and make up acknowledgements."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    settings = connected(tmp_path, mailbox, host_key=other)
    with pytest.raises(ConfigurationError, match="another host key"):
        quick(settings).count()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        quick(connected(tmp_path, mailbox, host_key="any")).count()


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"password": SecretStr("wrong")}, ConfigurationError, "refuses"),
        ({"user": "OTHER"}, ConfigurationError, "refuses"),
        ({"folders": ("GONE",)}, ConfigurationError, "No such file"),
        ({"port": 1}, TransientSourceError, "ConnectionRefused"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, mailbox: MailboxServer, changes: dict[str, object], kind: type[AssettrailError], reason: str
) -> None:
    """A mailbox that cannot be read must not look like an empty one; the password is in no message."""
    with pytest.raises(kind, match=reason) as found:
        quick(connected(tmp_path, mailbox, **changes)).count()
    assert mailbox.password not in str(found.value)
    assert "wrong" not in str(found.value).replace("what is wrong", "")


def test_a_private_key_signs_in(tmp_path: Path) -> None:
    """Many mailboxes know no passwords."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    file = tmp_path / "id"
    file.write_bytes(key.export_private_key())
    file.chmod(0o600)
    (tmp_path / "root" / "POLLABLE").mkdir(parents=True)
    served = MailboxServer(tmp_path / "root", authorized_key=key.convert_to_public())
    with running_mailbox(served):
        put(served, "ack.csv", ACKS)
        settings = connected(tmp_path, served, password=None, private_key_file=file)
        assert quick(settings).count() == 1
        report = check_source(settings, "trading_grid")
        assert report.facts()["files in the mailbox"] == 1


def test_a_silent_service_is_left_in_time(tmp_path: Path, mailbox: MailboxServer) -> None:
    """A hanging mailbox holds the streams of all others."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        changes = {"port": listener.getsockname()[1], "timeout_seconds": 0.5}
        started = time.monotonic()
        with pytest.raises(TransientSourceError):
            quick(connected(tmp_path, mailbox, **changes)).count()
        assert time.monotonic() - started < 10
    mailbox.is_silent = True
    with pytest.raises(TransientSourceError, match="Connection"):
        quick(connected(tmp_path, mailbox, timeout_seconds=0.5)).count()
    mailbox.is_silent = False


def test_a_folder_that_lists_without_end_is_left(
    tmp_path: Path, mailbox: MailboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that goes on until the deadline is gigabytes of names by then."""
    monkeypatch.setattr(mailbox_module, "_MOST_ENTRIES", 2000)
    mailbox.is_endless = True
    with pytest.raises(PermanentSourceError, match="more than 2000 entries in POLLABLE"):
        quick(connected(tmp_path, mailbox)).count()


def test_a_file_that_grows_or_is_no_file_is_left(tmp_path: Path, mailbox: MailboxServer) -> None:
    """Half a file that lands is a day with half its answers; a pipe never ends."""
    growing = put(mailbox, "ack_growing.csv", ACKS[:20])
    put(mailbox, "ack.csv.filepart", ACKS[:30])
    put(mailbox, ".ack.csv", ACKS[:30])
    (mailbox.root / "POLLABLE" / "ack_folder").mkdir()
    os.mkfifo(mailbox.root / "POLLABLE" / "ack_pipe")
    (mailbox.root / "POLLABLE" / "ack_link").symlink_to("/etc/passwd")
    settings = connected(tmp_path, mailbox)
    box = quick(settings)
    box.seconds_between_looks = 0.6
    threading.Timer(0.3, lambda: growing.write_bytes(ACKS)).start()
    taken = box.take(lambda data: "00" * 32)
    assert taken.files == []
    assert sorted(words.split(" ")[0] for words in taken.doubts) == [
        ".ack.csv",
        "ack.csv.filepart",
        "ack_growing.csv",
    ]


def test_hostile_names_stay_names(tmp_path: Path, mailbox: MailboxServer) -> None:
    """A name that is a path must not become one; it is shown and stored as it is."""
    for number, name in enumerate(("%2f..%2fack", "ack;rm -rf .csv", "ack\u202egpj.csv", "ack'--.csv"), start=10):
        put(mailbox, name, ACKS.replace(b"1,P", f"{number},P".encode()))
    strange = os.fsencode(mailbox.root / "POLLABLE") + b"/ack\xff.csv"
    Path(os.fsdecode(strange)).write_bytes(ACKS.replace(b"1,P", b"20,P"))
    settings = connected(tmp_path, mailbox)
    store = opened(settings)
    landed = land_all(open_drops(settings, store, quick(settings)), store)
    assert sum(batch.rows for batch in landed["acknowledgements"]) == 6
    again = land_all(folder_source(settings, store, mailbox.root / "POLLABLE"), store)
    assert [batch.rows for batch in again["acknowledgements"]] == [0]
    assert not (tmp_path / "ack").exists()


def folder_source(settings: Settings, store: LandingStore, folder: Path) -> DropSource:
    return open_drops(settings, store, LocalFolder(folder, pause=lambda _seconds: None))


def test_a_folder_is_read_by_its_mappings_and_nothing_in_it_is_touched(tmp_path: Path) -> None:
    """The folder belongs to whoever fills it."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "ack.csv").write_bytes(ACKS)
    (folder / "answers").write_bytes(b"\n" + ANSWERS)
    (folder / "readme.txt").write_text("hello", encoding="utf-8")
    (folder / "below").mkdir()
    (folder / "ack_link").symlink_to(tmp_path / "nowhere")
    (folder / os.fsdecode(b"note\xff")).write_bytes(b"?")
    before = {path.name: (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in folder.iterdir()}
    settings = connected(tmp_path, None)
    store = opened(settings)
    landed = land_all(folder_source(settings, store, folder), store)
    assert [sum(batch.rows for batch in batches) for batches in landed.values()] == [2, 3, 2]
    assert "readme.txt: no mapping names it" in landed["acknowledgements"][0].claim.detail
    assert {path.name: (path.lstat().st_mtime_ns, path.lstat().st_mode) for path in folder.iterdir()} == before
    with pytest.raises(ConfigurationError, match="No such file"):
        folder_source(settings, store, tmp_path / "gone").extract("acknowledgements", None)
    assert stat.S_ISDIR(folder.stat().st_mode)


@pytest.mark.parametrize("swapped", ["link", "pipe", "larger"])
def test_a_file_that_becomes_another_one_meanwhile_is_left(tmp_path: Path, swapped: str) -> None:
    """Between look and copy a link leads to our keys, a pipe never ends, and a file grows beyond the memory."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "ack_1.csv").write_bytes(ACKS)
    late = folder / "ack_2.csv"
    late.write_bytes(ACKS.replace(b"1,P", b"7,P"))

    def keep_and_swap(data: bytes) -> str:
        late.unlink(missing_ok=True)
        if swapped == "pipe":
            os.mkfifo(late)
        elif swapped == "link":
            (tmp_path / "raw.key").write_bytes(b"k" * 32)
            late.symlink_to(tmp_path / "raw.key")
        else:
            late.write_bytes(ACKS * 3)
        return hashlib.sha256(data).hexdigest()

    taken = LocalFolder(folder, pause=lambda _seconds: None).take(keep_and_swap)
    assert [file.name for file in taken.files] == ["ack_1.csv"]
    told = {"link": "a symbolic link", "pipe": "a pipe, device or folder", "larger": "changed while it was copied"}
    (doubt,) = taken.doubts
    assert told[swapped] in doubt


def test_damage_goes_to_quarantine_once_and_the_rest_lands(tmp_path: Path) -> None:
    """A cut interchange, and one of a partner whose zone is unknown, are told and not guessed."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "cut").write_bytes(ANSWERS[: ANSWERS.index(b"GE*")])
    (folder / "zone").write_bytes(envelope(("824", SET_824), sender="ZZ*NOBODY", control="000000911"))
    settings = connected(tmp_path, None)
    store = opened(settings)
    landed = land_all(folder_source(settings, store, folder), store)
    told = {stream: (sum(b.rows for b in found), sum(b.quarantined for b in found)) for stream, found in landed.items()}
    assert told == {
        "acknowledgements": (0, 0),
        "functional_acknowledgements": (3, 1),
        "application_advices": (2, 1),
    }


@pytest.mark.parametrize(
    ("content", "advised", "told"),
    [
        (ANSWERS + b"ISA*\n" * 10_001, 2, "parts that cannot be read"),
        (
            envelope(("997", ("AK1*RC",)), ("824", SET_824[:3])) * 10_001,
            10_003,
            "records that cannot be read; the first: ",
        ),
    ],
    ids=["envelopes", "sets"],
)
def test_a_file_of_broken_answers_is_one_refusal(tmp_path: Path, content: bytes, advised: int, told: str) -> None:
    """What is refused as a whole lands in no part, costs no other file, and is one entry of a stream to look at."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "broken").write_bytes(content)
    (folder / "sound").write_bytes(ANSWERS)
    settings = connected(tmp_path, None)
    source = folder_source(settings, opened(settings), folder)
    read = {stream: source.extract(stream, None) for stream in source.streams()}
    assert [len(read[stream].rows) for stream in SET_TYPES] == [3, advised]
    assert [len(read[stream].quarantined) for stream in SET_TYPES] == [1, int(advised == 2)]
    assert told in read["functional_acknowledgements"].quarantined[0].reason
    assert "broken: the whole file is in quarantine" in read["functional_acknowledgements"].claim.detail
    assert [file.name for file in source.whole_files] == ["sound"]


def test_what_stands_in_the_place_of_a_type_is_told_by_its_form(tmp_path: Path) -> None:
    """A text of a partner's, a name in it, stood in the claim and with it in the log, a megabyte long if need be."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "other").write_bytes(envelope(("850", ("BEG*00",)), ("canary@example.com " * 2000, ("BEG*00",))))
    settings = connected(tmp_path, None)
    claim = folder_source(settings, opened(settings), folder).extract("functional_acknowledgements", None).claim
    assert "1 sets of type 850, kept and not read" in claim.detail
    assert "canary" not in claim.detail
    assert len(claim.detail) < 1000


def test_streams_of_service_and_mailbox_stand_beside_each_other(tmp_path: Path, mailbox: MailboxServer) -> None:
    """An installation without a REST service still reads its mailbox, in the same job."""
    put(mailbox, "answers.edi", ANSWERS)
    settings = connected(tmp_path, mailbox)
    store = opened(settings)
    source = open_source(settings, "trading_grid", store)
    assert source.streams() == ("acknowledgements", "functional_acknowledgements", "application_advices")
    assert len(source.extract("application_advices", None).rows) == 2


def test_a_stream_of_service_and_mailbox_is_read_from_both(
    sandbox: Sandbox, tmp_path: Path, mailbox: MailboxServer
) -> None:
    """A partner's exports that nobody reads because the service has a stream of the same name."""
    section = connected(tmp_path, mailbox).trading_grid
    assert section is not None
    joined = TradingGridSettings(
        **sandbox.endpoints["trading_grid"], drops=(*section.drops, cases_mapping(tmp_path)), mailbox=section.mailbox
    )
    settings = connected(tmp_path, mailbox).model_copy(
        update={"trading_grid": joined, "clock_url": sandbox.endpoints["clock_url"]}
    )
    sandbox.write_trading_grid("communities", {"communityId": "nord", "name": "nord"})
    sandbox.write_trading_grid("partners", {"partnerId": "P", "name": "P"})
    sandbox.write_trading_grid("acknowledgements", {"acknowledgementId": "A", "kind": "portal", "partnerId": "P"})
    case = {"caseId": "K", "communityId": "nord", "partnerId": "P", "subject": "crop", "status": "open"}
    sandbox.write_trading_grid("cases", case)
    put(mailbox, "ack.csv", ACKS)
    put(mailbox, "cases.csv", b"id,community,partner,at,status\nK,nord,P,2025-12-01T10:00:00Z,draft\n")
    store = opened(settings)
    first = land_all(open_source(settings, "trading_grid", store), store)
    files, service = first["acknowledgements"]
    assert [files.rows, service.rows] == [2, 1]
    assert [files.claim.how, service.claim.how] == ["unknown", "equal_counts"]
    assert "2 files, 2 of them different" in files.claim.detail
    assert {row["acknowledgement_id"] for row in landed_rows(store, "trading_grid", "acknowledgements")} == {
        "1",
        "2",
        "A",
    }
    assert [batch.rows for batch in first["cases"]] == [1, 1]
    assert [batch.rows for batch in first["application_advices"]] == [0]
    sandbox.set_clock("2026-01-02T00:00:00Z")
    again = land_all(open_source(settings, "trading_grid", store), store)
    assert [batch.rows for batches in again.values() for batch in batches] == [0] * sum(map(len, again.values()))
    cursor = store.cursor("trading_grid", "cases")
    assert cursor is not None
    assert str(cursor["window_to"]).startswith("2026-01-02"), "files leave the service's cursor as it was"


def cases_mapping(folder: Path) -> Path:
    """A mapping of a partner's list of cases."""
    (folder / "cases.toml").write_text(
        """
system = "trading_grid"
stream = "cases"
files = "cases*"
format = "csv"
[columns]
case_id = "id"
community_id = "community"
partner_id = "partner"
opened_at_raw = "at"
updated_at_raw = "at"
status = "status"
""",
        encoding="utf-8",
    )
    return folder / "cases.toml"


def test_nothing_taken_is_a_claim_too(tmp_path: Path) -> None:
    """An empty folder says that nothing was there, and that this proves nothing."""

    class Empty:
        def take(self, keep_raw: object) -> Taken:
            """Nothing."""
            return Taken()

    settings = connected(tmp_path, None)
    store = opened(settings)
    extract = open_drops(settings, store, Empty()).extract("acknowledgements", {"watermark": "x"})
    assert (extract.records, extract.claim.complete, extract.cursor) == (0, False, {"watermark": "x"})
