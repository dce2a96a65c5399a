"""T7's loop against real vendors: feedback measured, a better rendition proposed, written to two vendors, read back."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from assettrail.errors import ConfigurationError
from corrections.approval import approve
from corrections.difference import Difference
from corrections.people.register import Person
from corrections.preview import preview
from corrections.renditions.improving import measure_feedback
from corrections.renditions.measured import Region
from corrections.renditions.measurements import Measurement, list_measurements
from corrections.store.kept_files import kept_file
from corrections.store.outbox import show_correction
from corrections.vendors.cloudinary_writer import CloudinaryWriter
from ingest.strict import decode_object
from tests.adapters.corrections.conftest import CLOUD, Desk, Grid, Library
from tests.adapters.corrections.feedback_snapshot import Reported, write_feedback_snapshot
from tests.adapters.corrections.test_uncertain import start_sender, wait_for_the_write_to_end
from tests.unit.corrections.renditions.drawings import SUBJECT, encoded, landscape
from tests.unit.corrections.samples import CLOCK, approver

HEAVY = encoded(landscape(240, 120), quality=98)
PROPOSER = Person("bea", frozenset({"proposer"}))


@dataclass
class Reports:
    """A partner who reports renditions, and the house that measures them."""

    desk: Desk
    grid: Grid
    library: Library
    folder: Path
    _number: int = 0

    def report(
        self,
        category: str,
        transformation: str,
        content: bytes = HEAVY,
        kind: str = "image",
        extension: str = "jpg",
        **options: Any,
    ) -> Reported:
        """A new asset in a publication with this transformation, and feedback about it."""
        self._number += 1
        name = f"t7/{self.folder.name}-{self._number}"
        stored = self.library.upload_file(name, content, resource_type=kind, **options)
        path = "/".join(filter(None, [transformation, f"v{stored['version']}", f"{name}.{extension}"]))
        url = f"https://res.cloudinary.com/{CLOUD}/{kind}/upload/{path}"
        asset = {"assetId": stored["asset_id"], "publicId": name, "version": stored["version"], "etag": stored["etag"]}
        place = {"rendition": "web", "language": "fr", "region": "FR", "device": "mobile"}
        community = self.grid.community_id
        made = self.grid.make(
            "publications", communityId=community, asset={**asset, "url": url}, publishedBy="ana", **place
        )
        feedback = self.grid.make(
            "feedback",
            communityId=community,
            partnerId=self.grid.partner_id,
            publicationId=made["publicationId"],
            asset={"assetId": stored["asset_id"], "publicId": name, "version": stored["version"]},
            category=category,
            device="phone",
        )
        return Reported(
            feedback["feedbackId"],
            category,
            made["publicationId"],
            community,
            stored["asset_id"],
            stored["version"],
            stored["etag"],
            url,
        )

    def measure(self, *reported: Reported, **options: Any) -> list[Measurement]:
        """Measure from a snapshot that shows this feedback."""
        database = write_feedback_snapshot(self.folder / "feedback.duckdb", reported)
        return measure_feedback(self.desk.settings, CLOCK, database, "s1", **options)

    def approve(self) -> None:
        """Approve everything."""
        approve(self.desk.settings, CLOCK, None, approver("ana"), "the measures are better")

    def difference(self) -> Difference:
        """The difference of the only correction."""
        (correction,) = self.desk.corrections()
        return correction.difference

    def public_id(self, reported: Reported) -> str:
        """The name of the asset that was reported."""
        return reported.url.partition(f"v{reported.version}/")[2].rpartition(".")[0]

    def answered(self, reported: Reported) -> tuple[dict[str, Any], dict[str, Any]]:
        """The feedback now, and the publication that it was answered with."""
        feedback = self.grid.get(f"feedback/{reported.feedback_id}")
        return feedback, self.grid.get(f"publications/{feedback['answerPublicationId']}")


@pytest.fixture
def reports(desk: Desk, grid: Grid, library: Library, tmp_path: Path) -> Reports:
    return Reports(desk, grid, library, tmp_path)


def test_slow_loading_is_answered_with_fewer_bytes(reports: Reports) -> None:
    """The whole loop: measured, approved by another person, written at both vendors, answered, replaced in place."""
    reported = reports.report("slow_loading", "c_limit,w_600", context="campaign=spring")
    (measured,) = reports.measure(reported, by=PROPOSER)
    assert measured.outcome == "proposed"
    difference = reports.difference()
    improvement = difference.improvement
    assert improvement is not None
    assert improvement.after.size_bytes < improvement.before.size_bytes / 2
    assert improvement.after.ssim is not None
    assert improvement.after.ssim >= 0.95
    assert reports.desk.corrections()[0].proposed_by == "bea"
    reports.approve()
    assert reports.desk.send().as_dict() == {"approved": 2, "confirmed": 1, "left": 0}
    feedback, publication = reports.answered(reported)
    assert (feedback["status"], feedback["answer"]) == ("answered", difference.text)
    assert difference.rendition is not None
    assert difference.rendition.transformation is not None
    assert f"/{difference.rendition.transformation}/v{reported.version}/" in publication["asset"]["url"]
    same = {"rendition": "web", "language": "fr", "region": "FR", "device": "mobile"}
    assert {name: publication[name] for name in same} == same
    assert reports.grid.get(f"publications/{reported.publication_id}")["withdrawnAt"] is not None
    shown = reports.library.show(reports.public_id(reported))
    assert shown["context"]["custom"]["campaign"] == "spring"
    assert difference.rendition.transformation in {one["transformation"] for one in shown["derived"]}


def test_what_is_delivered_is_what_was_measured(reports: Reports) -> None:
    """A person approves bytes, pixels and likeness: the partner must get those, not others."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    reports.measure(reported)
    improvement, rendition = reports.difference().improvement, reports.difference().rendition
    assert improvement is not None
    assert rendition is not None
    trial = decode_object(kept_file(reports.desk.settings, improvement.trial_sha256), "a trial")
    tried = {one["transformation"]: one for one in trial["tried"]}  # type: ignore[attr-defined]
    assert tried[rendition.transformation]["measured"]["size_bytes"] == improvement.after.size_bytes
    assert tried[rendition.transformation]["refused"] == []
    refused = [one for one in tried.values() if one["refused"]]
    assert all(
        one["measured"]["size_bytes"] >= improvement.after.size_bytes or one["refused"] for one in tried.values()
    )
    assert refused == [] or all(reason for one in refused for reason in one["refused"])
    assert len(tried) >= 8


