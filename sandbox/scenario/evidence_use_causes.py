"""Causes of verdicts that rest on what is known and since when: no evidence, proven late, and near misses.

Each function builds the history that makes its verdict true and says that verdict; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import (
    EMBEDDED_FORMS,
    LIVE,
    NAME,
    PlantedUse,
    UseDesk,
)
from sandbox.scenario.events import DeliveryLink, ForeignAssetReference, ForeignLink, NameReference
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import (
    COVERAGE_STARTS,
    DAY,
    HOUR,
    MINUTE,
    START,
    mid_month_instant,
    spread,
    stage_end,
    stage_start,
    statement_instant,
)
from sandbox.scenario.use_cause import NO_EVIDENCE, NOT_APPROVED, PROVEN, PROVEN_LATE, Cause

_NINETY_DAYS = 90 * DAY

# --- NO_EVIDENCE --------------------------------------------------------------------------------------


def before_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded, approved and used before the triggers existed."""
    at = desk.meet_at(START + desk.chance.randint(2 * DAY, 5 * DAY - HOUR), in_time=False)
    asset, version = _older_than_coverage(desk, until=at - HOUR)
    return desk.plant(NO_EVIDENCE, desk.reference(asset, version))


def asset_older_than_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded before the triggers existed (approved before or after), used long after."""
    desk.meet()
    asset, version = _older_than_coverage(desk, until=COVERAGE_STARTS - HOUR)
    if desk.index % 2:
        asset.approve(desk.earlier(1)[0], version, replace(desk.terms, valid_from=COVERAGE_STARTS))
    return desk.plant(NO_EVIDENCE, desk.reference(asset, version))


def unknown_asset_id(desk: UseDesk) -> PlantedUse:
    """Embedded with an asset id that the media service never gave."""
    at = desk.meet()
    chance = desk.chance
    asset_id, etag = f"{chance.getrandbits(128):032x}", f"{chance.getrandbits(128):032x}"
    return desk.plant(NO_EVIDENCE, ForeignAssetReference(asset_id, at - 9 * DAY, etag))


def unknown_public_id(desk: UseDesk) -> PlantedUse:
    """A public id that no asset ever had, embedded or behind a link."""
    at = desk.meet()
    name = desk.library.new_name(desk.chance.choice(vocabulary.PRODUCT_LINES))
    if desk.index % 2:
        return desk.plant(NO_EVIDENCE, NameReference(name, at - 9 * DAY))
    return desk.plant(NO_EVIDENCE, DeliveryLink(name, at - 9 * DAY, "f_auto,q_auto", ".jpg"))


def no_delivery_url(desk: UseDesk) -> PlantedUse:
    """A link that is no delivery URL of the media service."""
    desk.meet()
    number = desk.chance.randint(1_000, 9_999)
    host = desk.pick(("https://intranet.insurer.example/media", "cid:inline", "file:///mnt/brand"))
    return desk.plant(NO_EVIDENCE, ForeignLink(f"{host}/banner-{number}.jpg"))


def old_name_after_rename(desk: UseDesk) -> PlantedUse:
    """A link by the old name, after the asset was renamed."""
    desk.meet()
    asset, version, old_name = _renamed(desk, desk.earlier(3))
    return desk.plant(NO_EVIDENCE, asset.link(version, desk.at, public_id=old_name))


def just_after_coverage(desk: UseDesk) -> PlantedUse:
    """Uploaded, approved and used within minutes after the triggers were created."""
    start = COVERAGE_STARTS + desk.chance.randint(5, 40)
    at = desk.meet_at(start + desk.chance.randint(150, 400), in_time=False)
    asset = desk.asset()
    version = asset.upload(start)
    asset.approve(start + 45, version, desk.terms)
    if desk.index % 2:
        return desk.plant(desk.good, asset.link(version, at))
    return desk.plant(desk.good, asset.by_bytes(version))


def deleted_after_use(desk: UseDesk) -> PlantedUse:
    """The asset was destroyed an hour or some days after the use."""
    at = desk.meet(stages=(1, 2, 3))
    asset, version = desk.approved_asset()
    asset.delete(at + desk.pick((2 * HOUR, 6 * DAY)))
    return desk.plant(desk.good, desk.reference(asset, version))


def old_name_before_rename(desk: UseDesk) -> PlantedUse:
    """A link by the old name, an hour before the asset was renamed."""
    at = desk.meet(stages=(1, 2, 3))
    asset, version = desk.approved_asset()
    reference = desk.reference(asset, version, (LIVE, NAME))
    asset.rename(at + HOUR, desk.library.new_name(asset.product_line))
    return desk.plant(desk.good, reference)


def new_name_after_rename(desk: UseDesk) -> PlantedUse:
    """A link by the new name, after the asset was renamed."""
    desk.meet()
    asset, version, _ = _renamed(desk, desk.earlier(3))
    return desk.plant(desk.good, desk.reference(asset, version, (LIVE, NAME)))


def name_given_to_another_asset(desk: UseDesk) -> PlantedUse:
    """The asset was renamed and another took its name; the link serves the other, approved or not."""
    desk.meet(room=8 * DAY)
    uploaded, approved, renamed, uploaded_too, approved_too = desk.earlier(5)
    is_good = desk.index % 2 == 0
    if is_good:
        asset = desk.asset()
        asset.upload(uploaded)
        old_name = asset.name_at(uploaded)
        asset.rename(renamed, desk.library.new_name(asset.product_line))
    else:
        _, _, old_name = _renamed(desk, [uploaded, approved, renamed])
    other = desk.library.new_asset(first_name=old_name)
    version = other.upload(uploaded_too)
    if is_good:
        other.approve(approved_too, version, desk.terms)
    return desk.plant(desk.good if is_good else NOT_APPROVED, desk.reference(other, version, (LIVE,)))


def _older_than_coverage(desk: UseDesk, until: int) -> tuple[AssetHistory, Version]:
    asset = desk.asset()
    uploaded, approved = spread(desk.chance, 2, START + HOUR, until)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    return asset, version


def _renamed(desk: UseDesk, instants: list[int]) -> tuple[AssetHistory, Version, str]:
    """An asset uploaded, approved and renamed at three instants; gives its old name."""
    uploaded, approved, renamed = instants
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    old_name = asset.name_at(approved)
    asset.rename(renamed, desk.library.new_name(asset.product_line))
    return asset, version, old_name


# --- PROVEN_LATE --------------------------------------------------------------------------------------


def recorded_a_little_late(desk: UseDesk) -> PlantedUse:
    """Composed ten minutes more than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((1, 2, 3, 4))) - DAY - 10 * MINUTE, in_time=False)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN_LATE, desk.reference(asset, version))


