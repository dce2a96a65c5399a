"""How many calls of the account's hourly allowance an ingest needs: bounds that the vendor's limits ask for."""

from __future__ import annotations

import pytest
from cloudinary import uploader

import ingest.cloudinary.client as cloudinary_client
import ingest.cloudinary.listing as cloudinary_listing
from assettrail.clock import clock_from
from assettrail.settings import Settings
from ingest.cloudinary.budget import CallBudget, budget_path
from ingest.landing import LandedBatch, LandingStore
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows

ASSETS, PAGE, IDS = 45, 40, 4
"""As many assets as need two pages; pages and calls by ids are made smaller in the vendor's proportion."""

POLLS = ASSETS // 100 + 1
"""Messages that wait are read by hundreds: one for each asset that was made."""


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

    def make(number: int) -> None:
        uploader.upload(
            "data:text/plain;base64,YQ==", public_id=f"many/{number}", resource_type="raw", **sandbox.cloudinary
        )

    for number in range(ASSETS):
        make(number)
    assert (cloudinary_client.PAGE_SIZE, cloudinary_client.IDS_PER_CALL) == (500, 100), "the most that a call gives"
    monkeypatch.setattr(cloudinary_client, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(cloudinary_listing, "IDS_PER_CALL", IDS)
    began = calls(sandbox)
    run(told, store)
    first = calls(sandbox) - began
    details = len({row["asset_id"] for row in landed_rows(store, "cloudinary", "asset_details")})
    assert details == ASSETS == len(landed_rows(store, "cloudinary", "resources"))
    assert first <= ASSETS / PAGE + details + 20, sandbox.requests("cloudinary")
    assert told.cloudinary is not None
    budget = CallBudget(budget_path(told.home), told.cloudinary.cloud_name, 0.8, clock_from(told)).state()
    assert first <= budget.calls <= first + POLLS + 1, "calls that are not counted; acknowledgements are"
    at_once = calls(sandbox)
    run(told, store)
    assert calls(sandbox) - at_once <= 6, "the overlap is asked for again"
    sandbox.set_clock("2026-01-10T09:05:00Z")
    an_hour_later = calls(sandbox)
    quiet = run(told, store)
    assert calls(sandbox) - an_hour_later <= 6
    assert sum(batch.rows for batches in quiet.values() for batch in batches) == 0
    assert [s for s, batches in quiet.items() if not all(b.claim.complete for b in batches)] == ["asset_contents"]
