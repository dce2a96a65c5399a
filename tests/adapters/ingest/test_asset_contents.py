"""The bytes of each version against the stand-in: seen once, believed by their MD5 only, within the run's budget."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from cloudinary import uploader
from PIL import Image

from assettrail.settings import Settings
from ingest.cloudinary.contents import FAILURES_IN_A_ROW
from ingest.extract import Claim
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, landed_rows
from tests.adapters.ingest.test_cloudinary_source import changed
from tests.unit.ingest.videos import red_video

Fresh = Callable[[str], str]
Row = dict[str, Any]


@pytest.fixture
def seeing(sandbox: Sandbox, settings: Settings) -> Settings:
    """An installation that is told of everything from 2026-01-10 on, with backups, and that looks at bytes."""
    sandbox.turn("cloudinary", backups=True)
    sandbox.set_clock("2026-01-10T00:00:00Z")
    assert settings.cloudinary is not None
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    sandbox.set_clock("2026-01-10T08:00:00Z")
    return changed(settings, contents_per_run=100)


def md5(content: bytes) -> str:
    """The etag of these bytes."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def see(settings: Settings, store: LandingStore) -> list[Claim]:
    """Land what was told, then what was seen; the claims of the latter."""
    source = open_source(settings, "cloudinary", store)
    for stream in ("resources", "notifications"):
        ingest_stream(source, stream, store, accept)
    return [batch.claim for batch in ingest_stream(source, "asset_contents", store, accept)]


def seen(store: LandingStore) -> dict[tuple[str, int], Row]:
    """The newest word on each version."""
    store.ledger.refresh()
    paths = [landed_file(store, batch) for batch in store.ledger.of_stream("cloudinary", "asset_contents")]
    rows = [row for path in paths if path for row in pq.ParquetFile(path).read().to_pylist()]
    return {(row["asset_id"], row["version"]): row for row in rows}


def fetches(sandbox: Sandbox) -> int:
    """How many files were asked for, by delivery and by backup."""
    asked = sandbox.requests("cloudinary")
    return sum(count for path, count in asked.items() if _is_file(path))


def _is_file(path: str) -> bool:
    """A label of the stand-in: a delivery that it served, one that a fault answered, or a backup."""
    return "backup" in path or "{rest}" in path or ("/upload/" in path and "v1_1" not in path)


def original(made: Row) -> bytes:
    return httpx.get(str(made["url"])).raise_for_status().content


