"""A corrected file pushed to a real Cloudinary: once, to the right version, found again, and not approved by that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from PIL import Image

from assettrail.errors import ConfigurationError
from corrections.approval import approve
from corrections.in_words import NOT_APPROVED
from corrections.people.register import Person
from corrections.pushing.proposing import Pushed, push_file
from corrections.store.outbox import show_correction
from tests.adapters.corrections.conftest import Desk, Grid, Library, etag_of, picture
from tests.adapters.corrections.test_improving import kill_after
from tests.adapters.corrections.test_uncertain import start_sender, wait_for_the_write_to_end
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.renditions.drawings import encoded, landscape
from tests.unit.corrections.samples import CLOCK, approver

BEA = Person("bea", frozenset({"proposer"}))
CORRECTED = encoded(Image.new("RGB", (12, 8), "red"))
ETAG = hashlib.md5(CORRECTED, usedforsecurity=False).hexdigest()


@dataclass
class Studio:
    """An asset with tags, context and a relation, a corrected file of it, and a snapshot that knows it."""

    desk: Desk
    library: Library
    folder: Path
    public_id: str
    asset_id: str

    @property
    def file(self) -> Path:
        """The corrected file."""
        path = self.folder / "corrected.jpg"
        path.write_bytes(CORRECTED)
        return path

    def push(self, file: Path | None = None, *, by: Person | None = BEA, new_public_id: str | None = None) -> Pushed:
        """Propose the corrected file."""
        database = write_recalled_snapshot(
            self.folder / "s.duckdb", [("PUB-1", "COM-1", self.asset_id, None, 1, None, True)]
        )
        with duckdb.connect(str(database)) as connection:
            connection.execute("insert into marts.dim_assets values ('p', ?, ?)", [self.asset_id, self.public_id])
        return push_file(
            self.desk.settings,
            CLOCK,
            database,
            "s1",
            file or self.file,
            self.public_id,
            "the logo was wrong",
            by=by,
            new_public_id=new_public_id,
        )

    def approve(self) -> None:
        """Approve everything."""
        approve(self.desk.settings, CLOCK, None, approver("ana"), "looks right")

    def why(self) -> str:
        """Why the only correction is where it is."""
        (correction,) = self.desk.corrections()
        return show_correction(self.desk.settings, correction.correction_key).history[-1].why


@pytest.fixture
def studio(desk: Desk, library: Library, grid: Grid, tmp_path: Path) -> Studio:
    name = f"push/{tmp_path.name}"
    stored = library.upload_file(name, picture("green"), tags="brand,logo", context="owner=brand team")
    sibling = library.upload_file(f"{name}-sibling", picture("blue"))
    library.relate(stored["asset_id"], sibling["asset_id"])
    return Studio(desk, library, tmp_path, name, stored["asset_id"])


def test_a_corrected_file_becomes_the_assets_new_version(studio: Studio) -> None:
    """The same asset, the very bytes, and nothing of its tags, context and relations lost."""
    pushed = studio.push()
    assert (pushed.outcome, pushed.state) == ("proposed", "proposed")
    shown = show_correction(studio.desk.settings, pushed.difference.correction_key).facts()
    assert str(shown["before"]).endswith("held by 1 publications, 3 communications") is False
    assert etag_of("green") in str(shown["before"])
    assert "held by 1 publications" in str(shown["before"])
    assert NOT_APPROVED in str(shown["after"])
    assert "jpg 12×8" in str(shown["after"])
    studio.approve()
    assert studio.desk.send().as_dict() == {"confirmed": 1, "left": 0}
    now = studio.library.show(studio.public_id)
    assert (now["asset_id"], now["etag"], now["width"]) == (studio.asset_id, ETAG, 12)
    assert sorted(now["tags"]) == ["brand", "logo"]
    (correction,) = studio.desk.corrections()
    assert now["context"]["custom"] == {"owner": "brand team", "assettrail_correction": correction.correlation_id}
    assert [one["public_id"] for one in now["related_assets"]] == [f"{studio.public_id}-sibling"]
    assert correction.remote_id == f"{studio.asset_id} version {now['version']}"


def test_a_new_asset_leaves_the_old_one_as_it_is(studio: Studio) -> None:
    """What was sent under the old name stays reproducible; the new one is related to it, and not approved."""
    studio.push(new_public_id=f"{studio.public_id}-corrected")
    studio.approve()
    assert studio.desk.send().as_dict() == {"approved": 1, "confirmed": 1, "left": 0}
    old, new = studio.library.show(studio.public_id), studio.library.show(f"{studio.public_id}-corrected")
    assert (old["etag"], new["etag"]) == (etag_of("green"), ETAG)
    assert old["asset_id"] in [one["asset_id"] for one in new["related_assets"]]
    assert "approval_status" not in new.get("metadata", {})
    assert sorted(new["tags"]) == ["brand", "logo"]


def test_pushing_again_changes_nothing(studio: Studio) -> None:
    """The same file proposed twice is one correction; and once it is there it is refused."""
    studio.push()
    assert (studio.push().outcome, len(studio.desk.corrections())) == ("known", 1)
    studio.approve()
    assert studio.desk.send().as_dict() == {"confirmed": 1, "left": 0}
    writes = studio.library.writes()
    assert studio.desk.send().as_dict() == {"left": 0}
    with pytest.raises(ConfigurationError, match="these very bytes"):
        studio.push()
    assert studio.library.writes() == writes


def _lose(studio: Studio) -> None:
    for path in (studio.desk.settings.home / "corrections" / "files").iterdir():
        path.unlink()


def _change(studio: Studio) -> None:
    for path in (studio.desk.settings.home / "corrections" / "files").iterdir():
        path.write_bytes(CORRECTED + b" ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda studio: studio.library.upload_file(studio.public_id, picture("red")), "meanwhile"),
        (lambda studio: studio.library.upload_file(studio.public_id, CORRECTED), "these very bytes already"),
        (lambda studio: studio.library.rename(studio.public_id, f"{studio.public_id}-2"), "proposed was"),
        (lambda studio: studio.library.delete(studio.public_id), "no such asset"),
        (_lose, "No such file"),
        (_change, "bytes with SHA-256"),
    ],
    ids=["overwritten", "same bytes", "renamed", "deleted", "file lost", "file changed"],
)
def test_what_changed_meanwhile_is_a_conflict(studio: Studio, change: Callable[[Studio], Any], why: str) -> None:
    """An approval of one file for one version covers no other file and no other version."""
    studio.push()
    studio.approve()
    change(studio)
    writes = studio.library.writes()
    assert studio.desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert why in studio.why()
    assert studio.library.writes() == writes


def test_a_name_that_is_taken_is_a_conflict(studio: Studio) -> None:
    """A new asset must not become the new version of somebody else's."""
    studio.push(new_public_id=f"{studio.public_id}-sibling")
    studio.approve()
    assert studio.desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert "there is an asset" in studio.why()


