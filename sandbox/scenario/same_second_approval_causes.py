"""Causes of verdicts where an approval and an overwrite lie in one second or close to it, and near misses of each.

An approval that names no bytes speaks of the live ones. Instants are whole seconds: of an overwrite within the second
of the approval nothing says whether it came before the approval or behind it. All uses of one repetition stand in one
letter. Each function builds the history that makes its verdict true and says that verdict; nothing here evaluates a
rule.
"""

from dataclasses import replace

from sandbox.scenario.desk import EMBEDDED_FORMS, LIVE, PlantedUse, UseDesk
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.shared_letters import SharedLetter
from sandbox.scenario.stages import DAY, HOUR, STAGES, grace_seconds
from sandbox.scenario.use_cause import AMBIGUOUS, NOT_APPROVED, SUPERSEDED, Cause

# --- which bytes were approved cannot be told -------------------------------------------------------------


def overwritten_in_the_second_of_its_approval(desk: UseDesk) -> PlantedUse:
    """Approved without a hash and overwritten within the same second, in either order; the older bytes are used."""
    asset, older, _ = _in_one_second(desk, *desk.earlier(2))
    return desk.plant(AMBIGUOUS, desk.reference(asset, older, EMBEDDED_FORMS))


def overwrites_in_the_second_of_an_approval(desk: UseDesk) -> PlantedUse:
    """The same, but the newer bytes are used, behind a link or embedded."""
    asset, _, newer = _in_one_second(desk, *desk.earlier(2))
    reference = asset.by_bytes(newer) if desk.index % 2 else desk.reference(asset, newer, (LIVE,))
    return desk.plant(AMBIGUOUS, reference)


def one_of_two_approved_later(desk: UseDesk) -> PlantedUse:
    """Two overwrites in one second, and an approval behind them that names neither; either is used by its hash."""
    uploaded, overwritten, approved = desk.earlier(3)
    asset = desk.asset()
    asset.upload(uploaded)
    two = (asset.upload(overwritten), asset.upload(overwritten))
    asset.approve(approved, two[1], desk.terms, names_bytes=False)
    return desk.plant(AMBIGUOUS, asset.by_bytes(desk.pick(two)))


# --- which bytes were approved can be told ----------------------------------------------------------------


def named_in_the_second_of_an_overwrite(desk: UseDesk) -> PlantedUse:
    """Approved by its hash and overwritten within the same second; the approved bytes are used, or the other ones."""
    asset, older, newer = _in_one_second(desk, *desk.earlier(2), names_bytes=True)
    if desk.index % 2:
        return desk.plant(NOT_APPROVED, desk.reference(asset, newer))
    return desk.plant(desk.good, desk.reference(asset, older, EMBEDDED_FORMS))


def overwritten_a_second_after_its_approval(desk: UseDesk) -> PlantedUse:
    """Approved without a hash and overwritten a second later; the older bytes are used."""
    asset, older, _ = _overwritten_after(desk, 1)
    return desk.plant(desk.good, desk.reference(asset, older, EMBEDDED_FORMS))


def overwrites_seconds_after_an_approval(desk: UseDesk) -> PlantedUse:
    """Approved without a hash and overwritten a second or some seconds later; the newer bytes are used."""
    asset, _, newer = _overwritten_after(desk, desk.pick((1, 20)))
    return desk.plant(NOT_APPROVED, desk.reference(asset, newer))


def approved_a_second_after_the_overwrite(desk: UseDesk) -> PlantedUse:
    """Overwritten, and a second later approved without a hash; the newer bytes are used, or the older ones."""
    uploaded, overwritten = desk.earlier(2)
    asset = desk.asset()
    older, newer = asset.upload(uploaded), asset.upload(overwritten)
    asset.approve(overwritten + 1, newer, desk.terms, names_bytes=False)
    if desk.index % 2:
        return desk.plant(NOT_APPROVED, desk.reference(asset, older, EMBEDDED_FORMS))
    return desk.plant(desk.good, desk.reference(asset, newer))


def named_some_time_after_the_doubt(desk: UseDesk) -> PlantedUse:
    """Approved without a hash in the second of an overwrite, and approved anew by the hash some time later."""
    uploaded, approved, named = desk.earlier(3)
    asset, older, newer = _in_one_second(desk, uploaded, approved)
    version = desk.pick((older, newer))
    asset.approve(named, version, desk.terms)
    return desk.plant(desk.good, desk.reference(asset, version, EMBEDDED_FORMS))


