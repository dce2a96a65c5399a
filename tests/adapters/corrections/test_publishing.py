"""New publications and launch lists against a real Trading Grid over HTTP: variants, asked-for formats, readiness."""

from __future__ import annotations

from typing import Any

import pytest

from corrections.difference import ADVICE, KINDS
from corrections.effects.by_kind import EFFECTS
from corrections.store.outbox import show_correction
from corrections.vendors.trading_grid import TradingGrid
from corrections.vendors.writes import Uncertain, Write
from tests.adapters.corrections.conftest import ASSET_ID, BANNER, CLOUD, NEW, NEW_ETAG, Desk, Grid
from tests.unit.corrections.samples import link_row

PLACE = {"desired_region_code": "DE", "desired_language_code": "de"}
LIST = "Hello,\n\nstill missing:\n\n- 00 banners/spring: not published yet"


def row(number: int, kind: str, grid: Grid, target_id: str, **changes: Any) -> dict[str, Any]:
    """A row of a kind that corrects neither a case nor a publication."""
    beside = {"case_id_trading_grid": None, "expected_version_number": None, "expected_etag": None}
    place = {"community_id_trading_grid": grid.community_id, "subject_id": target_id, "target_id": target_id}
    return link_row(number, kind=kind, **{**beside, **BANNER, **place, "desired_rendition_name": "web", **changes})


def need(grid: Grid, device: str, status: str = "needed") -> str:
    """The community needs the banner for a device; gives the need's id."""
    words = {"region": "DE", "language": "de", "device": device}
    grid.make("community-needs", communityId=grid.community_id, assetId=ASSET_ID, status=status, **words)
    return ":".join((grid.community_id, ASSET_ID, *words.values()))


def variant(number: int, grid: Grid, need_id: str, device: str) -> dict[str, Any]:
    return row(
        number,
        "publish_variant",
        grid,
        need_id,
        **PLACE,
        desired_device_code=device,
        desired_transformation="f_auto,q_auto",
    )


def wish(grid: Grid, community_id: str, form: str = "webp") -> str:
    """A partner asks for a format; gives the request's id."""
    asset = {"assetId": ASSET_ID, "publicId": "banners/spring"}
    partner = {"communityId": community_id, "partnerId": grid.partner_id}
    return str(grid.make("format-requests", **partner, asset=asset, format=form)["formatRequestId"])


def asked(number: int, grid: Grid, request_id: str, community_id: str, form: str = "webp") -> dict[str, Any]:
    return row(
        number,
        "publish_asked_format",
        grid,
        request_id,
        **PLACE,
        community_id_trading_grid=community_id,
        desired_format_code=form,
        desired_rendition_name=form,
    )


def readiness(number: int, grid: Grid, launch_id: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("desired_version_number", "desired_etag", "desired_format_code", "desired_rendition_name"))
    about = dict.fromkeys(("asset_id_cloudinary", "public_id", "resource_type"))
    return row(number, "post_readiness", grid, launch_id, **nothing, **about, message_text=LIST)


def launch(grid: Grid, status: str = "planned") -> str:
    made = grid.make("launches", name="Spring", launchAt="2026-03-01T00:00:00Z", communityIds=[grid.community_id])
    if status != "planned":
        grid._done(grid._http.patch(f"/api/v1/launches/{made['launchId']}", json={"status": status}))
    return str(made["launchId"])


def test_a_needed_variant_is_published_where_it_is_needed(desk: Desk, grid: Grid) -> None:
    """T2: the words of the need, the approved bytes, and nothing else taken down."""
    other = grid.make_publication()
    desk.propose(variant(1, grid, need(grid, "phone"), "phone"))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    (done,) = desk.corrections()
    new = grid.get(f"publications/{done.remote_id}")
    assert new["asset"]["url"].endswith(f"/{CLOUD}/image/upload/f_auto,q_auto/v{NEW}/banners/spring.jpg")
    assert (new["asset"]["version"], new["asset"]["etag"]) == (NEW, NEW_ETAG)
    words = {name: new[name] for name in ("region", "language", "device", "rendition", "replacesPublicationId")}
    assert words == {
        "region": "DE",
        "language": "de",
        "device": "phone",
        "rendition": "web",
        "replacesPublicationId": None,
    }
    assert grid.get(f"publications/{other}")["withdrawnAt"] is None
    assert desk.send().as_dict() == {"left": 0}


def test_what_is_needed_no_more_or_shown_by_now_is_a_conflict(desk: Desk, grid: Grid) -> None:
    """A person in the portal was faster; a second publication of the same would confuse partners."""
    dropped, shown = need(grid, "tablet", "dropped"), need(grid, "watch")
    asset = {"assetId": ASSET_ID, "publicId": "banners/spring", "version": NEW, "etag": NEW_ETAG, "url": "x"}
    words = {"region": "DE", "language": "de", "device": "watch"}
    grid.make("publications", communityId=grid.community_id, asset=asset, **words)
    desk.propose(variant(1, grid, dropped, "tablet"), variant(2, grid, shown, "watch"), variant(3, grid, "no:id", "x"))
    grid.reset()
    assert desk.send().as_dict() == {"conflict": 3, "left": 0}
    assert grid.posts() == 0