def test_the_bytes_of_a_version_are_seen_once(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """An approval binds to bytes: without having seen them nobody knows what was approved."""
    made = sandbox.upload(fresh("brand/héro (1)"), "red")
    (claim,) = see(seeing, store)
    assert (claim.complete, claim.how) == (True, "end_marker")
    (row,) = seen(store).values()
    content = original(made)
    assert (row["outcome"], row["way"], row["is_etag_matched"]) == ("matches", "delivery", True)
    assert row["seen_md5"] == made["etag"] == md5(content)
    assert (row["seen_sha256"], row["seen_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (row["format"], row["width"], row["height"], row["is_decodable"]) == ("png", 8, 4, True)
    preview = Image.open(io.BytesIO(store.raw.get(row["preview_sha256"])))
    assert (preview.format, preview.size) == ("WEBP", (8, 4))
    assert (row["is_original_kept"], store.raw.has(row["seen_sha256"])) == (False, False)
    before = fetches(sandbox)
    (again,) = see(seeing, store)
    assert (again.complete, fetches(sandbox)) == (True, before)


def test_an_older_version_comes_from_its_backup(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Delivery serves the newest bytes whatever version it names: they would stand as those of the old one."""
    name = fresh("a")
    first = sandbox.upload(name, "red")
    sandbox.set_clock("2026-01-10T08:00:05Z")
    second = sandbox.upload(name, "blue", overwrite=True)
    see(changed(seeing, keeps_originals=True), store)
    rows = seen(store)
    old, new = rows[first["asset_id"], first["version"]], rows[second["asset_id"], second["version"]]
    assert (old["way"], old["outcome"], old["seen_md5"]) == ("backup", "matches", first["etag"])
    assert (new["way"], new["outcome"], new["seen_md5"]) == ("delivery", "matches", second["etag"])
    kept = store.raw.get(old["seen_sha256"])
    assert md5(kept) == first["etag"]
    assert original(second) == store.raw.get(new["seen_sha256"])


def test_an_older_version_that_only_a_detail_told_of_comes_from_its_backup(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Whoever began before the triggers knows versions from details alone: their bytes would never be seen."""
    name = fresh("a")
    first = sandbox.upload(name, "red")
    source = open_source(seeing, "cloudinary", store)
    for stream in ("resources", "asset_details"):
        ingest_stream(source, stream, store, accept)
    sandbox.set_clock("2026-01-10T08:00:05Z")
    second = sandbox.upload(name, "blue", overwrite=True)
    source = open_source(seeing, "cloudinary", store)
    for stream in ("resources", "asset_details", "asset_contents"):
        ingest_stream(source, stream, store, accept)
    found = seen(store)
    old, new = found[first["asset_id"], first["version"]], found[second["asset_id"], second["version"]]
    assert (old["way"], old["outcome"], old["seen_md5"]) == ("backup", "matches", first["etag"])
    assert (new["way"], new["outcome"]) == ("delivery", "matches")


def test_other_bytes_are_a_fact_and_no_evidence(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A wrong file kept as a version's bytes would prove that the wrong one was approved (F22)."""
    sandbox.turn("cloudinary", backups=False)
    name, other = fresh("a"), fresh("b")
    made = sandbox.upload(name, "red")
    impostor = sandbox.upload(other, "blue")
    content = original(impostor)
    source = open_source(changed(seeing, keeps_originals=True), "cloudinary", store)
    for stream in ("resources", "notifications"):
        ingest_stream(source, stream, store, accept)
    uploader.destroy(name, **sandbox.cloudinary)
    uploader.rename(other, name, **sandbox.cloudinary)
    ingest_stream(source, "asset_contents", store, accept)
    row = seen(store)[made["asset_id"], made["version"]]
    assert (row["outcome"], row["is_etag_matched"]) == ("differs", False)
    assert (row["seen_md5"], row["seen_bytes"]) == (impostor["etag"], len(content))
    assert (row["format"], row["preview_sha256"], row["is_original_kept"]) == (None, None, False)
    assert not store.raw.has(row["seen_sha256"])


def test_a_cut_file_is_no_other_file(sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh) -> None:
    """Half a file has another MD5: taken for a fact it would say that the vendor serves wrong bytes (F22)."""
    sandbox.turn("cloudinary", backups=False)
    name = fresh("cut")
    sandbox.upload(name, "red")
    sandbox.turn("cloudinary", path=name, truncate_body_after=20, truncate_silently=True, times=1)
    (claim,) = see(seeing, store)
    assert seen(store) == {}
    assert not claim.complete
    assert "two readings that differ" in claim.detail
    (claim,) = see(seeing, store)
    assert claim.complete
    assert [row["outcome"] for row in seen(store).values()] == ["matches"]


def test_a_run_fetches_no_more_than_it_may(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A first run over a library of a million files would not end; and a claim must not hide what waits."""
    for _ in range(5):
        sandbox.upload(fresh("a"), "red")
    limited = changed(seeing, contents_per_run=2)
    counts = []
    for _ in range(3):
        claims = see(limited, store)
        counts.append((len(seen(store)), claims[-1].complete))
    assert counts == [(2, False), (4, False), (5, True)]
    (none,) = see(changed(seeing, contents_per_run=0), store)
    assert none.complete, "nothing waits"
    sandbox.upload(fresh("a"), "red")
    (waiting,) = see(changed(seeing, contents_per_run=0), store)
    assert (waiting.complete, "1 wait" in waiting.detail) == (False, True)


def test_a_host_that_is_not_allowed_is_not_asked(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Loopback without its address in the settings is what a forged answer would lead to (F37)."""
    sandbox.upload(fresh("a"), "red")
    before = fetches(sandbox)
    for hosts, found in ((("res.cloudinary.com",), "fetch_hosts"), (("127.0.0.1",), "https is expected")):
        (claim,) = see(changed(seeing, fetch_hosts=hosts), store)
        assert not claim.complete
        assert found in claim.detail
    assert (fetches(sandbox), seen(store)) == (before, {})


def test_what_the_vendor_does_not_give_is_told_and_tried_again(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A file that is withheld for a while must neither stop the others nor be forgotten."""
    name = fresh("withheld")
    sandbox.upload(name, "red")
    sandbox.upload(fresh("b"), "blue")
    sandbox.turn("cloudinary", backups=False)
    sandbox.turn("cloudinary", path=name, status=404, headers={"x-cld-error": "Resource not found"}, times=1)
    sandbox.turn("cloudinary", path="download_backup", status=404, times=1)
    see(seeing, store)
    outcomes = sorted(row["outcome"] for row in seen(store).values())
    assert outcomes == ["matches", "unavailable"]
    see(seeing, store)
    assert [row["outcome"] for row in seen(store).values()] == ["matches", "matches"]


def test_a_passing_fault_leaves_the_file_for_the_next_run(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A 503 taken for the last word would leave the version unseen for ever."""
    sandbox.upload(fresh("a"), "red")
    for path in ("/image/upload/", "download_backup"):
        sandbox.turn("cloudinary", path=path, status=503, times=1)
    (claim,) = see(seeing, store)
    assert (claim.complete, "HTTP 503" in claim.detail, seen(store)) == (False, True, {})
    (claim,) = see(seeing, store)
    assert (claim.complete, len(seen(store))) == (True, 1)


def test_files_that_always_fail_hold_up_no_other(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Each run asked the five newest, which failed, and ended: no older version was ever seen."""
    sandbox.turn("cloudinary", backups=False)
    sound = {sandbox.upload(fresh("sound"), "red")["asset_id"] for _ in range(3)}
    sandbox.set_clock("2026-01-10T08:00:05Z")
    failing = {sandbox.upload(fresh("failing"), "red")["asset_id"] for _ in range(FAILURES_IN_A_ROW)}
    sandbox.turn("cloudinary", path="/failing", status=503)
    (claim,) = see(seeing, store)
    by_both_ways = 2 * FAILURES_IN_A_ROW
    assert (claim.complete, seen(store), fetches(sandbox)) == (False, {}, by_both_ways)
    assert "5 could not be fetched now (the last: HTTP 503); 8 wait" in claim.detail
    (claim,) = see(seeing, store)
    assert {asset for (asset, _), row in seen(store).items() if row["outcome"] == "matches"} == sound
    assert "3 files seen: 3 matches; 5 could not be fetched now (the last: HTTP 503); 5 wait" in claim.detail
    assert {row["reason"] for row in seen(store).values()} == {None, "no answer so far: HTTP 503"}
    before = fetches(sandbox)
    (claim,) = see(seeing, store)
    assert (claim.complete, fetches(sandbox)) == (False, before + by_both_ways)
    sandbox.turn("cloudinary", reset=True)
    (claim,) = see(seeing, store)
    assert (claim.complete, [row["outcome"] for row in seen(store).values()]) == (True, ["matches"] * 8)
    assert failing | sound == {asset for asset, _ in seen(store)}


def test_the_backup_is_asked_where_delivery_fails(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A version whose delivery always fails was never seen, though its backup could be had."""
    made = sandbox.upload(fresh("a"), "red")
    sandbox.turn("cloudinary", path="/image/upload/", status=503)
    (claim,) = see(seeing, store)
    (row,) = seen(store).values()
    assert (claim.complete, row["outcome"], row["way"], row["seen_md5"]) == (True, "matches", "backup", made["etag"])


def test_files_that_are_withheld_are_asked_again_in_turn(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Where more were withheld than a run may fetch, the same ones were asked again in each, the others never."""
    sandbox.turn("cloudinary", backups=False)
    for second, stem in enumerate(("back", "kept")):
        sandbox.set_clock(f"2026-01-10T08:00:0{second}Z")
        for _ in range(2):
            sandbox.upload(fresh(stem), "red")
    sandbox.turn("cloudinary", path="/image/upload/", status=404)
    limited = changed(seeing, contents_per_run=2)
    claims = [see(limited, store)[-1] for _ in range(2)]
    assert [claim.complete for claim in claims] == [False, True]
    assert "; 2 wait (" in claims[0].detail
    assert "none waits; 2 that were unavailable are asked for again in turn" in claims[1].detail
    sandbox.turn("cloudinary", reset=True)
    sandbox.turn("cloudinary", path="/kept", status=404)
    before = fetches(sandbox)
    claims = [see(limited, store)[-1] for _ in range(2)]
    assert [row["outcome"] for row in seen(store).values()].count("matches") == 2
    assert ([claim.complete for claim in claims], fetches(sandbox) - before) == ([True, True], 2 + 2 * 2)


def test_private_and_raw_files_are_seen_too(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A private original needs a signed address, a raw file has no extension of its own."""
    sandbox.upload(fresh("p"), "red", type="private")
    sandbox.upload(fresh("q"), "red", type="authenticated")
    sandbox.upload(fresh("data.bin"), "red", resource_type="raw")
    (claim,) = see(seeing, store)
    assert claim.complete
    rows = list(seen(store).values())
    assert [row["outcome"] for row in rows] == ["matches"] * 3
    assert sorted(str(row["is_decodable"]) for row in rows) == ["None", "True", "True"]


def test_a_video_is_seen_by_its_first_frame(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A video was approved by its bytes like any image: whoever looks it up has to see which it was."""
    name = fresh("clip")
    uploader.upload(io.BytesIO(red_video("mp4")), public_id=name, resource_type="video", **sandbox.cloudinary)
    (claim,) = see(seeing, store)
    assert claim.complete
    (row,) = seen(store).values()
    assert (row["outcome"], row["format"], row["width"], row["height"], row["is_decodable"], row["reason"]) == (
        *("matches", "mp4", 64, 48, True, None),
    )
    assert Image.open(io.BytesIO(store.raw.get(row["preview_sha256"]))).size == (64, 48)


def test_no_secret_and_no_signature_is_kept(
    sandbox: Sandbox, seeing: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A backup's address opens the file for whoever reads it (F31)."""
    name = fresh("a")
    sandbox.upload(name, "red")
    sandbox.set_clock("2026-01-10T08:00:05Z")
    sandbox.upload(name, "blue", overwrite=True)
    see(seeing, store)
    for row in landed_rows(store, "cloudinary", "asset_contents"):
        kept = store.raw.get(row["_raw_hash"]) + str(row).encode()
        assert b"signature=" not in kept
        assert sandbox.cloudinary["api_secret"].encode() not in kept
