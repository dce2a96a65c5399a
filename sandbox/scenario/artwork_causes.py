"""Causes of exceptions of artwork at suppliers and logistics partners.

Each planter issues artwork to partners so that its case is true and says so; nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.correction_kinds import SEND_ARTWORK
from sandbox.scenario.desk import without_members
from sandbox.scenario.events import Acknowledge, Publish, Terms
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, GRACE_DAYS_AFTER_CHANGE, HOUR, instant

OUTDATED_ARTWORK = "ctl_outdated_artwork"
UNACKNOWLEDGED = "ctl_unacknowledged_artwork"
OTHER_BYTES = "ctl_acknowledgements_of_other_bytes"
CATALOGUE = "ctl_artwork_against_catalogue_rules"
#: Until this instant partners had ten days to acknowledge, from it on five; what counts is when it was issued.
SHORTER_FROM = instant("2026-04-27T00:00:00+00:00")
_ALLOWED = 5 * DAY
_MOST_BYTES = 500_000
_GRACE = GRACE_DAYS_AFTER_CHANGE * DAY


def artwork(
    desk: GridDesk, until: int, terms: Terms | None = None, *, image_format: str = "jpg", size: int | None = None
) -> tuple[AssetHistory, Version]:
    """An approved packaging image with a GTIN, of an exact size if one is said."""
    asset = desk.library.new_asset()
    asset.image_format = image_format
    asset.gtin = vocabulary.gtin14(700_000 + int(desk.numbers.draw("GTIN").rsplit("-", 1)[-1]))
    uploaded, approved = desk.steps(2, until)
    version = asset.upload(uploaded, f"{asset.handle}/0@{size}" if size else None)
    asset.approve(approved, version, terms or Terms())
    return asset, version


def issue(desk: GridDesk, asset: AssetHistory, version: Version, at: int, **other: object) -> tuple[str, Publish]:
    """Send a version to the desk's partner; gives the distribution's id and what was sent."""
    sent = desk.sample(asset, version, at)
    distribution = desk.numbers.draw("DIS")
    fields = {
        "distributionId": distribution,
        "partnerId": desk.partner,
        "communityId": desk.community.community_id,
        "gtin": asset.gtin,
        "fileName": f"{asset.gtin}_A1C1.jpg",
        **other,
    }
    desk.make(at, "distributions", {name: value for name, value in fields.items() if value is not None}, sent)
    return distribution, sent


def answer(desk: GridDesk, distribution: str, at: int, kind: str, code: str, bytes_of: Publish | None) -> str:
    """The partner answers a distribution, naming the bytes that it means, or none."""
    acknowledgement = desk.numbers.draw("ACK")
    fields = {
        "acknowledgementId": acknowledgement,
        "kind": kind,
        "code": code,
        "partnerId": desk.partner,
        "distributionId": distribution,
    }
    desk.make(at, "acknowledgements", fields, bytes_of)
    return acknowledgement


def _accepted(desk: GridDesk, distribution: str, at: int, sent: Publish) -> str:
    kind, code = desk.pick((("portal", "accepted"), ("824", "TA"), ("824", "TE")))
    return answer(desk, distribution, at, kind, code, sent)


def issued_in_order(desk: GridDesk, asset: AssetHistory, version: Version, at: int, **other: object) -> str:
    """Issued and acknowledged a day later."""
    distribution, sent = issue(desk, asset, version, at, **other)
    _accepted(desk, distribution, at + DAY, sent)
    return distribution


# --- outdated artwork ---------------------------------------------------------------------------------


def three_partners_on_the_old_one(desk: GridDesk) -> None:
    """Two issued to three partners each; newer ones are approved for longer than the grace, and nobody sent them."""
    granted = END - _GRACE - desk.pick((HOUR, 9 * DAY))
    both = [artwork(desk, granted - 6 * DAY) for _ in range(2)]
    for _ in desk.several(3):
        for asset, version in both:
            issued = issued_in_order(desk, asset, version, granted - 5 * DAY)
            desk.cured(OUTDATED_ARTWORK, issued, SEND_ARTWORK)
    for asset, _ in both:
        desk.newer(asset, granted)


def artwork_revoked(desk: GridDesk) -> None:
    """Approved when it was issued, revoked since."""
    revoked = END - desk.pick((HOUR, 9 * DAY))
    asset, version = artwork(desk, revoked - 6 * DAY)
    desk.violates(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, revoked - 5 * DAY))
    asset.revoke(revoked, version)


def artwork_expired(desk: GridDesk) -> None:
    """Approved when it was issued, until an hour or days ago."""
    ended = END - desk.pick((HOUR, 9 * DAY))
    asset, version = artwork(desk, ended - 6 * DAY, Terms(valid_to=ended))
    desk.violates(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, ended - 5 * DAY))


def newer_one_was_sent(desk: GridDesk) -> None:
    """A newer version is approved for long, and the partner was sent it."""
    granted = END - _GRACE - 6 * DAY
    asset, version = artwork(desk, granted - 6 * DAY)
    desk.misses(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, granted - 5 * DAY))
    newer = desk.newer(asset, granted)
    desk.misses(OUTDATED_ARTWORK, issued_in_order(desk, asset, newer, granted + DAY))


def newer_one_within_grace(desk: GridDesk) -> None:
    """A newer version is approved for an hour less than the grace, or a day."""
    granted = END - desk.pick((_GRACE - HOUR, DAY))
    asset, version = artwork(desk, granted - 6 * DAY)
    desk.misses(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, granted - 5 * DAY))
    desk.newer(asset, granted)


def newer_one_not_approved(desk: GridDesk) -> None:
    """A newer version is there for long, and nobody approved it."""
    asset, version = artwork(desk, END - _GRACE - 9 * DAY)
    desk.misses(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, END - _GRACE - 8 * DAY))
    asset.upload(END - _GRACE - 2 * DAY)


def newer_one_for_others(desk: GridDesk) -> None:
    """A newer version is approved for long, for other regions than the partner's community."""
    granted = END - _GRACE - 3 * DAY
    asset, version = artwork(desk, granted - 6 * DAY)
    desk.misses(OUTDATED_ARTWORK, issued_in_order(desk, asset, version, granted - 5 * DAY))
    places = tuple(vocabulary.JURISDICTIONS)
    desk.newer(asset, granted, Terms(jurisdictions=without_members(desk.chance, places, [desk.community.region])))


