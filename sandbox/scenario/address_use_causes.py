"""Causes of verdicts that rest on how an address is read: links that were written by hand, without a version.

Where no version parts the transformation from the public id, a folder and a transformation look alike; what is meant is
told by the names that assets have. Each function builds the history that makes its verdict true and says that verdict;
nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import PlantedUse, UseDesk
from sandbox.scenario.events import DeliveryLink
from sandbox.scenario.library import AssetHistory
from sandbox.scenario.stages import HOUR
from sandbox.scenario.use_cause import AMBIGUOUS, NO_EVIDENCE, Cause
from sandbox.scenario.videos import resource_type_of

_WIDTHS = ("w_320", "w_600", "w_640")


def narrowed_by_hand(desk: UseDesk) -> PlantedUse:
    """What stands before the name is a transformation: no folder is called so."""
    desk.meet()
    asset, _ = desk.approved_asset()
    return desk.plant(desk.good, _by_hand(desk, asset, asset.name_at(desk.at)))


def in_a_folder_like_a_width(desk: UseDesk) -> PlantedUse:
    """What stands before the name is a folder: nothing is called what stands behind it."""
    desk.meet()
    asset = _of_folder(desk, desk.library.new_name(desk.chance.choice(vocabulary.PRODUCT_LINES)))
    return desk.plant(desk.good, _by_hand(desk, asset, asset.name_at(desk.at).partition("/")[2]))


def narrowed_before_such_a_folder(desk: UseDesk) -> PlantedUse:
    """An asset in such a folder had the name until days before, and has another one now."""
    desk.meet()
    asset, _ = desk.approved_asset()
    other = desk.library.new_asset(first_name=f"{desk.pick(_WIDTHS)}/{asset.name_at(desk.at)}")
    uploaded, renamed = desk.earlier(2)
    other.upload(uploaded)
    other.rename(renamed, desk.library.new_name(other.product_line))
    return desk.plant(desk.good, _by_hand(desk, asset, asset.name_at(desk.at)))


def narrowed_or_in_such_a_folder(desk: UseDesk) -> PlantedUse:
    """Two assets, both approved: one is called what stands behind the width, one has the width for a folder."""
    desk.meet()
    asset, _ = desk.approved_asset()
    _of_folder(desk, asset.name_at(desk.at))
    return desk.plant(AMBIGUOUS, _by_hand(desk, asset, asset.name_at(desk.at)))


def narrowed_by_an_old_name(desk: UseDesk) -> PlantedUse:
    """The asset had been renamed: nothing is called so any more, with the width or without."""
    at = desk.meet()
    asset, _ = desk.approved_asset(until=at - 2 * HOUR)
    old_name = asset.name_at(at)
    asset.rename(at - HOUR, desk.library.new_name(asset.product_line))
    return desk.plant(NO_EVIDENCE, _by_hand(desk, asset, old_name))


def _of_folder(desk: UseDesk, name: str) -> AssetHistory:
    """An approved asset whose name is in a folder that looks like a width."""
    asset = desk.library.new_asset(first_name=f"{desk.pick(_WIDTHS)}/{name}")
    uploaded, approved = desk.earlier(2)
    asset.approve(approved, asset.upload(uploaded), desk.terms)
    return asset


def _by_hand(desk: UseDesk, asset: AssetHistory, name: str) -> DeliveryLink:
    """The address of a name, narrowed, as who writes it by hand leaves out the version."""
    return DeliveryLink(
        public_id=name,
        version=None,
        transformation=desk.pick(_WIDTHS),
        extension=f".{asset.image_format}",
        resource_type=resource_type_of(asset.image_format),
        is_by_hand=True,
    )


CAUSES = (
    Cause(narrowed_by_hand, (AMBIGUOUS, NO_EVIDENCE)),
    Cause(in_a_folder_like_a_width, (AMBIGUOUS, NO_EVIDENCE)),
    Cause(narrowed_before_such_a_folder, (AMBIGUOUS,)),
    Cause(narrowed_or_in_such_a_folder),
    Cause(narrowed_by_an_old_name),
)
