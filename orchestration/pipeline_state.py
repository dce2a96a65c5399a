"""Gathering how the pipeline stands, for the manifest of what is published.

Here belongs asking build file, quarantine and budgets. What of it a manifest tells is `publish.pipeline_state`; whether
it may be published at all is `publish_gate`.
"""

from __future__ import annotations

from assettrail.errors import AssettrailError, EvidenceBroken
from assettrail.settings import Settings
from ingest.cloudinary.budget import shared_budget
from ingest.landing_store import LandingStore
from ingest.quarantine import list_quarantine
from orchestration.build_lock import WholeBuild
from orchestration.publish_gate import control_healths
from publish.files import build_file
from publish.pipeline_state import CallAllowance, PipelineState, QuarantineCount, allowance_of, counted_quarantine


def pipeline_state(store: LandingStore, settings: Settings, build: WholeBuild) -> PipelineState:
    """Return how the pipeline stands now; `build` is the mark of the build file that is published.

    A quarantine that cannot be read stops no publish, as nothing published rests on it: it is told.
    """
    quarantine, trouble = _quarantine(store)
    return PipelineState(
        is_increment=build.is_increment,
        why=build.why,
        controls=tuple(control_healths(build_file(settings.home))),
        quarantine=quarantine,
        quarantine_trouble=trouble,
        allowances=_allowances(store, settings),
    )


def _quarantine(store: LandingStore) -> tuple[tuple[QuarantineCount, ...], str | None]:
    try:
        return counted_quarantine(list_quarantine(store, store.ledger)), None
    except EvidenceBroken as error:
        return (), f"{error.found}; {error.remedy}"


def _allowances(store: LandingStore, settings: Settings) -> tuple[CallAllowance, ...]:
    """Return what is left of each vendor's allowance that is counted here; nothing where its file cannot be read."""
    if settings.cloudinary is None:
        return ()
    try:
        return (allowance_of("cloudinary", shared_budget(settings.home, settings.cloudinary, store.clock)),)
    except AssettrailError:
        return ()
