"""Raw bytes that are kept for as long as the setting says: what goes, what stays, and what tells of it."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import EvidenceBroken, TransientSourceError
from evidence.leaves import RawRemovalLeaf, decode_leaf, encode_leaf
from evidence.log_reader import LogReader
from evidence.raw_files import kept_hashes, remove_files
from evidence.raw_removals import RawRemoved, RemovedRaw, write_list
from ingest import raw_expiry
from ingest.batches import decide
from ingest.cloudinary.webhook_inbox import WebhookInbox, inbox_folder
from ingest.extract import Extract, Quarantined, Row
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.quarantine import QuarantinedRecord, list_quarantine, show_record
from ingest.quarantine_replay import ReadAgain, replay
from ingest.raw_expiry import RawExpiry, expire_raw, plan_expiry
from ingest.reading import Reading
from ingest.run import ingest_streams
from quality.whole_evidence import EvidenceReport, verify_landing
from tests.torture.failpoints import FINISHED, REFUSED, Injury, Told, forked, told
from tests.unit.landing.stores import EVENTS, NOON, STATES, MovableClock, accept, access, extract_of, hold, open_store


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def store(tmp_path: Path, clock: MovableClock) -> LandingStore:
    return open_store(tmp_path, clock, lock_wait_seconds=0.2)


def received(
    store: LandingStore, data: bytes, number: int, gate: Gate = accept, cursor: dict[str, object] | None = None
) -> str:
    """Keep bytes and land a row that was read from them; return their hash."""
    with store.raw.use.scope():
        raw_hash = store.put_raw(data)
        named(store, raw_hash, number, gate, cursor)
    return raw_hash


def named(
    store: LandingStore, raw_hash: str, number: int, gate: Gate = accept, cursor: dict[str, object] | None = None
) -> LandedBatch:
    rows = [Row(access(number), "https://grid.test/a", raw_hash)]
    return land(store, EVENTS, Extract(rows, [], extract_of([]).claim, cursor or {"n": number}), gate)


def kept(store: LandingStore) -> set[str]:
    return set(kept_hashes(store.raw.folder))


def removals(store: LandingStore) -> list[RawRemovalLeaf]:
    leaves = [decode_leaf(entry) for _, entry in store.log.entries()]
    return [leaf for leaf in leaves if isinstance(leaf, RawRemovalLeaf)]


def look(store: LandingStore, *, opens: bool = False) -> EvidenceReport:
    log = LogReader(store.log.folder, store.log.verification_key)
    return verify_landing(store.home, log, raw_store=store.raw if opens else None)


def test_bytes_go_when_their_days_are_over_and_the_log_tells_of_it(store: LandingStore, clock: MovableClock) -> None:
    """Personal data that is kept for longer than was promised is a breach; a day too early it is a lost proof."""
    old = received(store, b"old", 1)
    clock.advance(days=20)
    young = received(store, b"young", 2)
    clock.advance(days=10, seconds=-1)
    assert expire_raw(store, 30) == RawExpiry(0, 0, (), plan_expiry(store, 30))
    assert kept(store) == {old, young}
    clock.advance(seconds=1)
    done = expire_raw(store, 30)
    assert (done.removed, kept(store)) == (1, {young})
    (leaf,) = removals(store)
    assert (leaf.keep_days, leaf.named_before, leaf.count, leaf.logged_at) == (30, NOON, 1, clock.now())
    found = RemovedRaw(store.home, store.ledger.removals()).of(old, 0)
    assert found is not None
    assert (found.log_index, "retention setting (kept for 30 days)" in found.in_words) == (done.log_indexes[0], True)
    assert look(store, opens=True) == EvidenceReport(2, 2, raw_files=2, raw_opened=1, raw_removed=1)
    expire_raw(store, 30)
    assert len(removals(store)) == 1


def test_by_itself_nothing_goes(store: LandingStore, clock: MovableClock) -> None:
    """Evidence that a release removes because nobody said anything was never promised to go."""
    raw_hash = received(store, b"a page", 1)
    clock.advance(days=36_000)
    assert expire_raw(store, None).removed == 0
    assert kept(store) == {raw_hash}


def test_what_is_named_again_counts_from_then(store: LandingStore, clock: MovableClock) -> None:
    """The same bytes behind a new row are new evidence, whenever they came first; also when they had been removed."""
    raw_hash = received(store, b"a page", 1)
    clock.advance(days=20)
    received(store, b"a page", 2)
    clock.advance(days=20)
    assert expire_raw(store, 30).removed == 0
    clock.advance(days=20)
    assert expire_raw(store, 30).removed == 1
    assert received(store, b"a page", 3) == raw_hash
    gone = RemovedRaw(store.home, store.ledger.removals())
    assert (gone.of(raw_hash, 1) is None, gone.of(raw_hash, store.ledger.batches()[-1].log_index)) == (False, None)
    assert look(store, opens=True) == EvidenceReport(3, 3, raw_files=1, raw_opened=1)
    clock.advance(days=29)
    assert expire_raw(store, 30).removed == 0
    (store.raw.folder / raw_hash[:2] / f"{raw_hash[2:]}.sealed").unlink()
    with pytest.raises(EvidenceBroken, match="no entry that tells their removal"):
        look(store)


def test_bytes_that_no_batch_names_count_from_when_that_was_seen(store: LandingStore, clock: MovableClock) -> None:
    """An answer that told nothing new names its customers all the same, and no row leads to it."""
    with store.raw.use.scope():
        store.put_raw(b"nothing new")
    received(store, b"a page", 1)
    clock.advance(days=40)
    assert expire_raw(store, 30).removed == 1
    clock.advance(days=30)
    assert (expire_raw(store, 30).removed, kept(store)) == (1, set())
    assert [leaf.count for leaf in removals(store)] == [1, 1]


def test_what_is_known_of_names_is_made_again(store: LandingStore, clock: MovableClock) -> None:
    """A damaged note of who named what must not make bytes look older than they are."""
    received(store, b"a page", 1)
    expire_raw(store, 30)
    note = store.home / "raw_removals" / "named.txt"
    whole = note.read_bytes()
    clock.advance(days=10)
    received(store, b"a page", 2)
    for damaged in (whole[:-30], b"", b"assettrail-raw-names-1 0 x y\n", None):
        note.unlink() if damaged is None else note.write_bytes(damaged)
        clock.advance(days=1)
        assert expire_raw(store, 30).left.young == 1
    clock.advance(days=26)
    assert expire_raw(store, 30).removed == 1


def quarantined(store: LandingStore) -> str:
    with store.raw.use.scope():
        raw_hash = store.put_raw(b'{"records":[]}')
        refused = [Quarantined("https://grid.test/a", raw_hash, 0, "no kind", raw_hash)]
        land(store, EVENTS, Extract([], refused, extract_of([]).claim, {"n": 1}), accept)
    return raw_hash


def held(store: LandingStore) -> str:
    return received(store, b"held", 1, hold)


def named_by_a_cursor(store: LandingStore) -> str:
    inventory = store.put_raw(b"an inventory")
    land(store, STATES, Extract([], [], extract_of([]).claim, {"listings": {"communities": inventory}}), accept)
    return inventory


def pushed(store: LandingStore) -> str:
    inbox = WebhookInbox(inbox_folder(store.home), store.raw)
    assert inbox.take(b"pushed", "1770000000", "signature")
    return inbox.waiting()[0].raw_hash


@pytest.mark.parametrize(
    ("make", "reader"),
    [
        (quarantined, "open quarantine"),
        (held, "held batch"),
        (named_by_a_cursor, "cursor"),
        (pushed, "inbox"),
    ],
)
def test_what_is_read_still_stays(store: LandingStore, make: Callable[[LandingStore], str], reader: str) -> None:
    """What a replay, a decision, the next run or the inbox reads is not old, whatever day it is."""
    raw_hash = make(store)
    done = expire_raw(store, 0)
    assert (done.removed, {sha256: need.reader for sha256, need in done.left.needed.items()}) == (
        0,
        {raw_hash: reader},
    )
    assert store.raw.get(raw_hash)


def test_what_was_read_goes(store: LandingStore) -> None:
    """A replayed record, a batch that was decided on and a notification that landed need nobody's bytes any more."""
    quarantined(store)
    held(store)
    pushed(store)

    def readable(_system: str, _stream: str) -> ReadAgain:
        def read(record: QuarantinedRecord, _data: bytes, _part: bytes | None) -> Reading:
            reading = Reading()
            reading.add([access(9)], record.source_uri, record.raw_hash)
            return reading

        return read

    replay(store, list_quarantine(store, store.ledger), readable, accept)
    batch = next(each for each in store.ledger.batches() if each.standing == "held")
    decide(store, str(batch.leaf.load_id), "rejected", "ana", "wrong file")
    inbox = WebhookInbox(inbox_folder(store.home), store.raw)
    inbox.clear(inbox.waiting(), 1_770_000_000.0)
    assert expire_raw(store, 0).removed == 3
    assert kept(store) == set()
    assert look(store).raw_removed == 2
    (record,) = list_quarantine(store, store.ledger)
    with pytest.raises(RawRemoved, match=r"by the retention setting \(as soon as .*, entry \d+ of the log"):
        show_record(record, store.raw, RemovedRaw(store.home, store.ledger.removals()))


