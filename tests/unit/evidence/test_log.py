"""The log: appending, reading, locking, and being killed at any moment."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assettrail.errors import ConfigurationError, ContractBroken, EvidenceBroken, TransientSourceError
from evidence.file_lock import file_lock
from evidence.log import Log
from evidence.merkle import leaf_hash, tree_hash
from evidence.signed_note import SigningKey
from evidence.verify import inspect_log

ORIGIN = "example.com/log"
ROOT = Path(__file__).parents[3]


def entries_of(log: Log) -> list[bytes]:
    return [entry for _, entry in log.entries()]


def test_a_new_log_is_empty_and_signed(log: Log) -> None:
    """A log without a checkpoint could not be told from a log whose checkpoint was deleted."""
    assert log.checkpoint().size == 0
    assert entries_of(log) == []
    assert inspect_log(log.folder, log.verification_key).is_sound


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(st.lists(st.binary(max_size=20), max_size=300), max_size=4))
def test_what_was_appended_is_what_is_read(
    batches: list[list[bytes]], tmp_path_factory: pytest.TempPathFactory, key: SigningKey
) -> None:
    """Every entry must stand once, in order, at the index that append told, under the right root."""
    log = Log.open(tmp_path_factory.mktemp("log"), ORIGIN, key)
    expected: list[bytes] = []
    for batch in batches:
        assert log.append(batch) == range(len(expected), len(expected) + len(batch))
        expected += batch
    assert list(log.entries()) == list(enumerate(expected))
    assert log.checkpoint().root == tree_hash([leaf_hash(entry) for entry in expected])
    report = inspect_log(log.folder, log.verification_key)
    assert report.is_sound
    assert report.unneeded_files == ()
    assert report.entries_checked == len(expected)


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 599, 600, 700])
def test_reading_may_start_anywhere(log: Log, start: int) -> None:
    """A reader that goes on from a remembered index must miss nothing and see nothing twice."""
    log.append([str(number).encode() for number in range(600)])
    assert [index for index, _ in log.entries(start)] == list(range(start, 600))


def test_every_entry_has_a_proof(log: Log) -> None:
    """An index whose proof does not hold cannot be shown to an auditor."""
    log.append([str(number).encode() for number in range(300)])
    for index in (0, 1, 255, 256, 299):
        assert log.prove(index).verify(str(index).encode(), log.verification_key).size == 300
    with pytest.raises(EvidenceBroken, match="outside"):
        log.prove(300)


def test_one_entry_costs_a_handful_of_fsyncs(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch waits for its leaf: flushing old tiles again would slow every run."""
    log.append([b"x"] * 1000)
    calls: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append(descriptor), real(descriptor))[1])
    log.append([b"one"])
    assert 4 <= len(calls) <= 6


def test_superseded_partial_tiles_are_removed(log: Log) -> None:
    """A log of one entry per batch would otherwise keep 255 copies of every bundle."""
    log.append([b"x"] * 250)
    for number in range(10):
        log.append([str(number).encode()])
    files = sorted(path.relative_to(log.folder).as_posix() for path in log.folder.rglob("*") if path.is_file())
    assert files == [
        "checkpoint",
        "lock",
        "tile/0/000",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/4",
    ]


def test_an_entry_too_large_appends_nothing(log: Log) -> None:
    """Half a list of entries in the log would be a batch that never was."""
    with pytest.raises(ContractBroken, match="nothing was appended"):
        log.append([b"small", bytes(65_536)])
    assert log.checkpoint().size == 0


def test_another_installations_key_is_refused(log: Log, tmp_path: Path) -> None:
    """Signing on over a log with a new key would break every proof handed out before."""
    with pytest.raises(EvidenceBroken):
        Log.open(log.folder, ORIGIN, SigningKey.generate(ORIGIN))
    with pytest.raises(ConfigurationError, match="assettrail keys create"):
        Log.open(tmp_path / "new", "example.com/other", SigningKey.generate(ORIGIN))