def job_ran_days_later(desk: UseDesk) -> PlantedUse:
    """Composed in a statement run, but its job's report came only with the next stage."""
    stage = desk.pick((1, 2, 3))
    desk.meet_at(statement_instant(desk.chance, stage), in_time=False)
    asset, version = desk.approved_asset()
    recorded = stage_start(stage + 1) + 3 * DAY + desk.chance.randint(0, HOUR)
    return desk.plant(PROVEN_LATE, desk.reference(asset, version), recorded)


def reported_ninety_days_later(desk: UseDesk) -> PlantedUse:
    """Composed in January, everything in order; the report of its job came ninety days after and more."""
    recorded = _ninety_days_before_its_report(desk)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN_LATE, desk.reference(asset, version), recorded)


def revoked_and_reported_ninety_days_later(desk: UseDesk) -> PlantedUse:
    """The approval was revoked before a use in January, of which a report tells only ninety days after and later."""
    recorded = _ninety_days_before_its_report(desk)
    uploaded, approved, revoked = desk.earlier(3)
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    asset.revoke(revoked, version)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version), recorded)


def approval_told_ninety_days_later(desk: UseDesk) -> PlantedUse:
    """Approved hours before a statement run, of which the media service tells only ninety days later."""
    at = desk.meet_at(statement_instant(desk.chance, 1), in_time=True)
    asset = desk.asset()
    uploaded, approved = spread(desk.chance, 2, at - 12 * DAY, at - DAY)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms, told_after=_NINETY_DAYS)
    return desk.plant(PROVEN_LATE, desk.reference(asset, version, EMBEDDED_FORMS))


def revocation_told_ninety_days_later(desk: UseDesk) -> PlantedUse:
    """Revoked hours before a statement run, of which the media service tells only ninety days later."""
    at = desk.meet_at(statement_instant(desk.chance, 1), in_time=True)
    asset = desk.asset()
    uploaded, approved, revoked = spread(desk.chance, 3, at - 12 * DAY, at - DAY)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    asset.revoke(revoked, version, told_after=_NINETY_DAYS)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version))


def _ninety_days_before_its_report(desk: UseDesk) -> int:
    """Meet in January; gives the instant, ninety days later or a few more, at which the job ran."""
    at = desk.meet_at(COVERAGE_STARTS + desk.chance.randint(5 * DAY, 17 * DAY), in_time=False)
    return at + _NINETY_DAYS + desk.chance.randint(0, 5 * DAY)


def used_mid_month(desk: UseDesk) -> PlantedUse:
    """Composed in a mid-month run, everything else in order."""
    stage = desk.pick((2, 3, 4, 1))
    desk.meet_at(mid_month_instant(desk.chance, stage), in_time=False)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN_LATE, desk.reference(asset, version))


def recorded_just_in_time(desk: UseDesk) -> PlantedUse:
    """Composed ten minutes less than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((1, 2, 3, 4))) - DAY + 10 * MINUTE, in_time=True)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN, desk.reference(asset, version))


def recorded_in_time_by_a_minute(desk: UseDesk) -> PlantedUse:
    """Composed a minute less than a day before its stage is recorded."""
    desk.meet_at(stage_end(desk.pick((4, 3, 2, 1))) - DAY + MINUTE, in_time=True)
    asset, version = desk.approved_asset()
    return desk.plant(PROVEN, desk.reference(asset, version))


CAUSES = (
    Cause(before_coverage),
    Cause(asset_older_than_coverage),
    Cause(unknown_asset_id),
    Cause(unknown_public_id),
    Cause(no_delivery_url),
    Cause(old_name_after_rename),
    Cause(just_after_coverage, (NO_EVIDENCE,)),
    Cause(deleted_after_use, (NO_EVIDENCE,)),
    Cause(old_name_before_rename, (NO_EVIDENCE,)),
    Cause(new_name_after_rename, (NO_EVIDENCE,)),
    Cause(name_given_to_another_asset, (NO_EVIDENCE,)),
    Cause(recorded_a_little_late, (PROVEN,)),
    Cause(job_ran_days_later, (PROVEN,)),
    Cause(reported_ninety_days_later, (PROVEN,)),
    Cause(revoked_and_reported_ninety_days_later),
    Cause(approval_told_ninety_days_later, (PROVEN, NOT_APPROVED)),
    Cause(revocation_told_ninety_days_later),
    Cause(used_mid_month, (PROVEN,)),
    Cause(recorded_just_in_time, (PROVEN_LATE,)),
    Cause(recorded_in_time_by_a_minute, (PROVEN_LATE,)),
)