def test_a_cursor_that_a_rejection_leads_back_to_counts(store: LandingStore) -> None:
    """Rejecting a held batch has the window read again from the cursor before it, with that cursor's inventory."""
    first = named_by_a_cursor(store)
    second = store.put_raw(b"a second inventory")
    row = Row({"community_id": "C-1", "name": "One", "status": "active"}, "https://grid.test/c", second)
    land(store, STATES, Extract([row], [], extract_of([]).claim, {"listings": {"communities": second}}), hold)
    assert set(expire_raw(store, 0).left.needed) == {first, second}
    decide(store, str(store.ledger.batches()[-1].leaf.load_id), "accepted", "ana", "as it should be")
    expire_raw(store, 0)
    assert kept(store) == {second}


def test_nothing_goes_while_a_run_keeps_bytes(store: LandingStore, tmp_path: Path, clock: MovableClock) -> None:
    """Bytes that a run has kept and not named yet look like bytes that nobody needs."""
    other = open_store(tmp_path, clock, lock_wait_seconds=0.2)
    with other.raw.use.scope():
        raw_hash = other.put_raw(b"not named yet")
        with pytest.raises(TransientSourceError, match="hold together"):
            expire_raw(store, 0)
        named(other, raw_hash, 1)
    assert expire_raw(store, 0).removed == 1
    with store.raw.use.alone(), pytest.raises(TransientSourceError):
        other.put_raw(b"while old bytes go")