# --- not acknowledged ---------------------------------------------------------------------------------


def _issued(desk: GridDesk, at: int) -> tuple[str, Publish]:
    asset, version = artwork(desk, at - HOUR)
    return issue(desk, asset, version, at)


def nobody_answered(desk: GridDesk) -> None:
    """Issued an hour more than the days allowed ago, or long ago under the longer rule: no answer at all."""
    asset, version = artwork(desk, SHORTER_FROM - 11 * DAY)
    for at in (END - _ALLOWED - HOUR, SHORTER_FROM, SHORTER_FROM - 10 * DAY):
        next(desk.several(1))
        desk.violates(UNACKNOWLEDGED, issue(desk, asset, version, at)[0])


def only_received(desk: GridDesk) -> None:
    """A 997 says that it could be read; nobody said that it was taken."""
    at = END - 8 * DAY
    distribution, sent = _issued(desk, at)
    answer(desk, distribution, at + DAY, "997", "A", sent)
    desk.violates(UNACKNOWLEDGED, distribution)


def refused(desk: GridDesk) -> None:
    """The partner's 824, or the partner in the portal, refused it."""
    at = END - 8 * DAY
    distribution, sent = _issued(desk, at)
    kind, code = desk.pick((("824", "TR"), ("portal", "rejected")))
    answer(desk, distribution, at + DAY, kind, code, sent)
    desk.violates(UNACKNOWLEDGED, distribution)


def accepted_then_refused(desk: GridDesk) -> None:
    """Taken at first, refused a day later."""
    at = END - 8 * DAY
    distribution, sent = _issued(desk, at)
    _accepted(desk, distribution, at + DAY, sent)
    answer(desk, distribution, at + 2 * DAY, "824", "TR", sent)
    desk.violates(UNACKNOWLEDGED, distribution)


def refused_then_accepted(desk: GridDesk) -> None:
    """Refused at first, taken a day later."""
    at = END - 8 * DAY
    distribution, sent = _issued(desk, at)
    answer(desk, distribution, at + DAY, "824", "TR", sent)
    _accepted(desk, distribution, at + 2 * DAY, sent)
    desk.misses(UNACKNOWLEDGED, distribution)


