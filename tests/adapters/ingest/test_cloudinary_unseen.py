"""Changes that the search index does not show: without a trigger that tells them no window is claimed complete."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cloudinary import api
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.settings import Settings
from ingest.claims import read_claims
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import EVENTS, Sandbox, accept, landed_rows

WITHOUT = "no trigger sends access_control_changed, move to poll://"
FACTS = "a change of access or folder may be seen by the next full listing only"


@pytest.fixture
def channel(settings: Settings) -> str:
    """The installation's poll channel."""
    assert settings.cloudinary is not None
    return settings.cloudinary.poll_channel


def at(sandbox: Sandbox, hour: int, day: int = 10) -> datetime:
    """Set the clock to a full hour; that instant."""
    instant = datetime(2026, 1, day, hour, tzinfo=UTC)
    sandbox.set_clock(instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return instant


def listed(settings: Settings, store: LandingStore) -> list[LandedBatch]:
    """The batches of one run over `resources`."""
    return ingest_stream(open_source(settings, "cloudinary", store), "resources", store, accept)


def delete_triggers(sandbox: Sandbox, *events: str) -> None:
    for trigger in api.triggers(**sandbox.cloudinary)["triggers"]:
        if trigger["event_type"] in events:
            api.delete_trigger(trigger["id"], **sandbox.cloudinary)


def test_windows_without_triggers_stay_open_until_all_is_listed(
    sandbox: Sandbox, settings: Settings, store: LandingStore, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset that was locked for all but a few stays open in every report, under a claim that nothing changed."""
    at(sandbox, 7)
    sandbox.create_triggers(channel, [event for event in EVENTS if event not in {"move", "access_control_changed"}])
    asset = sandbox.upload("hero", "red")["asset_id"]
    began = at(sandbox, 8)
    (first,) = listed(settings, store)
    assert (first.claim.complete, first.claim.window_to) == (True, began)
    at(sandbox, 9)
    api.update("hero", asset_folder="other", **sandbox.cloudinary)
    ended = at(sandbox, 10)
    (without,) = listed(settings, store)
    at(sandbox, 11)
    (again,) = listed(settings, store)
    assert {(batch.claim.complete, batch.claim.how) for batch in (without, again)} == {(False, "known_gap")}
    assert (without.claim.window_from, without.claim.window_to) == (began, ended)
    assert without.claim.detail == f"{WITHOUT}{channel}: {FACTS}"
    for name, value in {"HOME": settings.home, "KEYS__FOLDER": settings.keys.folder}.items():
        monkeypatch.setenv(f"ASSETTRAIL_{name}", str(value))
    shown = CliRunner().invoke(
        application, ["claims", "--stream", "cloudinary/resources", "--json"], catch_exceptions=False
    )
    assert json.dumps(f"{WITHOUT}{channel}: {FACTS}") in shown.stdout
    periods = read_claims(store.ledger, "cloudinary/resources")[0].periods
    assert [(period.state, period.start) for period in periods] == [("complete", None), ("incomplete", began)]
    everything = at(sandbox, 8, day=17)
    (whole,) = listed(settings, store)
    assert (whole.claim.complete, whole.claim.window_from, whole.claim.window_to) == (True, began, everything)
    assert [row for row in landed_rows(store, "cloudinary", "resources") if row["asset_id"] == asset][-1][
        "asset_folder"
    ] == "other"
    assert [period.state for period in read_claims(store.ledger, "cloudinary/resources")[0].periods] == ["complete"]


def test_a_window_is_open_up_to_where_its_triggers_begin(
    sandbox: Sandbox, settings: Settings, store: LandingStore, channel: str
) -> None:
    """Whoever makes the missing triggers must not have the time before them claimed, nor lose the time behind them."""
    at(sandbox, 7)
    sandbox.create_triggers(channel)
    hours = [at(sandbox, 8)]
    listed(settings, store)
    delete_triggers(sandbox, "moderation")
    hours.append(at(sandbox, 9))
    api.create_trigger(f"poll://{channel}", "moderation", uri_type="poll", **sandbox.cloudinary)
    asset = sandbox.upload("hero", "red", moderation="manual")["asset_id"]
    hours.append(at(sandbox, 10))
    gap, rest = listed(settings, store)
    assert (gap.claim.complete, gap.claim.window_from, gap.claim.window_to) == (False, hours[0], hours[1])
    assert gap.claim.detail == (
        f"the trigger of moderation for poll://{channel} came with {hours[1].isoformat()} only: "
        "a change of moderation may be seen by the next full listing only"
    )
    assert (rest.claim.complete, rest.claim.window_from, rest.claim.window_to) == (True, hours[1], hours[2])
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")] == [asset]
    api.update("hero", moderation_status="rejected", **sandbox.cloudinary)
    ingest_stream(open_source(settings, "cloudinary", store), "notifications", store, accept)
    at(sandbox, 11)
    (after,) = listed(settings, store)
    assert after.claim.complete
    assert landed_rows(store, "cloudinary", "resources")[-1]["moderation_status"] == "rejected"


def test_triggers_that_the_account_does_not_show_leave_the_window_unknown(
    sandbox: Sandbox, settings: Settings, store: LandingStore, channel: str
) -> None:
    """A key that may not see triggers says nothing about them: neither that they are there nor that they lack."""
    at(sandbox, 7)
    sandbox.create_triggers(channel)
    at(sandbox, 8)
    listed(settings, store)
    asset = sandbox.upload("hero", "red")["asset_id"]
    at(sandbox, 9)
    sandbox.turn("cloudinary", status=403, path="/triggers")
    (batch,) = listed(settings, store)
    assert (batch.claim.complete, batch.claim.how) == (False, "unknown")
    assert "cannot be seen" in batch.claim.detail
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")] == [asset]
