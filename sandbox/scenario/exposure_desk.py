"""What causes of exposures share: a letter whose exposure is over in time, its link, and an asset with two approvals.

Here belongs what more than one cause needs. What happens behind a link, and what that makes of its exposure, stands in
`exposure_use_causes` and `exposure_evidence_causes`.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import PlantedUse, UseDesk, with_member, without_members
from sandbox.scenario.events import Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, HOUR, exposure_seconds, spread

DIGITAL = ("email", "web", "mobile")


def exposed(desk: UseDesk, *, room: int = 3 * DAY) -> int:
    """Choose channel and moment, so that the exposure is over before the scenario is; gives the end of it."""
    desk.channel = desk.pick(DIGITAL)
    stages = (1, 2) if desk.channel == "email" else (1, 2, 3)
    at = desk.meet(stages=stages, room=room, in_time=desk.chance.random() < 0.95)
    return at + exposure_seconds(desk.channel, at)


def linked(desk: UseDesk, asset: AssetHistory, version: Version, exposure: str) -> PlantedUse:
    """A link that is in order when its letter is composed, with the verdict so far over its exposure."""
    return desk.plant(desk.good, asset.link(version, desk.at), exposure=exposure)


def terms_for_elsewhere(desk: UseDesk) -> Terms:
    """Terms of other jurisdictions than the customer's; the desk's own come to name the customer's."""
    places = tuple(vocabulary.JURISDICTIONS)
    here = desk.customer.jurisdiction
    desk.terms = replace(desk.terms, jurisdictions=with_member(desk.chance, places, here))
    return replace(desk.terms, jurisdictions=without_members(desk.chance, places, [here]))


def two_approved(desk: UseDesk, others: Terms) -> tuple[AssetHistory, Version, Version]:
    """An asset that serves its first bytes again, and others that were approved too, on terms of their own."""
    asset = desk.asset()
    first, approved, second, approved_too, back = spread(desk.chance, 5, desk.at - 8 * DAY, desk.at - 4 * HOUR)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms)
    other = asset.upload(second)
    asset.approve(approved_too, other, others)
    return asset, asset.upload(back, version.content), other