def acknowledged_late(desk: GridDesk) -> None:
    """Acknowledged after the days allowed."""
    at = END - 7 * DAY
    distribution, sent = _issued(desk, at)
    _accepted(desk, distribution, at + _ALLOWED + DAY, sent)
    desk.misses(UNACKNOWLEDGED, distribution)


def still_has_time(desk: GridDesk) -> None:
    """Not acknowledged, an hour before the days allowed are over: by the shorter rule, and by the longer one."""
    asset, version = artwork(desk, SHORTER_FROM - 3 * DAY)
    for at in (END - _ALLOWED + HOUR, SHORTER_FROM - 1):
        next(desk.several(1))
        desk.misses(UNACKNOWLEDGED, issue(desk, asset, version, at)[0])


def replaced_by_the_next_issue(desk: GridDesk) -> None:
    """Never acknowledged; the next issue of the artwork was."""
    at = END - 8 * DAY
    asset, version = artwork(desk, at - HOUR)
    desk.misses(UNACKNOWLEDGED, issue(desk, asset, version, at)[0])
    desk.misses(UNACKNOWLEDGED, issued_in_order(desk, asset, version, at + DAY))


# --- acknowledgements of other bytes ------------------------------------------------------------------


def acknowledged_the_version_before(desk: GridDesk) -> None:
    """Two partners acknowledged the bytes of the version before; one of them the right ones later."""
    granted = END - 12 * DAY
    asset, before = artwork(desk, granted - 3 * DAY)
    version = desk.newer(asset, granted)
    for number, _ in enumerate(desk.several(2)):
        distribution, sent = issue(desk, asset, version, granted + DAY)
        old = desk.sample(asset, before, granted + DAY)
        desk.violates(OTHER_BYTES, answer(desk, distribution, granted + 2 * DAY, "portal", "accepted", old))
        if number:
            desk.violates(UNACKNOWLEDGED, distribution)
        else:
            desk.misses(OTHER_BYTES, _accepted(desk, distribution, granted + 3 * DAY, sent))
            desk.misses(UNACKNOWLEDGED, distribution)


def acknowledged_another_artwork(desk: GridDesk) -> None:
    """A partner acknowledged the bytes of another artwork by mistake, then the right ones."""
    at = END - 10 * DAY
    distribution, sent = _issued(desk, at)
    other, version = artwork(desk, at - HOUR)
    mixed_up = desk.sample(other, version, at)
    desk.violates(OTHER_BYTES, answer(desk, distribution, at + HOUR, "824", "TA", mixed_up))
    desk.misses(OTHER_BYTES, _accepted(desk, distribution, at + DAY, sent))


def acknowledged_other_bytes_than_shown(desk: GridDesk) -> None:
    """The newest version is shown; two partners acknowledge the bytes of the one before, a third the right ones."""
    granted = END - 12 * DAY
    asset, before, _ = desk.approved_asset(granted - 3 * DAY)
    version = desk.newer(asset, granted)
    for content in (before.content, before.content, version.content):
        next(desk.several(1))
        shown = desk.shown(asset, version, granted + 6 * HOUR)
        acknowledgement = Acknowledge(
            at=granted + DAY,
            acknowledgement_id=desk.numbers.draw("ACK"),
            publication_id=shown.publication_id,
            partner_id=desk.partner,
            channel="portal",
            code="accepted",
            content=content,
            image_format=asset.image_format,
        )
        desk.events.append(acknowledgement)
        desk.says(OTHER_BYTES, acknowledgement.acknowledgement_id, is_violation=content != version.content)


def acknowledged_without_naming_bytes(desk: GridDesk) -> None:
    """The acknowledgement says nothing of bytes."""
    at = END - 7 * DAY
    distribution, _ = _issued(desk, at)
    desk.misses(OTHER_BYTES, answer(desk, distribution, at + DAY, "portal", "accepted", None))
    desk.misses(UNACKNOWLEDGED, distribution)


