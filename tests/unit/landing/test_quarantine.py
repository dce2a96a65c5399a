"""The quarantine for people: what was refused is found again, names nobody when shown, and lands once."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.command_line.application import application
from assettrail.errors import AssettrailError, ContractBroken, EvidenceBroken, RecordRejected
from ingest.batches import decide
from ingest.extract import Claim, Extract
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.quarantine import QuarantinedRecord, find_record, list_quarantine, masked, refused_part, show_record
from ingest.quarantine_readers import reader_of
from ingest.quarantine_replay import ReadAgain, replay
from ingest.reading import Reading
from ingest.schema import stream_schema
from tests.unit.landing.stores import (
    EVENTS,
    NOON,
    STATES,
    accept,
    access,
    community,
    extract_of,
    hold,
    open_store,
    settings_in,
)

PAGE = {"records": [access(1), {**access(2), "kind": 7}, access(3)], "total": 3}


def read_page(data: bytes, raw_hash: str) -> Reading:
    """The readers of the tests: a kind that is no text is refused."""
    reading = Reading()

    def read(item: object) -> list[dict[str, object]]:
        assert isinstance(item, dict)
        if not isinstance(item["kind"], str):
            raise RecordRejected("to read an access", "a kind that is no text", "text", "ask the source")
        return [item]

    reading.read_each(json.loads(data)["records"], read, "https://grid.test/a", raw_hash)
    return reading


def fixed(record: QuarantinedRecord, _: bytes, part: bytes | None) -> Reading:
    """The same after a fix: a number is a kind, too."""
    assert part is not None
    item = json.loads(part)
    reading = Reading()
    reading.add([{**item, "kind": str(item["kind"])}], record.source_uri, record.raw_hash)
    return reading


def with_a_refused_record(store: LandingStore) -> str:
    """Land the page; return its raw hash."""
    raw_hash = store.put_raw(json.dumps(PAGE).encode())
    reading = read_page(json.dumps(PAGE).encode(), raw_hash)
    land(store, EVENTS, Extract(reading.rows, reading.quarantined, extract_of([]).claim, {"n": 1}), accept)
    return raw_hash


def records(store: LandingStore) -> list[QuarantinedRecord]:
    return list_quarantine(store, store.ledger)


def always(reader: ReadAgain) -> Callable[[str, str], ReadAgain]:
    return lambda _system, _stream: reader


def rows_in(store: LandingStore) -> int:
    store.ledger.refresh()
    return sum(batch.leaf.rows for batch in store.ledger.batches())


def test_a_record_that_is_readable_now_lands_once_and_moves_no_cursor(tmp_path: Path) -> None:
    """Records that a wrong mapping refused would be lost for ever, or doubled by a second attempt."""
    store = open_store(tmp_path)
    with_a_refused_record(store)
    assert [each.state for each in records(store)] == ["open"]
    (done,) = replay(store, records(store), always(fixed), accept)
    assert done.landed is not None
    assert (done.readable, done.unreadable, done.landed.rows) == (1, 0, 1)
    assert not done.landed.claim.complete
    assert done.landed.claim.detail.startswith(f"replay of quarantine {records(store)[0].load_id}: 1 of 1 ")
    (record,) = records(store)
    assert (record.state, record.replayed_with) == ("replayed", done.landed.load_id)
    assert store.cursor("trading_grid", "accesses") == {"n": 1}
    size = store.log.checkpoint().size
    assert replay(store, records(store), always(fixed), accept) == []
    assert (store.log.checkpoint().size, rows_in(store)) == (size, 3)


def test_what_is_still_unreadable_stays_open_without_a_new_claim(tmp_path: Path) -> None:
    """A record that is marked as read and was not is missing in every report, and nobody looks any more."""
    store = open_store(tmp_path)
    with_a_refused_record(store)
    size = store.log.checkpoint().size
    same = lambda record, data, _part: read_page(data, record.raw_hash)  # noqa: E731 - the reader that refused it
    (done,) = replay(store, records(store), always(same), accept)
    assert (done.readable, done.unreadable, done.landed) == (0, 1, None)
    assert [each.state for each in records(store)] == ["open"]
    assert store.log.checkpoint().size == size


def test_a_row_that_landing_refused_is_read_again_too(tmp_path: Path) -> None:
    """A type that only landing knows refuses a row whose bytes are no part of the raw object."""
    store = open_store(tmp_path)
    raw_hash = store.put_raw(b"a page")
    wrong = Reading()
    wrong.add([{**access(1), "kind": 7}], "https://grid.test/a", raw_hash)
    land(store, EVENTS, Extract(wrong.rows, [], extract_of([]).claim, None), accept)
    (record,) = records(store)
    assert refused_part(b"a page", record) is None
    (done,) = replay(store, [record], always(lambda *_: wrong), accept)
    assert (done.readable, done.landed) == (0, None)
    sound = Reading()
    sound.add([access(1)], "https://grid.test/a", raw_hash)
    (done,) = replay(store, [record], always(lambda *_: sound), accept)
    assert (done.readable, records(store)[0].state) == (1, "replayed")


def test_streams_that_were_refused_in_turn_are_read_once(tmp_path: Path) -> None:
    """A quarantine of many ingests would be read as often as there were ingests, and each reason told so often."""
    store = open_store(tmp_path)
    read: list[str] = []
    for number in range(3):
        for schema in (EVENTS, STATES):
            raw_hash = store.put_raw(f"{schema.name} {number}".encode())
            refused = Reading()
            refused.refuse_whole(RecordRejected("to read", "x", "y", "z"), "https://grid.test/a", raw_hash)
            land(store, schema, Extract([], refused.quarantined, extract_of([]).claim, None), accept)

    def unread(record: QuarantinedRecord, _data: bytes, _part: bytes | None) -> Reading:
        read.append(record.raw_hash)
        reading = Reading()
        reading.refuse_whole(RecordRejected("to read", "x", "y", "z"), record.source_uri, record.raw_hash)
        return reading

    assert len(replay(store, records(store), always(unread), accept)) == 6
    assert sorted(read) == sorted(record.raw_hash for record in records(store))


def test_an_old_description_does_not_come_back_as_the_newest(tmp_path: Path) -> None:
    """A replayed state would overwrite what the vendor has said of the same thing since."""
    store = open_store(tmp_path)
    raw_hash = store.put_raw(json.dumps({"records": [community(1), community(2)]}).encode())
    refused = Reading()
    for number, item in enumerate([community(1), community(2)]):
        excerpt = json.dumps(item, sort_keys=True, separators=(",", ":")).encode()
        refused.refuse(RecordRejected("to read", "x", "y", "z"), "https://grid.test/c", raw_hash, number, excerpt)
    land(store, STATES, Extract([], refused.quarantined, extract_of([]).claim, None), accept)
    land(store, STATES, extract_of([community(1, name="a newer name")]), accept)

    def read(record: QuarantinedRecord, _: bytes, part: bytes | None) -> Reading:
        reading = Reading()
        reading.add([json.loads(part or b"")], record.source_uri, record.raw_hash)
        return reading

    (done,) = replay(store, records(store), always(read), accept)
    assert done.landed is not None
    assert (done.readable, done.landed.rows, done.landed.claim.first) == (2, 1, "C-2")
    assert {each.state for each in records(store)} == {"replayed"}


def test_a_replay_whose_batch_is_rejected_is_open_again(tmp_path: Path) -> None:
    """Rows that a person kept out are in no report: their records still need somebody."""
    store = open_store(tmp_path)
    with_a_refused_record(store)
    (done,) = replay(store, records(store), always(fixed), hold)
    assert done.landed is not None
    assert records(store)[0].state == "replayed"
    decide(store, str(done.landed.load_id), "rejected", "Ann", "the fix was wrong")
    assert records(store)[0].state == "open"


def test_a_notification_is_verified_with_todays_secret(tmp_path: Path) -> None:
    """A message that came while the wrong secret was set never comes again: only its sealed bytes are left."""
    store = open_store(tmp_path)
    body = json.dumps({"notification_type": "upload", "timestamp": "2026-02-01T10:00:00Z", "asset_id": "a"}).encode()
    stamp = str(int(NOON.timestamp()))
    message = {
        "signed_payload": base64.urlsafe_b64encode(body).decode().rstrip("="),
        "timestamp": stamp,
        "signature": sha256(body + stamp.encode() + b"right").hexdigest(),
    }
    line = json.dumps(message, sort_keys=True, separators=(",", ":")).encode()
    raw_hash = store.put_raw(b"\n".join([b"{}", line]))
    refused = Reading()
    error = RecordRejected("to verify", "another signature", "ours", "set the secret")
    refused.refuse(error, "cloudinary://c/notifications/ours", raw_hash, 3, line)
    schema = stream_schema("cloudinary", "notifications")
    window = Claim(NOON - timedelta(days=1), NOON, False, "unknown", "1 message could not be verified")
    land(store, schema, Extract([], refused.quarantined, window, None), accept)

    def replayed_with(secret: str) -> int:
        section = CloudinarySettings(cloud_name="c", api_key="k", api_secret=secret)
        settings = settings_in(tmp_path).model_copy(update={"cloudinary": section})
        (done,) = replay(store, records(store), reader_of(settings, store), accept)
        return done.readable

    assert replayed_with("wrong") == 0
    assert replayed_with("right") == 1
    assert store.ledger.of_stream("cloudinary", "notifications")[-1].leaf.claim.window_from == window.window_from


def test_a_stream_that_cannot_be_read_alone_costs_only_itself(tmp_path: Path) -> None:
    """One stream without a way back must not keep the records of all others in quarantine."""
    store = open_store(tmp_path)
    raw_hash = store.put_raw(b'{"data":[{"id":"r"}]}')
    refused = Reading()
    refused.refuse(RecordRejected("to read", "x", "y", "z"), "https://exstream.test/design", raw_hash, 0, b'{"id":"r"}')
    schema = stream_schema("exstream", "resource_references")
    land(store, schema, Extract([], refused.quarantined, extract_of([]).claim, None), accept)
    (done,) = replay(store, records(store), reader_of(settings_in(tmp_path), store), accept)
    assert (done.readable, records(store)[0].state) == (0, "open")
    assert "assettrail ingest exstream" in str(done.why_not)


@pytest.mark.parametrize(
    ("system", "stream", "excerpt"),
    [
        (
            "exstream",
            "communications",
            json.dumps(
                {
                    "communication_id": "COM-1",
                    "recipient_id": "Jane Roe",
                    "profile": {"name": "Jane Roe", "segment": "gold"},
                    "renderings": [{"rendering_id": "r", "selection": {"inputs": {"who": "Jane Roe"}}}],
                }
            ),
        ),
        ("exstream", "asset_uses", '{"communication_id":"COM-1","recipient_id":"Jane Roe","note":"for Jane Roe'),
        ("exstream", "renderings", '{"communication_id":"COM-1", "recipient_id" : "Jane Roe", "x": [1, Jane Roe'),
        ("exstream", "delivery_outputs", '<key name="Jane Roe">Jane Roe</key><customer number="COM-1'),
        ("exstream", "engine_messages", "EX000123E for jane.roe@example.test"),
        ("trading_grid", "cases", '{"subject":"call jane.roe@example.test"}'),
    ],
)
def test_a_shown_excerpt_names_no_recipient(system: str, stream: str, excerpt: str) -> None:
    """Whoever looks at a broken line must not read the customer's name in it, however broken it is."""
    shown = masked(system, stream, excerpt.encode()).lower()
    assert "jane" not in shown
    assert "roe" not in shown
    assert shown
    if stream in {"communications", "asset_uses", "renderings"}:
        assert "com-1" in shown