def test_a_wrong_crop_is_answered_with_one_that_keeps_the_subject(reports: Reports) -> None:
    """The middle of the picture has no subject in it: what Cloudinary declares of interest has to be kept."""
    content = encoded(landscape(), quality=90)
    reported = reports.report("incorrect_cropping", "c_fill,g_center,h_120,w_120", content)
    reports.library.explicit(reports.public_id(reported), custom_coordinates=list(SUBJECT))
    (measured,) = reports.measure(reported)
    assert measured.outcome == "proposed"
    improvement = reports.difference().improvement
    assert improvement is not None
    assert improvement.before.coverage is not None
    assert improvement.after.coverage is not None
    assert improvement.before.coverage < 0.2
    assert improvement.after.coverage > 0.95
    assert improvement.custom_coordinates is None
    reports.approve()
    assert reports.desk.send().as_dict()["confirmed"] == 1


def test_a_region_that_a_person_declares_goes_to_cloudinary(reports: Reports) -> None:
    """Without a declared region nothing can be measured; the person who looks at the picture may declare it."""
    reported = reports.report("incorrect_cropping", "c_fill,g_center,h_120,w_120", encoded(landscape(), quality=90))
    (none,) = reports.measure(reported)
    assert (none.outcome, "no region of interest" in none.reason) == ("not proposed", True)
    region = Region(*SUBJECT)
    (measured,) = reports.measure(reported, regions={reported.feedback_id: region}, by=PROPOSER)
    assert measured.outcome == "proposed"
    improvement = reports.difference().improvement
    assert improvement is not None
    assert improvement.custom_coordinates == region
    reports.approve()
    assert reports.desk.send().as_dict()["confirmed"] == 1
    assert reports.library.show(reports.public_id(reported))["coordinates"]["custom"] == [list(SUBJECT)]