def test_a_deleted_checkpoint_does_not_begin_a_new_log(log: Log, key: SigningKey) -> None:
    """An empty log in place of a deleted one would hide every batch."""
    log.append([b"x"])
    (log.folder / "checkpoint").unlink()
    with pytest.raises(EvidenceBroken, match="without a checkpoint"):
        Log.open(log.folder, ORIGIN, key)


def test_appending_to_a_changed_edge_is_refused(log: Log) -> None:
    """A new signature over changed tiles would make the change official."""
    log.append([b"x", b"y"])
    tile = log.folder / "tile/0/000.p/2"
    tile.write_bytes(bytes(64))
    with pytest.raises(EvidenceBroken):
        log.append([b"z"])
    assert log.checkpoint().size == 2


def test_reading_a_changed_entry_is_refused(log: Log) -> None:
    """A projection rebuilt from changed entries would be wrong everywhere and nobody would know."""
    log.append([b"x", b"y"])
    bundle = log.folder / "tile/entries/000.p/2"
    bundle.write_bytes(bundle.read_bytes().replace(b"y", b"z"))
    with pytest.raises(EvidenceBroken, match="differ from their leaf hashes"):
        entries_of(log)


def test_the_holder_of_the_lock_is_named(log: Log, key: SigningKey) -> None:
    """Whoever waits at night must know which process to look at; and waiting must end."""
    waiting = Log.open(log.folder, ORIGIN, key, lock_wait_seconds=0.1)
    with (
        file_lock(log.folder / "lock", "the log"),
        pytest.raises(TransientSourceError, match=f"process {os.getpid()} "),
    ):
        waiting.append([b"x"])
    assert waiting.append([b"x"]) == range(1)


def test_a_full_disk_leaves_the_log_as_it_was(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC at any write must be one clear message, and the next append must work."""
    log.append([b"x"])
    real, refused_after = os.fsync, [0]

    def refuse(descriptor: int) -> None:
        if refused_after[0] == 0:
            raise OSError(28, "No space left on device")
        refused_after[0] -= 1
        real(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    for count in range(5):
        refused_after[0] = count
        with pytest.raises(ConfigurationError, match="No space left on device"):
            log.append([b"never"])
        assert entries_of(log) == [b"x"]
    monkeypatch.undo()
    log.append([b"y"])
    assert entries_of(log) == [b"x", b"y"]
    report = inspect_log(log.folder, log.verification_key)
    assert (report.problem, report.unneeded_files) == (None, ())


def test_a_flush_that_was_refused_is_never_tried_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """After EIO the kernel forgets what it could not write: a second flush says yes, and the entry is lost."""
    log.append([b"x"])
    real, flushed, refused = os.fsync, [0], []

    def refuse(descriptor: int) -> None:
        status = os.fstat(descriptor)
        assert (status.st_dev, status.st_ino) not in refused
        flushed[0] -= 1
        if flushed[0] == 0:
            refused.append((status.st_dev, status.st_ino))
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    for nth in range(1, 7):
        flushed[0], size = nth, log.checkpoint().size
        refused.clear()
        with pytest.raises(ConfigurationError, match="Input/output error"):
            log.append([b"perhaps"])
        assert log.checkpoint().size == size + (nth == 6), "the flush behind the checkpoint's rename is the sixth"
    monkeypatch.undo()
    assert inspect_log(log.folder, log.verification_key).problem is None


def test_a_removal_that_is_refused_is_told_in_the_words_of_the_house(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare OSError at night says neither what was tried nor what to do."""
    log.append([b"x"])

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ConfigurationError, match="to append to the log"):
        log.append([b"y"])


def test_the_rest_of_a_killed_append_is_ignored_and_written_over(log: Log) -> None:
    """Files beyond the checkpoint are entries that were never promised."""
    log.append([b"x"] * 254)
    before = {path: path.read_bytes() for path in log.folder.rglob("*") if path.is_file()}
    log.append([b"lost"] * 600)
    (log.folder / "checkpoint").write_bytes(before[log.folder / "checkpoint"])
    for path, data in before.items():
        path.write_bytes(data)
    assert inspect_log(log.folder, log.verification_key).unneeded_files
    assert entries_of(log) == [b"x"] * 254
    log.append([b"kept"])
    assert entries_of(log) == [b"x"] * 254 + [b"kept"]
    log.append([b"kept"] * 700)
    report = inspect_log(log.folder, log.verification_key)
    assert (report.problem, report.unneeded_files, report.size) == (None, (), 955)