@pytest.mark.parametrize("step", [1, 2])
def test_a_sender_that_is_killed_uploads_once(studio: Studio, step: int) -> None:
    """The file is there, or there and not yet related: the next run sees it by its mark and does the rest."""
    studio.desk.hurry()
    studio.push(new_public_id=f"{studio.public_id}-corrected")
    studio.approve()
    process = start_sender(studio.desk, kill_after(step))
    process.join()
    assert studio.desk.states() == ["sending"]
    wait_for_the_write_to_end(studio.desk)
    writes = studio.library.writes()
    studio.desk.send()
    assert studio.desk.states() == ["confirmed"]
    assert studio.library.writes() - writes == 2 - step


def test_an_upload_that_ends_in_an_error_after_it_was_done_is_read_back(studio: Studio) -> None:
    """Uploaded twice there would be two versions of it."""
    studio.push()
    studio.approve()
    studio.library.knob(truncate_body_after=5, method="POST", path="/upload", times=1)
    writes = studio.library.writes()
    assert studio.desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert studio.library.writes() == writes + 1


def test_an_upload_that_was_put_off_stays_approved(studio: Studio) -> None:
    """Too many requests is no refusal: nothing was written, and the next run may try."""
    from assettrail.errors import TransientSourceError

    studio.push()
    studio.approve()
    studio.library.knob(status=420, method="POST", path="/upload", times=1)
    with pytest.raises(TransientSourceError, match="Cloudinary"):
        studio.desk.send()
    assert studio.desk.states() == ["approved"]
    assert studio.library.show(studio.public_id)["etag"] == etag_of("green")


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "0 bytes"), (b"no picture", "no image"), (encoded(landscape())[:2000], "cannot be decoded")],
)
def test_a_file_that_nobody_can_open_is_no_correction(studio: Studio, content: bytes, found: str) -> None:
    """Uploaded, it would break every address of the asset."""
    path = studio.folder / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=found):
        studio.push(path)
    with pytest.raises(ConfigurationError, match="No such file"):
        studio.push(studio.folder / "nothing.jpg")
    assert studio.desk.corrections() == []


def test_a_dry_run_keeps_and_proposes_nothing(studio: Studio) -> None:
    """Looking at what would become of a file must leave no trace of it."""
    pushed = studio.push(by=None)
    assert (pushed.outcome, pushed.difference.desired.etag) == ("dry run", ETAG)
    assert studio.desk.corrections() == []
    assert not (studio.desk.settings.home / "corrections" / "files").exists()