def test_a_line_is_found_by_its_hash_wherever_it_lies(tmp_path: Path) -> None:
    """An offset that counts records must not lead to the wrong bytes."""
    data = b"first\r\nsecond\nthird"
    store = open_store(tmp_path)
    raw_hash = store.put_raw(data)
    for offset, line in ((7, b"second"), (99, b"third"), (0, b"first")):
        reading = Reading()
        reading.refuse(RecordRejected("to read", "x", "y", "z"), "uri", raw_hash, offset, line)
        (refused,) = reading.quarantined
        land(store, EVENTS, Extract([], [refused], extract_of([]).claim, None), accept)
    assert [refused_part(data, record) for record in records(store)] == [b"second", b"third", b"first"]


def test_the_commands_list_and_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record in quarantine that nobody can look at is a record that is lost."""
    store = open_store(tmp_path)
    with_a_refused_record(store)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(store.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    (record,) = records(store)
    for secret in ("log.key", "pseudonym.key"):
        (tmp_path / "keys" / secret).rename(tmp_path / secret)
    shown = CliRunner().invoke(application, ["quarantine", "show", record.record_id[:8]], catch_exceptions=False)
    assert '"access_id":"A-2"' in shown.stdout
    assert "a kind that is no text" in shown.stdout
    (tmp_path / "keys" / "raw.key").rename(tmp_path / "raw.key")
    listed = CliRunner().invoke(application, ["quarantine", "list", "--open", "--json"], catch_exceptions=False)
    assert [each["record_id"] for each in json.loads(listed.stdout)] == [record.record_id]
    with pytest.raises(AssettrailError, match=r"raw\.key"):
        CliRunner().invoke(application, ["quarantine", "show", record.record_id], catch_exceptions=False)
    other = ["quarantine", "list", "--stream", "trading_grid/cases"]
    assert len(CliRunner().invoke(application, other, catch_exceptions=False).stdout.splitlines()) == 2
    with pytest.raises(AssettrailError, match="no stream of that name"):
        CliRunner().invoke(application, ["quarantine", "list", "--stream", "trading_grid/x"], catch_exceptions=False)


def test_an_id_that_is_none_and_a_file_that_is_gone_are_told(tmp_path: Path) -> None:
    """A quarantine that lost a file must not look like an empty one."""
    store = open_store(tmp_path)
    with_a_refused_record(store)
    (record,) = records(store)
    with pytest.raises(ContractBroken, match="0 of that id"):
        find_record([record], "zz")
    (sealed,) = (store.home / "raw").rglob("*.sealed")
    sealed.unlink()
    with pytest.raises(EvidenceBroken):
        show_record(record, store.raw)
    store.quarantine_path("trading_grid", "accesses", record.load_id).unlink()
    with pytest.raises(EvidenceBroken, match="no file"):
        records(store)