FIRST_WRITE = 21
"""The call that makes the folder of the lists; those before it read."""


def hurt(folder: Path, home: Path, injury: Injury, at: int) -> Told:
    """Remove old bytes in a process that is hurt at its call number `at`."""
    store = open_store(folder, MovableClock(NOON + timedelta(days=40)))
    report = folder / "report"

    def work() -> None:
        expire_raw(store, 30)

    _, status = os.waitpid(forked(work, home, injury, at, report), 0)
    found = told(report)
    if injury == "none":
        assert os.waitstatus_to_exitcode(status) == FINISHED, found.error
    else:
        assert os.waitstatus_to_exitcode(status) in {-signal.SIGKILL, REFUSED}, found.error
    return found


@pytest.mark.parametrize(("injury", "step"), [("SIGKILL", 6), ("EIO", 11), ("ENOSPC", 13)])
def test_wherever_it_is_hurt_the_next_run_finishes(tmp_path: Path, injury: Injury, step: int) -> None:
    """A file that went before its entry is lost evidence; an entry whose file stays is a promise that was not kept.

    Each `step`th call is hurt, from the first that writes on.
    """
    begun = open_store(tmp_path / "begun")
    for number in range(3):
        received(begun, b"page %d" % number, number)
    names = kept(begun)
    whole = Path(shutil.copytree(tmp_path / "begun", tmp_path / "whole"))
    calls = hurt(whole, whole / "home", "none", 0).calls
    for at in range(FIRST_WRITE, calls + 1, step):
        folder = Path(shutil.copytree(tmp_path / "begun", tmp_path / "one"))
        hurt(folder, folder / "home", injury, at)
        store = open_store(folder, MovableClock(NOON + timedelta(days=41)))
        listed = RemovedRaw(store.home, store.ledger.removals()).among(names)
        gone = names - kept(store)
        assert gone <= listed.keys(), at
        report = look(store)
        assert (report.raw_removed, report.raw_unfinished) == (len(gone), len(listed.keys() - gone)), at
        expire_raw(store, 30)
        assert kept(store) == set(), at
        assert [leaf.count for leaf in removals(store)] == [3], at
        assert look(store).raw_removed == 3, at
        assert not list(store.home.glob("raw*/**/.writing-*")), at
        shutil.rmtree(folder)