def revoked_after_the_doubt(desk: UseDesk) -> PlantedUse:
    """Approved without a hash in the second of an overwrite; the used bytes' approval, if it was one, was revoked."""
    uploaded, approved, revoked = desk.earlier(3)
    asset, older, newer = _in_one_second(desk, uploaded, approved)
    version = desk.pick((older, newer))
    asset.revoke(revoked, version)
    return desk.plant(NOT_APPROVED, desk.reference(asset, version, EMBEDDED_FORMS))


def same_bytes_again_in_the_second_of_its_approval(desk: UseDesk) -> PlantedUse:
    """Approved without a hash and overwritten within the same second by the very same bytes."""
    uploaded, approved = desk.earlier(2)
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms, names_bytes=False)
    return desk.plant(desk.good, desk.reference(asset, asset.upload(approved, version.content)))


def approved_in_the_second_of_its_first_upload(desk: UseDesk) -> PlantedUse:
    """Approved without a hash in the second in which the asset was made: there were no other bytes."""
    (uploaded,) = desk.earlier(1)
    asset = desk.library.new_asset()
    version = asset.upload(uploaded)
    asset.approve(uploaded, version, desk.terms, names_bytes=False)
    return desk.plant(desk.good, desk.reference(asset, version))


def successor_in_doubt(desk: UseDesk) -> PlantedUse:
    """Of two newer versions one was approved for longer than the grace, and nothing says which; the oldest is used."""
    overwritten = desk.at - grace_seconds(desk.at) - DAY
    uploaded, approved, second = desk.earlier(3, until=overwritten - HOUR)
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms, names_bytes=False)
    newer = asset.upload(second)
    asset.approve(overwritten, newer, replace(desk.terms, valid_to=desk.at + 60 * DAY), names_bytes=False)
    asset.upload(overwritten)
    return desk.plant(desk.good, desk.reference(asset, version, EMBEDDED_FORMS))


def _in_one_second(
    desk: UseDesk, uploaded: int, approved: int, *, names_bytes: bool = False
) -> tuple[AssetHistory, Version, Version]:
    """Two versions: the second came in the second of an approval of the first or, every other time, of its own."""
    asset = desk.asset()
    older = asset.upload(uploaded)
    if desk.index % 2 and not names_bytes:
        newer = asset.upload(approved)
        asset.approve(approved, newer, desk.terms, names_bytes=False)
    else:
        asset.approve(approved, older, desk.terms, names_bytes=names_bytes)
        newer = asset.upload(approved)
    return asset, older, newer


def _overwritten_after(desk: UseDesk, seconds: int) -> tuple[AssetHistory, Version, Version]:
    """Two versions: the first was approved without a hash, the second came some seconds later."""
    uploaded, approved = desk.earlier(2)
    asset = desk.asset()
    older = asset.upload(uploaded)
    asset.approve(approved, older, desk.terms, names_bytes=False)
    return asset, older, asset.upload(approved + seconds)


LETTER = SharedLetter(
    name="approvals in the second of an overwrite",
    causes=(
        Cause(overwritten_in_the_second_of_its_approval),
        Cause(overwrites_in_the_second_of_an_approval),
        Cause(one_of_two_approved_later),
        Cause(named_in_the_second_of_an_overwrite, (AMBIGUOUS,)),
        Cause(overwritten_a_second_after_its_approval, (AMBIGUOUS, NOT_APPROVED)),
        Cause(overwrites_seconds_after_an_approval, (AMBIGUOUS,)),
        Cause(approved_a_second_after_the_overwrite, (AMBIGUOUS,)),
        Cause(named_some_time_after_the_doubt, (AMBIGUOUS,)),
        Cause(revoked_after_the_doubt, (AMBIGUOUS,)),
        Cause(same_bytes_again_in_the_second_of_its_approval, (AMBIGUOUS, NOT_APPROVED)),
        Cause(approved_in_the_second_of_its_first_upload, (AMBIGUOUS, NOT_APPROVED)),
        Cause(successor_in_doubt, (SUPERSEDED, AMBIGUOUS)),
    ),
    repetitions=2,
    stages=tuple(STAGES),
    room=22 * DAY,
)