def test_a_foreign_variant_gives_way_to_the_own_one(desk: Desk, grid: Grid) -> None:
    """T2: the approved words in place of the foreign ones; beside an own one the foreign one is only taken out."""
    foreign, beside = grid.make_publication(), grid.make_publication()
    changes = {"expected_version_number": 1767600000, "expected_etag": "old"}
    nothing = dict.fromkeys(("desired_version_number", "desired_etag", "desired_format_code", "desired_rendition_name"))
    desk.propose(
        row(1, "replace_foreign_variant", grid, foreign, **PLACE, **changes, publication_id_trading_grid=foreign),
        row(2, "withdraw_foreign_variant", grid, beside, **changes, **nothing, publication_id_trading_grid=beside),
    )
    assert desk.send().as_dict() == {"confirmed": 2, "left": 0}
    first, second = desk.corrections()
    new = grid.get(f"publications/{first.remote_id}")
    assert (new["region"], new["language"], new["replacesPublicationId"]) == ("DE", "de", foreign)
    assert grid.get(f"publications/{foreign}")["withdrawnAt"] is not None
    assert (second.remote_id, grid.get(f"publications/{beside}")["withdrawnBy"]) == (beside, "assettrail")


def test_an_asked_format_is_published_and_the_request_answered(desk: Desk, grid: Grid) -> None:
    """T6: the partner sees which publication answers; a second request for it is answered with what is there."""
    community = grid.make("communities", name="Formats")["communityId"]
    first, second = wish(grid, community), wish(grid, community)
    desk.propose(asked(1, grid, first, community), asked(2, grid, second, community))
    grid.reset()
    assert desk.send().as_dict() == {"approved": 1, "confirmed": 2, "left": 0}
    published = grid.get(f"publications?communityId={community}")["records"]
    assert [one["asset"]["url"].rsplit("/", 1)[1] for one in published] == ["spring.webp"]
    answers = [grid.get(f"format-requests/{one}") for one in (first, second)]
    (answer,) = {(one["status"], one["answerPublicationId"]) for one in answers}
    assert answer == ("answered", published[0]["publicationId"])


@pytest.mark.parametrize("lost", [1, 2])
def test_a_request_that_is_lost_between_two_goes_on_where_it_stood(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """Published and not answered, or answered and not known: never published twice, never left half done."""
    community = grid.make("communities", name="Lost")["communityId"]
    request = wish(grid, community, "png")
    desk.propose(asked(1, grid, request, community, "png"))
    write_once, count = TradingGrid.write_once, 0

    def broken(service: TradingGrid, write: Write) -> object:
        nonlocal count
        count += 1
        done = write_once(service, write)
        return Uncertain("the answer was lost") if count == lost else done

    monkeypatch.setattr(TradingGrid, "write_once", broken)
    while desk.states() != ["confirmed"]:
        assert count < 3
        desk.send()
    assert len(grid.get(f"publications?communityId={community}")["records"]) == 1
    assert grid.get(f"format-requests/{request}")["status"] == "answered"
    history = show_correction(desk.settings, "01").history
    assert [step.to_state for step in history if step.to_state in {"sending", "confirmed"}][-1] == "confirmed"


@pytest.mark.parametrize("change", [{"status": "answered"}, None])
def test_a_request_that_was_answered_otherwise_is_a_conflict(
    desk: Desk, grid: Grid, change: dict[str, str] | None
) -> None:
    """Another answer stands, or the request never was: nothing is published for it."""
    community = grid.make("communities", name="Answered")["communityId"]
    request = wish(grid, community) if change else "FRQ-none"
    if change:
        grid._done(grid._http.patch(f"/api/v1/format-requests/{request}", json=change))
    desk.propose(asked(1, grid, request, community))
    grid.reset()
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.posts() == 0


def test_the_list_of_what_a_launch_lacks_stands_in_its_discussion_once(desk: Desk, grid: Grid) -> None:
    """T6: word for word what was approved, by the team."""
    launch_id = launch(grid)
    desk.propose(readiness(1, grid, launch_id))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    (message,) = grid.get(f"launches/{launch_id}/messages")["records"]
    assert (message["body"], message["authorRole"]) == (LIST, "team")
    assert desk.send().as_dict() == {"left": 0}


def test_no_list_for_a_launch_that_is_over(desk: Desk, grid: Grid) -> None:
    """What is missing after the launch helps nobody."""
    desk.propose(readiness(1, grid, launch(grid, "launched")), readiness(2, grid, "LAU-none"))
    grid.reset()
    assert desk.send().as_dict() == {"conflict": 2, "left": 0}
    assert grid.posts() == 0


def test_another_text_under_our_correlation_id_confirms_nothing(desk: Desk, grid: Grid) -> None:
    """What was not approved must not count as what was."""
    launch_id = launch(grid)
    desk.propose(readiness(1, grid, launch_id))
    (found,) = desk.corrections()
    said = {"author": "x", "authorRole": "team", "body": "other", "correlationId": found.correlation_id}
    grid.make(f"launches/{launch_id}/messages", **said)
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}


def test_every_kind_has_what_carries_it_out() -> None:
    """A kind that is proposed and that nobody sends waits for ever, unless it is advice, for which nothing is sent."""
    assert set(EFFECTS) | ADVICE == set(KINDS)
    assert not set(EFFECTS) & ADVICE