def test_poor_rendering_on_a_telephone_is_answered_with_its_width_and_breakpoints(reports: Reports) -> None:
    """A picture four times too wide for the telephone: its own width, and files for the widths below."""
    content = encoded(landscape().resize((1920, 720)), quality=95)
    reported = reports.report("poor_mobile_rendering", "c_scale,w_1600", content)
    (measured,) = reports.measure(reported)
    assert measured.outcome == "proposed"
    improvement = reports.difference().improvement
    assert improvement is not None
    assert (improvement.before.width_px, improvement.after.width_px, improvement.widest_px) == (1600, 480, 480)
    reports.approve()
    assert reports.desk.send().as_dict()["confirmed"] == 1
    derived = reports.library.show(reports.public_id(reported))["derived"]
    widths = {one["width"] for one in derived if "c_scale,w_160" in one["transformation"]}
    assert 160 in widths


def test_a_video_that_begins_late_is_answered_with_one_that_begins_early(reports: Reports, tmp_path: Path) -> None:
    """Its index stands at the end: a rendition whose index comes first begins at once."""
    path = tmp_path / "film.mp4"
    order = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=3"]
    subprocess.run([*order, "-c:v", "mjpeg", "-q:v", "2", str(path)], check=True)
    reported = reports.report("slow_loading", "", path.read_bytes(), kind="video", extension="mp4")
    (measured,) = reports.measure(reported)
    assert measured.outcome == "proposed", measured.reason
    improvement = reports.difference().improvement
    assert improvement is not None
    assert improvement.before.first_frame_bytes == improvement.before.size_bytes
    assert improvement.after.first_frame_bytes is not None
    assert improvement.after.first_frame_bytes < improvement.before.size_bytes / 4
    reports.approve()
    assert reports.desk.send().as_dict()["confirmed"] == 1
    _, publication = reports.answered(reported)
    assert "/video/upload/" in publication["asset"]["url"]


def test_where_nothing_is_better_nothing_is_proposed_and_the_reason_is_kept(reports: Reports) -> None:
    """A change for its own sake is what ctl_republications_made_worse finds: the reasons are shown instead."""
    reported = reports.report("slow_loading", "c_limit,w_480/f_webp,q_auto:low")
    uncut = reports.report("incorrect_cropping", "c_limit,w_300")
    reports.library.explicit(reports.public_id(uncut), custom_coordinates=list(SUBJECT))
    found = reports.measure(reported, uncut)
    assert [one.outcome for one in found] == ["not proposed", "not proposed"]
    assert "none of" in found[0].reason
    assert "no help against slow_loading" in found[0].reason
    assert "neither sizes nor cuts" in found[1].reason
    assert reports.desk.corrections() == []
    assert list(list_measurements(reports.desk.settings)) == sorted(found, key=lambda one: one.feedback_id)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_live": False}, "withdrawn"),
        ({"verdict": "SUPERSEDED"}, "SUPERSEDED now"),
        ({"category": "too_blue"}, "nothing is measured for the category"),
        ({"url": "https://elsewhere.example.com/a.jpg"}, "unparsable"),
        ({"etag": "0" * 32}, "republish the approved version first"),
        ({"asset_id": "f" * 32}, "does not deliver the asset"),
    ],
)
def test_what_cannot_be_measured_is_said(reports: Reports, change: dict[str, Any], why: str) -> None:
    """A better rendition of the wrong bytes would spread them."""
    reported = replace(reports.report("slow_loading", "c_limit,w_600"), **change)
    (measured,) = reports.measure(reported)
    assert measured.outcome == "not proposed"
    assert why in measured.reason
    assert reports.desk.corrections() == []


