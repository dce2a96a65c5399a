"""How many calls of the account's hourly allowance an ingest needs: bounds that the vendor's limits ask for."""

from __future__ import annotations

import pytest
from cloudinary import uploader

import ingest.cloudinary.client as cloudinary_client
from assettrail.clock import clock_from
from assettrail.settings import Settings
from ingest.cloudinary import search_index
from ingest.cloudinary.budget import CallBudget, budget_path
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows

ASSETS = 505
"""As many assets as need two pages; of each upload a message waits: more than a first sync asks for."""


@pytest.fixture
def told(sandbox: Sandbox, settings: Settings) -> Settings:
    """The installation's channel is told of everything from 2026-01-10 on; the clock stands at 08:00 that day."""
    assert settings.cloudinary is not None
    sandbox.set_clock("2026-01-10T00:00:00Z")
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    sandbox.set_clock("2026-01-10T08:00:00Z")
    without_contents = settings.cloudinary.model_copy(update={"contents_per_run": 0, "visibility_timeout_seconds": 60})
    return settings.model_copy(update={"cloudinary": without_contents})


def run(settings: Settings, store: LandingStore) -> dict[str, list[LandedBatch]]:
    """One ingest as a process of its own would do it."""
    return land_all(open_source(settings, "cloudinary", store), store)


def calls(sandbox: Sandbox) -> int:
    """How often the account was asked by the Admin API; uploads, deliveries and downloads are not of its allowance."""
    asked = sandbox.requests("cloudinary")
    return sum(
        number
        for label, number in asked.items()
        if ("/v1_1/" in label or "/v2/" in label)
        and (label.startswith("GET") or "search" in label)
        and "download_backup" not in label
    )


def test_a_first_sync_and_a_quiet_run_ask_no_more_than_they_must(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each needless call is one that the customer's production site does not have in this hour."""
    assert (cloudinary_client.PAGE_SIZE, cloudinary_client.MESSAGES_PER_POLL) == (500, 100), "the most a call gives"
    for number in range(ASSETS):
        if number % 100 == 0:
            sandbox.set_clock(f"2026-01-10T07:5{number // 100}:00Z")
        options = {"public_id": f"many/{number}", "resource_type": "raw", **sandbox.cloudinary}
        uploader.upload("data:text/plain;base64,YQ==", **options)
    sandbox.set_clock("2026-01-10T08:00:00Z")
    began = calls(sandbox)
    synced = run(told, store)
    first = calls(sandbox) - began
    details = len({row["asset_id"] for row in landed_rows(store, "cloudinary", "asset_details")})
    assert details == ASSETS == len(landed_rows(store, "cloudinary", "resources"))
    assert first <= ASSETS / 500 + details + 20, sandbox.requests("cloudinary")
    assert told.cloudinary is not None
    budget = CallBudget(budget_path(told.home), told.cloudinary.cloud_name, 0.8, clock_from(told))
    assert first < budget.state().calls <= ASSETS / 500 + details + 20, "acknowledgements are calls, too"
    assert "at least 1 call" in str(budget.facts()["waiting: notifications"])
    (part,) = synced["notifications"]
    assert (part.rows, part.claim.complete) == (200, False)
    assert "polls 2 times; more may wait, which the next run reads" in part.claim.detail
    (rest,) = run(told, store)["notifications"]
    assert (rest.rows, rest.claim.complete, rest.claim.window_from) == (ASSETS - 200, True, part.claim.window_from)
    assert budget.facts()["waiting"] == "nothing"
    with monkeypatch.context() as patch:
        patch.setattr(cloudinary_client, "PAGE_SIZE", 100)
        patch.setattr(search_index, "MOST_IN_OVERLAP", 200)
        at_once = calls(sandbox)
        run(told, store)
        assert calls(sandbox) - at_once <= 6, "five pages of the overlap are asked for again"
    sandbox.set_clock("2026-01-10T09:05:00Z")
    an_hour_later = calls(sandbox)
    quiet = run(told, store)
    assert calls(sandbox) - an_hour_later <= 6
    assert sum(batch.rows for batches in quiet.values() for batch in batches) == 0
    assert [s for s, batches in quiet.items() if not all(b.claim.complete for b in batches)] == ["asset_contents"]