APPENDER = """
import sys
from pathlib import Path
from evidence.keys import load_signing_key
from evidence.log import Log
folder, keys = Path(sys.argv[1]), Path(sys.argv[2])
log = Log.open(folder, "example.com/log", load_signing_key(keys))
number = log.checkpoint().size
while True:
    count = 1 + number % 97
    log.append([b"%d" % (number + offset) for offset in range(count)])
    number += count
    print(number, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_log(tmp_path: Path, key: SigningKey) -> None:
    """SIGKILL between any two system calls may not lose a promised entry, double one, or break a proof."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "log.key").write_text(key.to_text())
    folder = tmp_path / "log"
    promised = 0
    for round_number in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(folder), str(keys)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(1 + round_number)]
        time.sleep(0.013 * round_number % 0.05)
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split()
        child.wait()
        promised = int(told[-1])
        report = inspect_log(folder, key.verification_key)
        assert report.problem is None
        assert report.size >= promised
        found = entries_of(Log.open(folder, ORIGIN, key))
        assert found == [b"%d" % number for number in range(report.size)]
    assert promised > 100


def append_and_die(log: Log, count: int, moment: int) -> None:
    """Append in this (forked) process and kill it at the `moment`-th call that touches the disk."""
    calls = 0

    def counted(real):  # type: ignore[no-untyped-def]
        def call(*arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            if calls == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for owner, name in ((os, "open"), (os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir")):
        setattr(owner, name, counted(getattr(owner, name)))
    log.append([b"new"] * count)
    os._exit(0)


@pytest.mark.parametrize(("size", "count"), [(0, 1), (3, 1), (255, 1), (250, 300)])
def test_a_kill_at_each_single_step_leaves_the_old_or_the_new_log(
    tmp_path: Path, key: SigningKey, size: int, count: int
) -> None:
    """The loop above meets some moments; this meets every open, fsync, rename and unlink of one append."""
    finished = False
    for moment in range(1, 80):
        log = Log.open(tmp_path / str(moment), ORIGIN, key)
        log.append([b"old"] * size)
        child = multiprocessing.get_context("fork").Process(target=append_and_die, args=(log, count, moment))
        child.start()
        child.join()
        finished = child.exitcode == 0
        report = inspect_log(log.folder, key.verification_key)
        assert (report.problem, report.size in {size, size + count}) == (None, True)
        log.append([b"after"])
        assert entries_of(log) == [b"old"] * size + [b"new"] * (report.size - size) + [b"after"]
        log.append([b"more"] * 400)
        grown = inspect_log(log.folder, key.verification_key)
        assert (grown.problem, len(grown.unneeded_files) <= 3) == (None, True)
        if finished:
            break
    assert finished


def test_two_processes_append_without_losing_an_entry(tmp_path: Path, key: SigningKey) -> None:
    """Two runs at once must wait for one another; a lost update would be a lost batch."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "log.key").write_text(key.to_text())
    script = (
        "import sys; from pathlib import Path; from evidence.keys import load_signing_key\n"
        "from evidence.log import Log\n"
        "log = Log.open(Path(sys.argv[1]), 'example.com/log', load_signing_key(Path(sys.argv[2])))\n"
        "for n in range(60): log.append([b'%s-%d' % (sys.argv[3].encode(), n)])\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "log"), str(keys), name], cwd=ROOT)
        for name in ("a", "b")
    ]
    log = None
    while any(child.poll() is None for child in children):
        if (tmp_path / "log" / "checkpoint").exists():
            log = Log.open(tmp_path / "log", ORIGIN, key)
            entries_of(log)
            assert inspect_log(log.folder, key.verification_key).is_sound
    assert [child.returncode for child in children] == [0, 0]
    assert log is not None
    assert sorted(entries_of(log)) == sorted(b"%s-%d" % (name, n) for name in (b"a", b"b") for n in range(60))
