"""Export packages of Design: templates and images land from a zip or folder; what swells or leads out is refused."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assettrail.clock import FixedClock
from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import KeySettings, Settings
from evidence.keys import create_keys
from ingest.exstream import das_package
from ingest.exstream.package_source import open_export_package
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from tests.adapters.ingest.stand_ins import land_all, landed_rows

PAGE = "7643c92d-a3d8-44b5-8978-4b3d4022cf75"
IMAGE = "033ab0b3-68a2-4171-89a5-d8beedef6276"
GONE = "e8e71f3b-17e8-4381-bf87-364b63ce5ece"
BYTES = b"\x89PNG bytes of an image"


def resource(kind: str, resource_id: str, version: int, **more: object) -> dict[str, object]:
    own = {"id": resource_id, "type": kind, "version": version, "name": kind, "state": "APPROVED"}
    return {**own, "createdDate": 1663608929092, "lastModifiedDate": 1663869795837, "categories": [], **more}


def entries() -> dict[str, bytes]:
    links = [
        {"linkSubjectId": PAGE, "subjectVersion": 1, "linkObjectId": IMAGE},
        {"linkSubjectId": PAGE, "subjectVersion": 1, "linkObjectId": GONE},
    ]
    image = resource("image", IMAGE, 2, metadata={"originalSource": "cloudinary:brand/hero"})
    return {
        "metadata.json": json.dumps({"exportOptions": "Versions:LATEST_APPROVED"}).encode(),
        f"resources/exstrpage-{PAGE}-1.json": json.dumps(resource("exstrpage", PAGE, 1)).encode(),
        f"resources/image-{IMAGE}-2.json": json.dumps(image).encode(),
        f"content/image-{IMAGE}-2-CONTENT.bin": BYTES,
        f"content/image-{IMAGE}-2-CONTENT.json": b"{}",
        "links/links.json": json.dumps(links).encode(),
    }


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(
        home=tmp_path / "home",
        keys=KeySettings(folder=tmp_path / "keys"),
        exstream=ExstreamSettings(
            base_url="http://127.0.0.1:1", token_url="http://127.0.0.1:1/t", client_id="c", domains=("claims",)
        ),
    )
    create_keys(tmp_path / "keys", made.evidence.log_origin)
    return made


@pytest.fixture
def store(settings: Settings) -> LandingStore:
    return LandingStore.open(settings, FixedClock(datetime(2026, 2, 10, 8, tzinfo=UTC)))


Land = Callable[[Path], dict[str, LandedBatch]]


@pytest.fixture
def land(settings: Settings, store: LandingStore) -> Land:
    def landed(path: Path) -> dict[str, LandedBatch]:
        found = land_all(open_export_package(settings, store, path, None), store)
        return {stream: batches[-1] for stream, batches in found.items()}

    return landed


@pytest.mark.parametrize("form", ["zip", "folder", "zip in a folder"])
def test_a_package_gives_resources_links_and_assets(land: Land, store: LandingStore, tmp_path: Path, form: str) -> None:
    """An installation whose Design cannot be called hands over packages: they must answer where an image is used."""
    files = entries()
    if form == "folder":
        path = tmp_path / "package"
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    else:
        prefix = "Export (CA)/" if form == "zip in a folder" else ""
        path = packed(tmp_path / "p.zip", {prefix + name: data for name, data in files.items()})
    landed = land(path)
    assert {stream: (batch.rows, batch.unreadable) for stream, batch in landed.items()} == {
        "resources": (2, 0),
        "design_links": (2, 0),
        "resource_links": (1, 0),
    }
    assert not any(batch.claim.complete for batch in landed.values())
    assert "1 of them to resources that are not in it" in landed["design_links"].claim.detail
    image = next(row for row in landed_rows(store, "exstream", "resources") if row["resource_id"] == IMAGE)
    assert image["content_md5"] == hashlib.md5(BYTES, usedforsecurity=False).hexdigest()
    assert (image["domain"], image["version"], image["created_at_raw"]) == ("claims", 2, "1663608929092")
    (link,) = landed_rows(store, "exstream", "resource_links")
    assert (link["way"], link["public_id"]) == ("original_source", "brand/hero")
    assert {batch.rows for batch in land(path).values()} == {0}


def link_entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("content/image-x.bin", b"\0" * (8 << 20))


def twice(archive: zipfile.ZipFile) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("metadata.json", b"{}")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda archive: archive.writestr("../evil.json", b"x"), "an entry named"),
        (lambda archive: archive.writestr("/etc/evil", b"x"), "an entry named"),
        (lambda archive: archive.writestr("resources\\evil.json", b"x"), "an entry named"),
        (lambda archive: archive.writestr("C:/evil.json", b"x"), "an entry named"),
        (lambda archive: archive.writestr(link_entry("links/l.json"), "/etc/passwd"), "is a link"),
        (bomb, "swells more than 100 times"),
        (twice, "two entries"),
        (lambda archive: archive.writestr("a/metadata.json", b"{}"), "2 files metadata.json"),
    ],
)
def test_a_hostile_package_is_quarantined_whole(
    land: Land, store: LandingStore, tmp_path: Path, spoil: Callable[[zipfile.ZipFile], None], reason: str
) -> None:
    """A file that anyone may drop must neither write beside itself nor fill the disk or the memory."""
    path = packed(tmp_path / "p.zip", entries())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        spoil(archive)
    landed = land(path)
    assert (landed["resources"].rows, landed["resources"].quarantined) == (0, 1)
    assert reason in landed["resources"].claim.detail
    assert (landed["design_links"].rows, landed["resource_links"].rows) == (0, 0)
    assert [found.name for found in tmp_path.iterdir() if "evil" in found.name] == []


def test_more_than_the_most_is_refused_before_it_is_unpacked(
    land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many harmless entries fill a disk as well as one bomb does."""
    path = packed(tmp_path / "p.zip", entries())
    monkeypatch.setattr(das_package, "LARGEST_PACKAGE", 100)
    assert "bytes unpacked" in land(path)["resources"].claim.detail


def test_an_archive_inside_is_not_opened_and_a_wrong_entry_costs_itself(land: Land, tmp_path: Path) -> None:
    """A package in a package hides what the guards count; a resource under another's name would be approved as it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, data in entries().items():
            archive.writestr(name, data)
    files = entries() | {"resources/inner.zip": inner.getvalue()}
    files[f"resources/exstrpage-{PAGE}-1.json"] = files[f"resources/image-{IMAGE}-2.json"]
    landed = land(packed(tmp_path / "p.zip", files))
    assert (landed["resources"].rows, landed["resources"].quarantined) == (1, 1)


def test_a_cut_package_is_quarantined_and_a_missing_one_told(land: Land, settings: Settings, tmp_path: Path) -> None:
    """Half a download must not pass as an export of half the templates."""
    path = packed(tmp_path / "p.zip", entries())
    path.write_bytes(path.read_bytes()[:-30])
    assert "no sound zip" in land(path)["resources"].claim.detail
    with pytest.raises(ConfigurationError, match="export package"):
        land(tmp_path / "nothing.zip")
