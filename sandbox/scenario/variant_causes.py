"""Causes of variants that a community needs and lacks, and of variants of another region in a community.

Each planter writes needs and publications that make its case true and says so; nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import office_instant
from sandbox.scenario.correction_kinds import PUBLISH_VARIANT, REPLACE_FOREIGN_VARIANT, WITHDRAW_FOREIGN_VARIANT
from sandbox.scenario.events import Publish, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, HOUR

MISSING = "ctl_missing_variants"
FOREIGN = "ctl_foreign_region_variants"
ANY = "any"
_ALL = {"region": ANY, "language": ANY, "device": ANY}


def _asset(desk: GridDesk) -> tuple[AssetHistory, Version, int]:
    """An approved asset, and an instant from which it may be shown."""
    asset, version, approved = desk.approved_asset(END - 12 * DAY)
    return asset, version, office_instant(desk.chance, approved, END - 8 * DAY)


def _need(desk: GridDesk, about: Publish, at: int, **wanted: str) -> str:
    """The community needs a variant; `any` where nothing is said. Gives the need's name."""
    words = {**_ALL, **wanted}
    desk.make(at, "community-needs", {"communityId": desk.community.community_id, **words}, about)
    return "/".join((desk.community.community_id, about.public_id, *words.values()))


def _own(desk: GridDesk, device: str = "phone") -> dict[str, str]:
    return {"region": desk.community.region, "language": desk.community.language, "device": device}


# --- missing variants ---------------------------------------------------------------------------------


def needed_and_never_shown(desk: GridDesk) -> None:
    """A variant, or any variant of the asset, is needed and nobody published the asset there."""
    asset, version, at = _asset(desk)
    wanted = desk.pick((_own(desk), {}))
    desk.cured(MISSING, _need(desk, desk.sample(asset, version, at), at, **wanted), PUBLISH_VARIANT)


def shown_for_another_device(desk: GridDesk) -> None:
    """Needed for one device, shown for another."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, device="desktop")
    desk.cured(MISSING, _need(desk, shown, at + HOUR, **_own(desk, "phone")), PUBLISH_VARIANT)


def shown_in_another_language(desk: GridDesk) -> None:
    """Needed in the community's language, shown in another one."""
    asset, version, at = _asset(desk)
    other = "en" if desk.community.language != "en" else "fr"
    shown = desk.shown(asset, version, at, language=other, device="phone")
    desk.cured(MISSING, _need(desk, shown, at + HOUR, language=desk.community.language), PUBLISH_VARIANT)


def needed_and_withdrawn(desk: GridDesk) -> None:
    """The needed variant was shown and taken down, an hour or days before the end."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, device="phone")
    gone = END - desk.pick((HOUR, 3 * DAY))
    desk.events.append(Withdraw(gone, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    desk.cured(MISSING, _need(desk, shown, at + HOUR, **_own(desk)), PUBLISH_VARIANT)


def shown_elsewhere_only(desk: GridDesk) -> None:
    """The needed variant is shown in another community of the same words."""
    asset, version, at = _asset(desk)
    others = [one for one in desk.communities if one.community_id != desk.community.community_id]
    there = desk.chance.choice(others)
    shown = desk.shown(
        asset, version, at, community_id=there.community_id, region=there.region, language=there.language
    )
    wanted = {"language": there.language}
    desk.cured(MISSING, _need(desk, shown, at + HOUR, **wanted), PUBLISH_VARIANT)


def needed_and_shown(desk: GridDesk) -> None:
    """Exactly the needed variant is shown."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, device="phone")
    desk.misses(MISSING, _need(desk, shown, at + HOUR, **_own(desk)))


