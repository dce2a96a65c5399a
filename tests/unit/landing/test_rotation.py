"""Keys that give way to others: what was sealed and named before must stay readable and findable."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.keys import key_name, load_keys, load_pseudonym_keys, load_raw_keys, remember_keys, rotate_key
from evidence.leaves import KeyRotationLeaf, decode_leaf, encode_leaf
from evidence.raw_store import RawStore
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.pseudonym import Pseudonymizer
from ingest.pseudonym_keys import RunPseudonyms, live_pseudonyms
from ingest.schema import stream_schema
from tests.unit.landing.stores import MovableClock, accept, extract_of, open_store, settings_in

COMMUNICATIONS = stream_schema("exstream", "communications")


def keys_of(folder: Path) -> Path:
    return settings_in(folder).keys.folder


def rotations(store: LandingStore) -> list[KeyRotationLeaf]:
    leaves = [decode_leaf(entry) for _, entry in store.log.entries()]
    return [leaf for leaf in leaves if isinstance(leaf, KeyRotationLeaf)]


def letter(number: int, pseudonyms: Pseudonymizer) -> dict[str, object]:
    return {
        "domain": "d",
        "flow_instance_id": f"F-{number}",
        "communication_id": f"COM-{number}",
        "recipient_pseudonym": pseudonyms.pseudonym("customer", "C-0000001"),
        "pseudonym_key_id": pseudonyms.key_id,
        "generated_at_raw": "2026-02-01T10:00:00Z",
    }


@pytest.mark.parametrize("what", ["raw", "pseudonym"])
def test_a_rotation_is_told_in_the_log_once(tmp_path: Path, what: str) -> None:
    """An auditor has to know since when another key counts; a second leaf would tell of a rotation that never was."""
    store = open_store(tmp_path)
    assert what in {"raw", "pseudonym"}
    rotation = rotate_key(keys_of(tmp_path), "raw" if what == "raw" else "pseudonym")
    for _ in range(2):
        store = open_store(tmp_path)
    (leaf,) = rotations(store)
    assert (leaf.key, leaf.old_key_id, leaf.new_key_id) == (what, rotation.old_key_id, rotation.new_key_id)
    assert decode_leaf(encode_leaf(leaf)) == leaf
    store.ledger.refresh()
    assert [each for _, each in store.ledger.rotations()] == [leaf]


def test_another_installations_keys_are_no_rotation(tmp_path: Path) -> None:
    """A folder of keys that was mixed up must not pass as a rotation: everything old would be unreadable."""
    store = open_store(tmp_path)
    folder = keys_of(tmp_path)
    rotation = rotate_key(folder, "raw")
    (folder / f"raw.{rotation.old_key_id}.key").unlink()
    with pytest.raises(ConfigurationError, match=r"another raw\.key"):
        remember_keys(store.home, load_keys(folder))


def test_raw_bytes_open_under_the_key_that_sealed_them(tmp_path: Path) -> None:
    """A rotation that closes what was sealed destroys the evidence that it should protect."""
    store = open_store(tmp_path)
    before = store.put_raw(b"sealed before")
    rotate_key(keys_of(tmp_path), "raw")
    store = open_store(tmp_path)
    after = store.put_raw(b"sealed after")
    assert store.put_raw(b"sealed before") == before, "what is there opens, and is not sealed twice"
    assert (store.raw.get(before), store.raw.get(after)) == (b"sealed before", b"sealed after")
    new, old = load_raw_keys(keys_of(tmp_path))
    assert RawStore(store.home / "raw", old).get(before) == b"sealed before"
    with pytest.raises(EvidenceBroken):
        RawStore(store.home / "raw", old).get(after)
    with pytest.raises(EvidenceBroken):
        RawStore(store.home / "raw", new).get(before)


def test_files_without_a_key_id_open_under_every_live_key(tmp_path: Path) -> None:
    """Homes that were begun before keys could be rotated keep their raw bytes."""
    store = open_store(tmp_path)
    (old,) = load_raw_keys(keys_of(tmp_path))
    sha256 = store.put_raw(b"an old file")
    (path,) = (store.home / "raw").rglob("*.sealed")
    nonce = b"n" * 12
    path.write_bytes(b"ATR1" + nonce + AESGCM(old).encrypt(nonce, b"an old file", sha256.encode()))
    rotate_key(keys_of(tmp_path), "raw")
    assert open_store(tmp_path).raw.get(sha256) == b"an old file"


def test_a_rotation_that_is_cut_short_loses_no_key(tmp_path: Path) -> None:
    """A kill between the old key's copy and the new key leaves one key under two names, and not two keys."""
    folder = keys_of(tmp_path)
    (key,) = load_pseudonym_keys(folder)
    (folder / f"pseudonym.{key_name(key, 'pseudonym')}.key").write_bytes((folder / "pseudonym.key").read_bytes())
    assert load_pseudonym_keys(folder) == (key,)
    assert rotations(open_store(tmp_path)) == []
    (folder / "pseudonym.0123456789abcdef.key").write_bytes((folder / "pseudonym.key").read_bytes())
    with pytest.raises(ConfigurationError, match="another key than its name tells"):
        load_pseudonym_keys(folder)


