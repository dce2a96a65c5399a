"""Causes of publications that name no known asset, or what may be several versions; near misses of both.

Whoever publishes names an asset by its id or its public id, with or without a version and the hash of its bytes. Each
planter shows something that is named so, and says what is known of it and why nothing more is. Nothing here evaluates
a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import BEFORE_APPROVAL
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import BytesReference, ForeignAssetReference, NameReference, Publish, Reference, Terms
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.publication_causes import OUTDATED
from sandbox.scenario.publication_verdicts import SEVERAL, UNRESOLVED, at_publication, of_publication_now
from sandbox.scenario.stages import DAY, END, GRACE_DAYS_AFTER_CHANGE, HOUR, MINUTE, instant, spread
from sandbox.scenario.use_cause import AMBIGUOUS, NO_EVIDENCE, NOT_APPROVED

_AT = instant("2026-04-21T10:00:00+00:00")
_GRACE = GRACE_DAYS_AFTER_CHANGE * DAY
_PLACES = tuple(vocabulary.JURISDICTIONS)
_NOTHING_KNOWN = tuple(
    name for of in (at_publication, of_publication_now) for name in (of(NO_EVIDENCE), of(UNRESOLVED))
)
_IN_DOUBT = tuple(name for of in (at_publication, of_publication_now) for name in (of(AMBIGUOUS), of(SEVERAL)))


def _shown(desk: GridDesk, asset: AssetHistory, version: Version, reference: Reference, at: int = _AT) -> Publish:
    """A version that is shown from an instant on, and named in a way of its own."""
    return desk.shown(asset, version, at, reference=reference)


def _by_id(asset: AssetHistory, version: Version, *, is_of_version: bool = False) -> BytesReference:
    return BytesReference(asset.handle, version.content, version.uploaded_at if is_of_version else None, has_etag=False)


def _redrawn(desk: GridDesk, asset: AssetHistory) -> None:
    """Since it was shown, three more versions came, which nobody has approved: none of them can be meant."""
    for uploaded in spread(desk.chance, 3, _AT + 2 * DAY, END - DAY):
        asset.upload(uploaded)


# --- what names no known asset ------------------------------------------------------------------------


def _unresolved(desk: GridDesk, shown: Publish) -> None:
    desk.holds(shown, at=NO_EVIDENCE, now=NO_EVIDENCE)
    desk.because(shown, UNRESOLVED, UNRESOLVED)


def named_by_what_no_library_has(desk: GridDesk) -> None:
    """By an asset id of another library, and by a public id that no asset ever had; its bytes are not there either."""
    asset, version, _ = desk.approved_asset(_AT - DAY)
    _redrawn(desk, asset)
    chance = desk.chance
    for number in range(4):
        named: Reference = NameReference(desk.library.new_name(asset.product_line), _AT - 9 * DAY if number else None)
        if number % 2:
            foreign, etag = f"{chance.getrandbits(128):032x}", f"{chance.getrandbits(128):032x}"
            named = ForeignAssetReference(foreign, _AT - 9 * DAY, etag)
        shown = replace(desk.sample(asset, version, _AT), content=f"{asset.handle}/elsewhere-{number}", reference=named)
        desk.events.append(shown)
        _unresolved(desk, shown)
    for reference in (_by_id(asset, version), NameReference(asset.name_at(_AT), None), asset.by_bytes(version)):
        desk.nearly(_shown(desk, asset, version, reference), *_NOTHING_KNOWN)


def named_by_a_name_given_up(desk: GridDesk) -> None:
    """Renamed at noon: by the old name seconds, an hour and a day later, and an hour before; by the new one after."""
    asset, version, _ = desk.approved_asset(_AT - DAY)
    _redrawn(desk, asset)
    old = asset.by_name(version, _AT)
    asset.rename(_AT, desk.library.new_name(asset.product_line))
    for later in (3, HOUR, DAY):
        _unresolved(desk, _shown(desk, asset, version, old, _AT + later))
    desk.nearly(_shown(desk, asset, version, old, _AT - HOUR), *_NOTHING_KNOWN)
    for later in (3, HOUR):
        desk.nearly(_shown(desk, asset, version, asset.by_name(version, _AT), _AT + later), *_NOTHING_KNOWN)


def named_before_and_after_its_time(desk: GridDesk) -> None:
    """By its name an hour before it was uploaded, and an hour after it was destroyed; and the other way round.

    By its id it is known for ever.
    """
    early = desk.library.new_asset()
    uploaded = early.upload(_AT)
    early.approve(_AT + MINUTE, uploaded, desk.terms)
    _redrawn(desk, early)
    _unresolved(desk, _shown(desk, early, uploaded, early.by_name(uploaded, _AT), _AT - HOUR))
    desk.nearly(_shown(desk, early, uploaded, early.by_name(uploaded, _AT), _AT + HOUR), *_NOTHING_KNOWN)
    gone, version, _ = desk.approved_asset(_AT - 2 * DAY)
    gone.delete(_AT)
    _unresolved(desk, _shown(desk, gone, version, gone.by_name(version, _AT), _AT + HOUR))
    desk.nearly(_shown(desk, gone, version, gone.by_name(version, _AT), _AT - HOUR), *_NOTHING_KNOWN)
    desk.nearly(_shown(desk, gone, version, gone.by_bytes(version), _AT + HOUR), *_NOTHING_KNOWN)


# --- what may be several ------------------------------------------------------------------------------


def _several(desk: GridDesk, shown: Publish) -> None:
    desk.holds(shown, at=AMBIGUOUS, now=AMBIGUOUS)
    desk.because(shown, SEVERAL, SEVERAL)


def named_without_its_version(desk: GridDesk) -> None:
    """The first version is approved, the second is not: by the id or the name of the asset alone, either is meant.

    With the version, or the hash, the first is; seconds before the second was uploaded there was nothing else, but what
    came within a second of the showing may be what was shown.
    """
    asset, version, _ = desk.approved_asset(_AT - 2 * DAY)
    asset.upload(_AT - DAY)
    _redrawn(desk, asset)
    name = asset.name_at(_AT)
    for at in (_AT, _AT - DAY, _AT - DAY - 1):
        _several(desk, _shown(desk, asset, version, NameReference(name, None), at))
    _several(desk, _shown(desk, asset, version, _by_id(asset, version)))
    for reference in (asset.by_name(version, _AT), _by_id(asset, version, is_of_version=True), asset.by_bytes(version)):
        desk.nearly(_shown(desk, asset, version, reference), *_IN_DOUBT)
    for before in (3, HOUR):
        only = _shown(desk, asset, version, NameReference(name, None), _AT - DAY - before)
        desk.nearly(only, *_IN_DOUBT)


def named_by_a_second_of_two_versions(desk: GridDesk) -> None:
    """Two uploads of one second have one number; approved is one of them, or both are. The hash tells them apart."""
    for is_approved_too in (False, True):
        asset = desk.library.new_asset()
        uploaded, approved = desk.steps(2, _AT - DAY)
        version, other = asset.upload(uploaded), asset.upload(uploaded)
        asset.approve(approved, version, desk.terms)
        if is_approved_too:
            asset.approve(approved + HOUR, other, desk.terms)
        _redrawn(desk, asset)
        shown = _shown(desk, asset, version, _by_id(asset, version, is_of_version=True))
        if is_approved_too:
            desk.nearly(shown, *_IN_DOUBT)
        else:
            _several(desk, shown)
        desk.nearly(_shown(desk, asset, version, asset.by_bytes(version)), *_IN_DOUBT)


def named_without_the_version_that_is_old(desk: GridDesk) -> None:
    """Both versions are approved, and by no version named: in doubt once the newer one is in force for the grace.

    For an hour longer when it was shown; for an hour less then, and long since.
    """
    for since in (_GRACE + HOUR, _GRACE - HOUR):
        asset, version, _ = desk.approved_asset(_AT - since - 2 * DAY)
        desk.newer(asset, _AT - since)
        _redrawn(desk, asset)
        shown = _shown(desk, asset, version, NameReference(asset.name_at(_AT), None))
        if since > _GRACE:
            _several(desk, shown)
        else:
            desk.holds(shown, now=AMBIGUOUS)
            desk.because(shown, now=SEVERAL)
            desk.nearly(shown, at_publication(AMBIGUOUS), at_publication(SEVERAL))


def named_without_the_version_approved_since(desk: GridDesk) -> None:
    """The second version waited for its approval when the asset was shown by its name, and has had it for some days."""
    asset, version, _ = desk.approved_asset(_AT - 2 * DAY)
    newer = asset.upload(_AT - DAY)
    asset.approve(END - 2 * DAY, newer, desk.terms)
    shown = _shown(desk, asset, version, NameReference(asset.name_at(_AT), None))
    desk.holds(shown, at=AMBIGUOUS)
    desk.because(shown, at=SEVERAL)
    desk.nearly(shown, of_publication_now(AMBIGUOUS), of_publication_now(SEVERAL))


def named_without_the_version_of_its_region(desk: GridDesk) -> None:
    """The first version is approved for the community's region, the second for others; of another both are for it."""
    here = Terms(jurisdictions=with_member(desk.chance, _PLACES, desk.community.region))
    there = Terms(jurisdictions=without_members(desk.chance, _PLACES, [desk.community.region]))
    for terms in (there, here):
        asset, version, _ = desk.approved_asset(_AT - 3 * DAY, here)
        desk.newer(asset, _AT - DAY, terms)
        _redrawn(desk, asset)
        shown = _shown(desk, asset, version, _by_id(asset, version), _AT)
        if terms is there:
            _several(desk, shown)
        else:
            desk.holds(shown, now=AMBIGUOUS)
            desk.because(shown, now=SEVERAL)
            desk.nearly(shown, at_publication(AMBIGUOUS), at_publication(SEVERAL))


def named_without_a_version_that_is_approved(desk: GridDesk) -> None:
    """Whichever version it is, nobody approved it: that is no doubt."""
    asset = desk.library.new_asset()
    first, second = desk.steps(2, _AT - DAY)
    version = asset.upload(first)
    asset.upload(second)
    _redrawn(desk, asset)
    shown = _shown(desk, asset, version, NameReference(asset.name_at(_AT), None))
    desk.holds(shown, at=NOT_APPROVED, now=NOT_APPROVED)
    desk.nearly(shown, *_IN_DOUBT)
    desk.violates(BEFORE_APPROVAL, shown.publication_id)
    desk.violates(OUTDATED, shown.publication_id)


PUBLICATION_REFERENCE_CAUSES: tuple[GridPlanter, ...] = (
    named_by_what_no_library_has,
    named_by_a_name_given_up,
    named_before_and_after_its_time,
    named_without_its_version,
    named_by_a_second_of_two_versions,
    named_without_the_version_that_is_old,
    named_without_the_version_approved_since,
    named_without_the_version_of_its_region,
    named_without_a_version_that_is_approved,
)