def refused_other_bytes(desk: GridDesk) -> None:
    """The partner refused bytes that nobody sent, and took the right ones."""
    at = END - 10 * DAY
    distribution, sent = _issued(desk, at)
    other, version = artwork(desk, at - HOUR)
    desk.misses(OTHER_BYTES, answer(desk, distribution, at + HOUR, "824", "TR", desk.sample(other, version, at)))
    _accepted(desk, distribution, at + DAY, sent)


# --- catalogue rules ----------------------------------------------------------------------------------


def _catalogued(desk: GridDesk, *, is_violation: bool, image_format: str = "jpg", **other: object) -> None:
    at = END - 10 * DAY
    asset, version = artwork(desk, at - HOUR, image_format=image_format)
    desk.says(CATALOGUE, issued_in_order(desk, asset, version, at, **other), is_violation=is_violation)


def of_another_format(desk: GridDesk) -> None:
    """A PNG under a name that ends in .jpg, and a JPEG under one that ends in .png."""
    _catalogued(desk, is_violation=True, image_format="png")
    _catalogued(desk, is_violation=True, fileName=f"{vocabulary.gtin14(1)[:5]}-front.png")


def a_byte_too_heavy(desk: GridDesk) -> None:
    """One byte more than the catalogue takes."""
    asset, version = artwork(desk, END - 11 * DAY, size=_MOST_BYTES + 1)
    desk.violates(CATALOGUE, issued_in_order(desk, asset, version, END - 10 * DAY))


def as_heavy_as_allowed(desk: GridDesk) -> None:
    """Exactly as many bytes as the catalogue takes."""
    asset, version = artwork(desk, END - 11 * DAY, size=_MOST_BYTES)
    desk.misses(CATALOGUE, issued_in_order(desk, asset, version, END - 10 * DAY))


def wrong_check_digit(desk: GridDesk) -> None:
    """The GTIN's last digit is one too high."""
    right = vocabulary.gtin14(desk.chance.randint(10_000, 90_000))
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    _catalogued(desk, is_violation=True, gtin=wrong, fileName=f"{wrong}_A1C1.jpg")


def name_that_the_catalogue_refuses(desk: GridDesk) -> None:
    """A character in the file name that the catalogue does not take; no name at all; the name of another GTIN."""
    _catalogued(desk, is_violation=True, fileName=f"front{desk.pick(('&', '+', '%'))}back.jpg")
    _catalogued(desk, is_violation=True, fileName=None)
    _catalogued(desk, is_violation=True, fileName=f"{vocabulary.gtin14(desk.chance.randint(1, 999))}_A1C1.jpg")


def other_names_that_it_takes(desk: GridDesk) -> None:
    """A long ending in capitals, and a name without the GTIN."""
    _catalogued(desk, is_violation=False, fileName="FRONT (2) #1.JPEG")
    _catalogued(desk, is_violation=False, fileName="front-of-pack.jpg")


def shorter_gtin(desk: GridDesk) -> None:
    """A GTIN of thirteen digits is the same one without its leading zero."""
    at = END - 10 * DAY
    asset, version = artwork(desk, at - HOUR)
    shorter = str(asset.gtin)[1:]
    desk.misses(CATALOGUE, issued_in_order(desk, asset, version, at, gtin=shorter))


def not_for_the_catalogue(desk: GridDesk) -> None:
    """A PNG without a GTIN is no catalogue artwork."""
    _catalogued(desk, is_violation=False, image_format="png", gtin=None, fileName="label&leaflet.png")


ARTWORK_CAUSES: tuple[GridPlanter, ...] = (
    three_partners_on_the_old_one,
    artwork_revoked,
    artwork_expired,
    newer_one_was_sent,
    newer_one_within_grace,
    newer_one_not_approved,
    newer_one_for_others,
    nobody_answered,
    only_received,
    refused,
    accepted_then_refused,
    refused_then_accepted,
    acknowledged_late,
    still_has_time,
    replaced_by_the_next_issue,
    acknowledged_the_version_before,
    acknowledged_another_artwork,
    acknowledged_other_bytes_than_shown,
    acknowledged_without_naming_bytes,
    refused_other_bytes,
    of_another_format,
    a_byte_too_heavy,
    as_heavy_as_allowed,
    wrong_check_digit,
    name_that_the_catalogue_refuses,
    other_names_that_it_takes,
    shorter_gtin,
    not_for_the_catalogue,
)