def test_a_run_that_landed_keeps_its_pseudonyms(tmp_path: Path) -> None:
    """What is read again under another key has other row hashes: every letter of the run would count twice."""
    store = open_store(tmp_path)
    old = Pseudonymizer(load_keys(keys_of(tmp_path)))
    land(store, COMMUNICATIONS, extract_of([letter(1, old)]), accept)
    nameless = letter(2, old) | {"recipient_pseudonym": None, "pseudonym_key_id": None}
    land(store, COMMUNICATIONS, extract_of([nameless]), accept)
    rotate_key(keys_of(tmp_path), "pseudonym")
    store = open_store(tmp_path)
    by_run = RunPseudonyms(load_keys(keys_of(tmp_path)), store)
    assert by_run.key_id != old.key_id
    assert [by_run.of_run(run).key_id for run in ("F-1", "F-2", "F-3")] == [old.key_id, old.key_id, by_run.key_id]
    again = land(store, COMMUNICATIONS, extract_of([letter(1, by_run.of_run("F-1"))]), accept)
    assert again.rows == 0
    fresh = land(store, COMMUNICATIONS, extract_of([letter(3, by_run.of_run("F-3"))]), accept)
    assert fresh.rows == 1
    (older,) = keys_of(tmp_path).glob("pseudonym.*.key")
    older.unlink()
    without = RunPseudonyms(load_keys(keys_of(tmp_path)), store)
    with pytest.raises(ConfigurationError, match="each of the run's rows would land twice"):
        without.of_run("F-1")


def test_a_look_up_finds_a_recipient_under_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks what a customer got must not be told of the letters since the last rotation only."""
    settings = settings_in(tmp_path)
    before = Pseudonymizer(load_keys(settings.keys.folder)).pseudonym("customer", "C-0000001")
    monkeypatch.setenv("ASSETTRAIL_HOME", str(settings.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(settings.keys.folder))
    landing = open_store(tmp_path, MovableClock())
    assert rotations(landing) == []
    shown = CliRunner().invoke(application, ["keys", "rotate", "pseudonym"], catch_exceptions=False)
    assert "stays live" in shown.stdout
    assert len(rotations(open_store(tmp_path))) == 1
    words = ["recipients", "pseudonyms", "--json"]
    told = CliRunner().invoke(application, words, input="c-0000001\n", catch_exceptions=False)
    found = json.loads(told.stdout)
    assert [each["is_in_use"] for each in found] == [True, False]
    assert found[1]["pseudonym"] == before
    assert "c-0000001" not in told.stdout.lower()
    with pytest.raises(ConfigurationError, match="no identifier"):
        live_pseudonyms(load_pseudonym_keys(settings.keys.folder), "customer", "  ")
    refused = CliRunner().invoke(application, ["recipients", "pseudonyms", "C-0000001"])
    assert refused.exit_code == 2, "an identifier on the command line is seen by every user of the machine"