def test_partners_who_reported_one_publication_are_answered_with_one(reports: Reports) -> None:
    """Published once for each of them, the community would show the same picture several times."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    about = {"publicationId": reported.publication_id, "category": "slow_loading", "device": "phone"}
    asset = {"assetId": reported.asset_id, "publicId": reports.public_id(reported), "version": reported.version}
    place = {"communityId": reports.grid.community_id, "partnerId": reports.grid.partner_id}
    other = replace(reported, feedback_id=reports.grid.make("feedback", **place, **about, asset=asset)["feedbackId"])
    database = write_feedback_snapshot(reports.folder / "feedback.duckdb", [reported])
    with duckdb.connect(str(database)) as connection:
        copied = "select * replace (? as feedback_key, ? as feedback_id_trading_grid) from marts.fct_feedback"
        connection.execute(f"insert into marts.fct_feedback {copied}", [other.feedback_id] * 2)
    settings, both = reports.desk.settings, [reported.feedback_id, other.feedback_id]
    standing = measure_feedback(settings, CLOCK, database, "s1")
    assert [one.feedback_id for one in standing] == [reported.feedback_id], "the other is not overdue"
    assert len(measure_feedback(settings, CLOCK, database, "s1", feedback_ids=both)) == 2
    reports.approve()
    reports.desk.send()
    assert reports.desk.states() == ["confirmed", "confirmed"]
    (first, publication), (second, same) = reports.answered(reported), reports.answered(other)
    assert (first["status"], second["status"]) == ("answered", "answered")
    assert publication["publicationId"] == same["publicationId"]


def test_measuring_again_changes_nothing_and_feedback_that_was_answered_is_let_go(reports: Reports) -> None:
    """A nightly run must not take an approval back, nor keep a proposal for what a person has answered."""
    first, second = (reports.report("slow_loading", "c_limit,w_600") for _ in range(2))
    reports.measure(first, second)
    reports.approve()
    assert [one.outcome for one in reports.measure(first, second)] == ["known", "known"]
    assert reports.desk.states() == ["approved", "approved"]
    reports.measure(first)
    assert sorted(reports.desk.states()) == ["approved", "withdrawn"]
    with pytest.raises(ConfigurationError, match="no such open feedback"):
        reports.measure(first, feedback_ids=["FB-NONE"])


def test_proposals_of_a_snapshot_leave_measured_ones_alone(reports: Reports) -> None:
    """A build proposes from SQL and would take back all that it does not know."""
    reports.measure(reports.report("slow_loading", "c_limit,w_600"))
    reports.desk.propose(name="s2", by=None)
    assert reports.desk.states() == ["proposed"]


def _answer(reports: Reports, reported: Reported) -> None:
    reports.grid._done(
        reports.grid._http.patch(f"/api/v1/feedback/{reported.feedback_id}", json={"status": "answered"})
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_answer, "the feedback is answered"),
        (lambda reports, reported: reports.grid.withdraw(reported.publication_id), "withdrawn"),
        (lambda reports, reported: reports.library.delete(reports.public_id(reported)), "no such asset"),
        (
            lambda reports, reported: reports.library.upload_file(reports.public_id(reported), encoded(landscape())),
            "Cloudinary serves version",
        ),
    ],
    ids=["answered", "withdrawn", "deleted", "overwritten"],
)
def test_what_changed_meanwhile_is_a_conflict(
    reports: Reports, change: Callable[[Reports, Reported], object], why: str
) -> None:
    """The measures were of another state: nothing of it may be written, at neither vendor."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    reports.measure(reported)
    reports.approve()
    change(reports, reported)
    posts, writes = reports.grid.posts(), reports.library.writes()
    assert reports.desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert (reports.grid.posts(), reports.library.writes()) == (posts, writes)
    (correction,) = reports.desk.corrections()
    assert why in show_correction(reports.desk.settings, correction.correction_key).history[-1].why


