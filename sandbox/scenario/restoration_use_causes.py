"""Causes of verdicts that rest on restorations and moves, and near misses of each.

Here belongs what comes back: a deleted asset, or an older version in the place of a newer one, each as a version of its
own; and what only changes its folder, which is no part of its address. Each function builds the history that makes its
verdict true and says that verdict; nothing here evaluates a rule.
"""

from sandbox.scenario.desk import ALL_FORMS, LIVE, NAME, WITHIN_UNCERTAINTY, PlantedUse, UseDesk
from sandbox.scenario.exposure_desk import exposed, linked
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, HOUR, MINUTE
from sandbox.scenario.use_cause import AMBIGUOUS, NO_EVIDENCE, NOT_APPROVED, Cause, over_exposure

_TOP_FOLDERS = ("brand", "campaigns", "products")

# --- restored -----------------------------------------------------------------------------------------


def restored_after_deletion(desk: UseDesk) -> PlantedUse:
    """The approved asset was destroyed and restored before the use: the same bytes as a version of their own."""
    desk.meet(room=5 * DAY)
    asset, version, deleted, back = _approved_and_deleted(desk)
    asset.delete(deleted)
    return desk.plant(desk.good, desk.reference(asset, asset.restore(back, version), ALL_FORMS))


def used_between_deletion_and_restoration(desk: UseDesk) -> PlantedUse:
    """Named by a link or its public id while nothing had that name; restored an hour or some days later."""
    at = desk.meet(stages=(1, 2, 3))
    asset = desk.backed_up_asset()
    uploaded, approved, deleted = desk.earlier(3)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    use = desk.plant(NO_EVIDENCE, desk.reference(asset, version, (LIVE, NAME)))
    asset.delete(deleted)
    asset.restore(at + desk.pick((HOUR, DAY, 3 * DAY)), version)
    return use


def restored_over_approved_bytes(desk: UseDesk) -> PlantedUse:
    """Older bytes, which nobody ever approved, were restored over the approved ones before the use."""
    desk.meet(room=5 * DAY)
    first, second, approved, back = desk.earlier(4)
    asset, older, _ = _older_and_approved(desk, first, second, approved)
    return desk.plant(NOT_APPROVED, desk.reference(asset, asset.restore(back, older), ALL_FORMS))


def unapproved_bytes_restored_within_uncertainty(desk: UseDesk) -> PlantedUse:
    """Approved bytes behind a link; older ones that nobody approved are restored within two seconds of the use."""
    at = desk.meet()
    asset, older, version = _older_and_approved(desk, *desk.earlier(3))
    restored = at + desk.pick(WITHIN_UNCERTAINTY)
    use = desk.plant(AMBIGUOUS, asset.link(version, at), exposure=desk.bare_from(restored))
    asset.restore(restored, older)
    return use


def link_restored_to_unapproved_bytes_inside_exposure(desk: UseDesk) -> PlantedUse:
    """Older bytes, which nobody ever approved, are restored behind the link hours or days after composition."""
    end = exposed(desk, room=5 * DAY)
    asset, older, version = _older_and_approved(desk, *desk.earlier(3))
    use = linked(desk, asset, version, NOT_APPROVED)
    asset.restore(desk.pick((desk.at + 3 * HOUR, desk.at + 4 * DAY, end - 2 * HOUR)), older)
    return use


def link_deleted_and_restored_inside_exposure(desk: UseDesk) -> PlantedUse:
    """Destroyed after composition and restored a minute, hours or a day later: the link served nothing meanwhile."""
    exposed(desk)
    asset = desk.backed_up_asset()
    uploaded, approved = desk.earlier(2)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    use = linked(desk, asset, version, desk.good)
    deleted = desk.at + desk.pick((HOUR, 2 * DAY, 3 * DAY))
    asset.delete(deleted)
    asset.restore(deleted + desk.pick((MINUTE, 3 * HOUR, DAY)), version)
    return use


def _approved_and_deleted(desk: UseDesk) -> tuple[AssetHistory, Version, int, int]:
    """An asset with an approved version, and the instants at which it is to be deleted and restored."""
    asset = desk.backed_up_asset()
    uploaded, approved, deleted, back = desk.earlier(4)
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms, names_bytes=bool(desk.index % 2))
    return asset, version, deleted, back


def _older_and_approved(desk: UseDesk, first: int, second: int, approved: int) -> tuple[AssetHistory, Version, Version]:
    """An asset with an older version that nobody approved and a newer one that is approved."""
    asset = desk.backed_up_asset()
    older = asset.upload(first)
    version = asset.upload(second)
    asset.approve(approved, version, desk.terms)
    return asset, older, version


# --- moved --------------------------------------------------------------------------------------------


def moved_before_use(desk: UseDesk) -> PlantedUse:
    """Moved into another folder before the use, and named as before: a folder is no part of the public id."""
    desk.meet()
    asset, version, _ = _moved(desk)
    return desk.plant(desk.good, desk.reference(asset, version, (LIVE, NAME)))


def named_by_its_folder_after_a_move(desk: UseDesk) -> PlantedUse:
    """A link by the folder into which the asset was moved: no asset has that public id."""
    desk.meet()
    asset, version, folder = _moved(desk)
    name = asset.name_at(desk.at).rsplit("/", 1)[-1]
    return desk.plant(NO_EVIDENCE, asset.link(version, desk.at, public_id=f"{folder}/{name}"))


def link_moved_inside_exposure(desk: UseDesk) -> PlantedUse:
    """Moved into another folder hours or days after composition, or a second before the end of the exposure."""
    end = exposed(desk)
    asset, version = desk.approved_asset()
    use = linked(desk, asset, version, desk.good)
    asset.move(desk.pick((desk.at + HOUR, desk.at + 2 * DAY, end - 1)), _other_folder(desk, asset))
    return use


def _moved(desk: UseDesk) -> tuple[AssetHistory, Version, str]:
    """An asset uploaded, approved and moved; gives its new folder."""
    uploaded, approved, moved = desk.earlier(3)
    asset = desk.asset()
    version = asset.upload(uploaded)
    asset.approve(approved, version, desk.terms)
    folder = _other_folder(desk, asset)
    asset.move(moved, folder)
    return asset, version, folder


def _other_folder(desk: UseDesk, asset: AssetHistory) -> str:
    top, _, rest = asset.folder.partition("/")
    return f"{desk.chance.choice([other for other in _TOP_FOLDERS if other != top])}/{rest}"


CAUSES = (
    Cause(restored_after_deletion, (NO_EVIDENCE, NOT_APPROVED)),
    Cause(used_between_deletion_and_restoration),
    Cause(restored_over_approved_bytes),
    Cause(unapproved_bytes_restored_within_uncertainty),
    Cause(moved_before_use, (NO_EVIDENCE,)),
    Cause(named_by_its_folder_after_a_move),
)
EXPOSURE_CAUSES = (
    Cause(link_restored_to_unapproved_bytes_inside_exposure),
    Cause(link_deleted_and_restored_inside_exposure, (over_exposure(NO_EVIDENCE), over_exposure(NOT_APPROVED))),
    Cause(link_moved_inside_exposure, (over_exposure(NO_EVIDENCE), over_exposure(NOT_APPROVED))),
)