def any_device_will_do(desk: GridDesk) -> None:
    """Region and language are needed, and shown for some device."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, device="tablet")
    desk.misses(MISSING, _need(desk, shown, at + HOUR, **_own(desk, ANY)))


def not_needed_any_more(desk: GridDesk) -> None:
    """Needed, never shown, and the need was dropped."""
    asset, version, at = _asset(desk)
    about = desk.sample(asset, version, at)
    name = _need(desk, about, at, **_own(desk))
    fields = {"communityId": desk.community.community_id, **_ALL, **_own(desk), "status": "dropped"}
    desk.events.pop()
    desk.make(at, "community-needs", fields, about)
    desk.misses(MISSING, name)


def withdrawn_and_shown_again(desk: GridDesk) -> None:
    """The needed variant was taken down, and another publication shows it."""
    asset, version, at = _asset(desk)
    first = desk.shown(asset, version, at, device="phone")
    gone = office_instant(desk.chance, at + HOUR, at + 3 * DAY)
    desk.events.append(Withdraw(gone, first.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    desk.shown(asset, version, gone + HOUR, device="phone")
    desk.misses(MISSING, _need(desk, first, at + HOUR, **_own(desk)))


def one_of_two_shown(desk: GridDesk) -> None:
    """Two devices are needed and one is shown: one need is met, the other is not."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, device="tablet")
    desk.misses(MISSING, _need(desk, shown, at + HOUR, **_own(desk, "tablet")))
    desk.cured(MISSING, _need(desk, shown, at + HOUR, **_own(desk, "phone")), PUBLISH_VARIANT)


# --- variants of another region -----------------------------------------------------------------------


def made_for_another_region(desk: GridDesk) -> None:
    """Three communities show a variant of another region."""
    asset, version, at = _asset(desk)
    for _ in desk.several(3):
        shown = desk.shown(asset, version, at, region=desk.other_region())
        desk.cured(FOREIGN, shown.publication_id, REPLACE_FOREIGN_VARIANT)


def both_regions_shown(desk: GridDesk) -> None:
    """The community shows its own variants and beside them those of another region; on a watch only the other's."""
    asset, version, at = _asset(desk)
    for device in ("phone", "tablet", "desktop", "kiosk", "screen"):
        own = desk.shown(asset, version, at, device=device)
        other = desk.shown(asset, version, at + HOUR, device=device, region=desk.other_region())
        desk.misses(FOREIGN, own.publication_id)
        desk.cured(FOREIGN, other.publication_id, WITHDRAW_FOREIGN_VARIANT)
    alone = desk.shown(asset, version, at, device="watch", region=desk.other_region())
    desk.cured(FOREIGN, alone.publication_id, REPLACE_FOREIGN_VARIANT)


def needed_from_yet_another_region(desk: GridDesk) -> None:
    """The community needs a variant of one foreign region and shows that of a third."""
    asset, version, at = _asset(desk)
    needed, third = desk.chance.sample([one for one in vocabulary.JURISDICTIONS if one != desk.community.region], 2)
    desk.shown(asset, version, at, region=needed)
    shown = desk.shown(asset, version, at + HOUR, region=third)
    _need(desk, shown, at + 2 * HOUR, region=needed)
    desk.misses(FOREIGN, next(e.publication_id for e in desk.events if isinstance(e, Publish)))
    desk.cured(FOREIGN, shown.publication_id, REPLACE_FOREIGN_VARIANT)


def another_region_withdrawn(desk: GridDesk) -> None:
    """Another region's variant was shown and taken down."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, region=desk.other_region())
    gone = office_instant(desk.chance, at + HOUR, END)
    desk.events.append(Withdraw(gone, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    desk.misses(FOREIGN, shown.publication_id)


def needed_from_another_region(desk: GridDesk) -> None:
    """The community itself asked for the other region's variant."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, region=desk.other_region())
    _need(desk, shown, at + HOUR, region=shown.region)
    desk.misses(FOREIGN, shown.publication_id)


def made_for_every_region(desk: GridDesk) -> None:
    """The variant is for any region."""
    asset, version, at = _asset(desk)
    shown = desk.shown(asset, version, at, region=ANY)
    desk.misses(FOREIGN, shown.publication_id)


VARIANT_CAUSES: tuple[GridPlanter, ...] = (
    needed_and_never_shown,
    shown_for_another_device,
    shown_in_another_language,
    needed_and_withdrawn,
    shown_elsewhere_only,
    needed_and_shown,
    any_device_will_do,
    not_needed_any_more,
    withdrawn_and_shown_again,
    one_of_two_shown,
    made_for_another_region,
    both_regions_shown,
    needed_from_yet_another_region,
    another_region_withdrawn,
    needed_from_another_region,
    made_for_every_region,
)