def lists_of(store: LandingStore) -> list[Path]:
    return sorted((store.home / "raw_removals").glob("*[0-9a-f].txt"))


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-3])])
def test_a_list_that_is_gone_or_changed_is_told(store: LandingStore, change: Callable[[Path], object]) -> None:
    """Whoever may change the list may call lost evidence removed."""
    received(store, b"a page", 1)
    expire_raw(store, 0)
    change(next(path for path in lists_of(store) if path.stem == removals(store)[0].list_sha256))
    with pytest.raises(EvidenceBroken, match="the list of removed raw bytes of entry 1"):
        look(store)


def test_bytes_that_were_removed_too_soon_are_told(store: LandingStore, clock: MovableClock) -> None:
    """An entry that says thirty days and takes what was received yesterday covers up what somebody wanted gone."""
    raw_hash = received(store, b"a page", 1)
    clock.advance(days=1)
    leaf = RawRemovalLeaf(30, clock.now() - timedelta(days=30), 1, write_list(store.home, {raw_hash: 0}), clock.now())
    store.log.append([encode_leaf(leaf)])
    remove_files(store.raw.folder, {raw_hash})
    with pytest.raises(EvidenceBroken, match="removed by entry 1 though entry 0 named them"):
        look(store)


def test_many_go_in_portions(store: LandingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first removal after years holds up notifications for seconds, not for the hour that all of it takes."""
    monkeypatch.setattr(raw_expiry, "MOST_AT_ONCE", 2)
    for number in range(5):
        received(store, b"page %d" % number, number)
    done = expire_raw(store, 0)
    assert (done.removed, len(done.log_indexes), kept(store)) == (5, 3, set())
    assert look(store).raw_removed == 5


def test_a_landing_that_does_not_hold_is_left_alone(store: LandingStore) -> None:
    """Where a landed file is gone, the raw bytes are what it can be made from again."""
    received(store, b"a page", 1)
    next((store.home / "landing").rglob("*.parquet")).unlink()
    with pytest.raises(EvidenceBroken, match="no file"):
        expire_raw(store, 0)
    assert len(kept(store)) == 1


def test_a_second_ingest_reads_the_same(tmp_path: Path, clock: MovableClock) -> None:
    """With nothing kept but hashes, what a source gives again lands nothing twice, and what is new lands."""
    for count in (2, 3):
        store = open_store(tmp_path, clock)
        for stream, batches in ingest_streams(Pages(store, count), ("accesses",), store, accept):
            assert (stream, [batch.outcome for batch in batches]) == ("accesses", ["accepted"])
        expire_raw(store, 0)
        assert kept(store) == set()
        clock.advance(hours=1)
    assert [batch.leaf.rows for batch in store.ledger.batches()] == [2, 1]
    assert look(store, opens=True) == EvidenceReport(2, 3, raw_files=2, raw_opened=0, raw_removed=2)


class Pages:
    """A source with one page of so many accesses."""

    name = "trading_grid"

    def __init__(self, store: LandingStore, count: int) -> None:
        """Keep the page in this store."""
        self._store, self._count = store, count

    def streams(self) -> tuple[str, ...]:
        """Name the one stream."""
        return ("accesses",)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """Give the page."""
        values = [access(number) for number in range(self._count)]
        raw_hash = self._store.put_raw(json.dumps(values).encode())
        rows = [Row(each, "https://grid.test/a", raw_hash) for each in values]
        return Extract(rows, [], extract_of([]).claim, {"n": self._count})


def test_the_command_tells_what_would_go_and_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets a time of keeping wants to see what it does before it is done."""
    store = open_store(tmp_path, MovableClock(NOON))
    old, needed = received(store, b"a page", 1), quarantined(store)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(store.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    assert "kept for ever" in told_by("raw", "expire")
    monkeypatch.setenv("ASSETTRAIL_RAW__KEEP_DAYS", "7")
    shown = json.loads(told_by("raw", "expire", "--dry-run", "--json"))
    assert (shown["would remove"], shown["needed"][0]["needed_by"]) == (1, "open quarantine")
    assert kept(store) == {old, needed}
    done = told_by("raw", "expire")
    assert re.search(r"removed +1\n", done)
    assert re.search(r"open quarantine +1 ", done)
    assert kept(store) == {needed}
    verified = told_by("log", "verify", "--all")
    assert "1 kept, 1 removed by the retention setting" in verified
    write = store.raw.folder / old[:2] / f"{old[2:]}.sealed"
    write.write_bytes(b"as if it had been killed")
    assert "unfinished removal" in told_by("log", "verify", "--all")


def told_by(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    assert result.exit_code == 0, result.output
    return result.output