def test_a_dry_run_shows_the_measures_and_writes_nothing(reports: Reports) -> None:
    """Who approves sees what the partner has and would have."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    reports.measure(reported)
    reports.approve()
    counts = reports.grid.posts(), reports.library.writes()
    database = write_feedback_snapshot(reports.folder / "feedback.duckdb", [reported])
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table marts.fct_template_links (template_id_exstream varchar, image_name varchar, "
            "asset_id_cloudinary varchar, etag varchar, is_in_use boolean);"
            "create table marts.dim_asset_versions (asset_version_key varchar, asset_key varchar, "
            "asset_id_cloudinary varchar, etag varchar);"
            "create table marts.fct_output_links (communication_key varchar, asset_id_cloudinary varchar, "
            "asset_version_key varchar, is_beside_report boolean);"
            "create table marts.fct_distributions (partner_key varchar, gtin14 varchar, asset_id_cloudinary varchar, "
            "etag varchar, issued_at timestamptz, accepted_at timestamptz);"
            "create table marts.dim_partners (partner_key varchar, partner_id_trading_grid varchar);"
            "create table marts.fct_claims (system_code varchar, stream_name varchar, window_to timestamptz, "
            "is_complete boolean, outcome varchar);"
            "create table marts.fct_asset_uses (communication_key varchar, binding varchar, "
            "asset_id_cloudinary varchar, etag varchar);"
            "alter table marts.fct_publications add column public_id varchar"
        )
    (shown,) = preview(reports.desk.settings, CLOCK, database)
    assert shown.outcome == "would be written", shown.why
    assert "c_limit,w_600" in shown.before
    assert "SSIM" in shown.before
    assert "SSIM" in shown.after
    assert shown.request is not None
    assert shown.request["path"] == "/explicit/image"
    assert (reports.grid.posts(), reports.library.writes()) == counts


def kill_after(step: int) -> Callable[[], None]:
    """Kill the sender when a write, the first, second or third, has taken effect."""

    def patch() -> None:
        from corrections.vendors.trading_grid import TradingGrid

        done = [0]

        def killing(real: Callable[..., Any]) -> Callable[..., Any]:
            def write_once(*arguments: Any) -> Any:
                outcome = real(*arguments)
                done[0] += 1
                if done[0] == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return outcome

            return write_once

        CloudinaryWriter.write_once = killing(CloudinaryWriter.write_once)  # type: ignore[method-assign]
        TradingGrid.write_once = killing(TradingGrid.write_once)  # type: ignore[method-assign]

    return patch


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_sender_that_is_killed_between_the_requests_is_gone_on_with(reports: Reports, step: int) -> None:
    """Prepared but not published, published but not answered: the next run does the rest, and nothing twice."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    reports.measure(reported)
    reports.approve()
    reports.desk.hurry()
    process = start_sender(reports.desk, kill_after(step))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert reports.desk.states() == ["sending"]
    wait_for_the_write_to_end(reports.desk)
    reports.desk.send()
    assert reports.desk.states() == ["confirmed"]
    feedback, publication = reports.answered(reported)
    assert feedback["status"] == "answered"
    found = reports.grid.get(f"publications?correlationId={publication['correlationId']}&limit=10")
    assert found["total"] == 1


def test_a_broken_answer_of_cloudinary_is_read_back(reports: Reports) -> None:
    """The call was made although the answer broke: it is seen by its mark, and the rest follows."""
    reports.measure(reports.report("slow_loading", "c_limit,w_600"))
    reports.approve()
    reports.library.knob(truncate_body_after=5, method="POST", path="/explicit", times=1)
    assert reports.desk.send().as_dict() == {"approved": 2, "confirmed": 1, "left": 0}


def test_a_refusal_of_cloudinary_is_a_rejection_with_its_words(reports: Reports) -> None:
    """Published all the same, the partner would have an address that was never prepared."""
    reported = reports.report("slow_loading", "c_limit,w_600")
    reports.measure(reported)
    reports.approve()
    reports.library.knob(status=400, method="POST", path="/explicit", times=1)
    assert reports.desk.send().as_dict() == {"rejected": 1, "left": 0}
    assert reports.grid.get(f"feedback/{reported.feedback_id}")["status"] == "open"
