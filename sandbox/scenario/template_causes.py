"""Causes of templates that are behind the approved version, and of those that only look so.

Each planter writes the history of an asset, the images made of it and the template that shows them, and says what that
makes true at the end of the scenario; nothing here evaluates a rule. A template may be behind for ten days there.
"""

from dataclasses import replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.decision_desk import PlantedDecision
from sandbox.scenario.design_events import Composition, DesignEvent, DesignName, ImageContent
from sandbox.scenario.events import Terms
from sandbox.scenario.foreign_change_causes import FOREIGN_DESIGN_CAUSES
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import DAY, END, HOUR
from sandbox.scenario.template_desk import (
    PUBLIC_ID_TAG,
    VERSION_TAG,
    DesignNumbers,
    TemplateDesk,
    TemplatePlanter,
)

#: What a template may be behind at the end of the scenario; until April it was thirty days.
GRACE = 10 * DAY
_LONG_AGO = 60 * DAY

# --- behind -------------------------------------------------------------------------------------------


def old_bytes_for_weeks(desk: TemplateDesk) -> None:
    """The image holds the bytes of the first version; the second one is in force for weeks, fewer than the old rule."""
    asset, old, _ = desk.old_and_new(GRACE + desk.chance.randint(2, 15) * DAY)
    _shown(desk, asset, old, is_behind=True, is_reviewed=True)


def old_bytes_an_hour_too_long(desk: TemplateDesk) -> None:
    """The second version is in force for an hour longer than the grace."""
    asset, old, _ = desk.old_and_new(GRACE + HOUR)
    _shown(desk, asset, old, is_behind=True)


def converted_from_old_version(desk: TemplateDesk) -> None:
    """The image was converted, and its tags say that it was made of the first version."""
    asset, old, _ = desk.old_and_new(GRACE + desk.chance.randint(3, 12) * DAY)
    image = desk.converted_image(asset, asset.name_at(END), old, _LONG_AGO)
    desk.violates(desk.template(_LONG_AGO - DAY, image), image, is_reviewed=True)


def old_name_in_tags(desk: TemplateDesk) -> None:
    """The tags name the first version by a name that the asset has given up since."""
    asset = desk.asset()
    old = desk.version(asset, 80 * DAY)
    image = desk.converted_image(asset, asset.name_at(END), old, _LONG_AGO)
    desk.rename(asset, 50 * DAY)
    desk.version(asset, GRACE + 4 * DAY)
    desk.violates(desk.template(_LONG_AGO - DAY, image), image)


def new_template_with_old_image(desk: TemplateDesk) -> None:
    """The template got a next version lately, with the same old image in it."""
    asset, old, _ = desk.old_and_new(GRACE + 8 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    desk.changed(template, Composition((image,)), 2 * DAY)
    desk.violates(template, image, is_reviewed=True)


def old_image_on_a_page(desk: TemplateDesk) -> None:
    """The image stands on a page of the template."""
    asset, old, _ = desk.old_and_new(GRACE + 5 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    page = desk.page(_LONG_AGO - HOUR, image)
    desk.violates(desk.template(_LONG_AGO - DAY, page), image)


def another_draft_begun(desk: TemplateDesk) -> None:
    """A designer works on a next version of the image, and has changed nothing yet."""
    asset, old, _ = desk.old_and_new(GRACE + 6 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    desk.state(image, "DRAFT", 2 * DAY)
    desk.violates_while_worked_on(template, image)


def correction_still_in_review(desk: TemplateDesk) -> None:
    """The image has a next version with the new bytes, which nobody has approved yet."""
    asset, old, new = desk.old_and_new(GRACE + 6 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    desk.changed(image, ImageContent(new.content, asset.image_format), 3 * DAY, is_approved=False)
    desk.violates_while_worked_on(template, image)


def two_versions_behind(desk: TemplateDesk) -> None:
    """The second version is in force for longer than the grace, the third one for two days."""
    asset, old, _ = desk.old_and_new(GRACE + 9 * DAY)
    desk.version(asset, 2 * DAY)
    _shown(desk, asset, old, is_behind=True, is_reviewed=True)


def old_version_revoked(desk: TemplateDesk) -> None:
    """The old version was revoked when the new one was approved, yesterday: no grace for what is not approved."""
    asset, old, _ = desk.old_and_new(DAY)
    asset.revoke(END - DAY + HOUR, old)
    _shown(desk, asset, old, is_behind=True)


def one_of_two_images(desk: TemplateDesk) -> None:
    """Of two images of the template one is behind."""
    asset, old, _ = desk.old_and_new(GRACE + 2 * DAY)
    other = desk.asset()
    current = desk.version(other, 80 * DAY)
    behind, good = desk.image(asset, old, _LONG_AGO), desk.image(other, current, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, behind, good)
    desk.violates(template, behind, is_reviewed=True)
    desk.misses(template, good)


def only_version_there_was(desk: TemplateDesk) -> None:
    """The tags say which asset the image was made of, when that had one version only."""
    asset, _, _ = desk.old_and_new(GRACE + 9 * DAY)
    image = desk.converted_image(asset, asset.name_at(END), None, _LONG_AGO)
    desk.violates(desk.template(_LONG_AGO - DAY, image), image)


def tags_say_new_bytes_are_old(desk: TemplateDesk) -> None:
    """The tags name the second version, but the bytes are those of the first one."""
    asset, old, new = desk.old_and_new(GRACE + 7 * DAY)
    image = desk.image(asset, old, GRACE + 6 * DAY, _tags(asset, new))
    desk.violates(desk.template(GRACE + 5 * DAY, image), image)


# --- not behind ---------------------------------------------------------------------------------------


def image_brought_up_to_date(desk: TemplateDesk) -> None:
    """The image has a next version with the new bytes, approved."""
    asset, old, new = desk.old_and_new(GRACE + 5 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    desk.changed(image, ImageContent(new.content, asset.image_format), 3 * DAY)
    desk.misses(template, image)


def an_hour_of_grace_left(desk: TemplateDesk) -> None:
    """The second version is in force for an hour less than the grace, longer than uses of it may be."""
    asset, old, _ = desk.old_and_new(GRACE - HOUR)
    _shown(desk, asset, old, is_behind=False)


def newer_version_not_approved(desk: TemplateDesk) -> None:
    """The newer version was uploaded weeks ago and nobody approved it."""
    asset = desk.asset()
    old = desk.version(asset, 80 * DAY)
    asset.upload(END - 30 * DAY)
    _shown(desk, asset, old, is_behind=False)


def newer_version_revoked(desk: TemplateDesk) -> None:
    """The newer version was approved for some weeks, and is no more."""
    asset, old, new = desk.old_and_new(GRACE + 15 * DAY)
    asset.revoke(END - 3 * DAY, new)
    _shown(desk, asset, old, is_behind=False)


def newer_version_for_elsewhere(desk: TemplateDesk) -> None:
    """The newer version is approved for other regions than the template's."""
    asset = desk.asset()
    old = desk.version(asset, 80 * DAY)
    elsewhere = tuple(sorted(place for place in vocabulary.JURISDICTIONS if place != desk.region)[:3])
    desk.version(asset, GRACE + 12 * DAY, Terms(jurisdictions=elsewhere))
    _shown(desk, asset, old, is_behind=False)


def newer_version_declared_for_later(desk: TemplateDesk) -> None:
    """The newer version was approved weeks ago, for a time that has not come."""
    asset = desk.asset()
    old = desk.version(asset, 80 * DAY)
    desk.version(asset, GRACE + 12 * DAY, Terms(valid_from=END + 5 * DAY))
    _shown(desk, asset, old, is_behind=False)


def template_without_it_since(desk: TemplateDesk) -> None:
    """The template's next version shows another image; only the one before showed the old one."""
    asset, old, _ = desk.old_and_new(GRACE + 9 * DAY)
    other = desk.asset()
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    good = desk.image(other, desk.version(other, 30 * DAY), 20 * DAY)
    desk.changed(template, Composition((good,)), 4 * DAY)
    desk.misses(template, image)


def template_never_approved(desk: TemplateDesk) -> None:
    """The template is a draft: no letter is made of it."""
    asset, old, _ = desk.old_and_new(GRACE + 9 * DAY)
    image = desk.image(asset, old, _LONG_AGO)
    template = desk.draft_template()
    desk.drafted(template, Composition((image,)), _LONG_AGO - DAY)
    desk.misses(template, image)


def version_not_told(desk: TemplateDesk) -> None:
    """The tags say which asset the image was made of, but not which of the two versions that there were."""
    asset, _, _ = desk.old_and_new(GRACE + 9 * DAY)
    image = desk.converted_image(asset, asset.name_at(END), None, GRACE + 8 * DAY)
    desk.misses(desk.template(GRACE + 7 * DAY, image), image)


def asset_not_told(desk: TemplateDesk) -> None:
    """Nothing links the image to an asset."""
    asset = desk.asset()
    desk.version(asset, 80 * DAY)
    image = desk.unlinked_image(asset, _LONG_AGO)
    desk.misses(desk.template(_LONG_AGO - DAY, image), image)


def address_of_old_version(desk: TemplateDesk) -> None:
    """The address in the HTML names the first version; an address serves the newest bytes whatever it names."""
    asset, old, _ = desk.old_and_new(GRACE + 9 * DAY)
    link = replace(asset.link(old, END), transformation="f_auto,q_auto")
    page = desk.html_page(_LONG_AGO, link)
    desk.misses(desk.template(_LONG_AGO - DAY, page), page, address=1)


def first_bytes_again(desk: TemplateDesk) -> None:
    """The bytes of the first version were uploaded and approved once more: they are the newest."""
    asset, old, _ = desk.old_and_new(GRACE + 20 * DAY)
    again = asset.upload(END - 15 * DAY, old.content)
    asset.approve(END - 14 * DAY, again, Terms())
    _shown(desk, asset, old, is_behind=False)


def tags_say_old_bytes_are_new(desk: TemplateDesk) -> None:
    """The tags name the first version, but the bytes are those of the second one."""
    asset, old, new = desk.old_and_new(GRACE + 7 * DAY)
    image = desk.image(asset, new, GRACE + 6 * DAY, _tags(asset, old))
    desk.misses(desk.template(GRACE + 5 * DAY, image), image)


def _shown(
    desk: TemplateDesk, asset: AssetHistory, version: Version, *, is_behind: bool, is_reviewed: bool = False
) -> None:
    """A template that shows the bytes of a version since long ago; `is_reviewed` as `TemplateDesk.violates` has it."""
    image = desk.image(asset, version, _LONG_AGO)
    template = desk.template(_LONG_AGO - DAY, image)
    if is_behind:
        desk.violates(template, image, is_reviewed=is_reviewed)
    else:
        desk.misses(template, image)


def _tags(asset: AssetHistory, version: Version) -> tuple[tuple[str, str], ...]:
    return (PUBLIC_ID_TAG, asset.name_at(END)), (VERSION_TAG, str(version.uploaded_at))


TEMPLATE_CAUSES: tuple[TemplatePlanter, ...] = (
    old_bytes_for_weeks,
    old_bytes_an_hour_too_long,
    converted_from_old_version,
    old_name_in_tags,
    new_template_with_old_image,
    old_image_on_a_page,
    another_draft_begun,
    correction_still_in_review,
    two_versions_behind,
    old_version_revoked,
    one_of_two_images,
    only_version_there_was,
    tags_say_new_bytes_are_old,
    image_brought_up_to_date,
    an_hour_of_grace_left,
    newer_version_not_approved,
    newer_version_revoked,
    newer_version_for_elsewhere,
    newer_version_declared_for_later,
    template_without_it_since,
    template_never_approved,
    version_not_told,
    asset_not_told,
    address_of_old_version,
    first_bytes_again,
    tags_say_old_bytes_are_new,
)


def plant_templates(
    library: Library, communications: int
) -> tuple[list[DesignEvent], list[PlantedDecision], list[DesignName]]:
    """The templates of a scenario: a case per cause and repetition, and some that letters are made of, in order.

    Beside events and cases it gives the images that the reviewer approves once corrections have brought them to review.
    """
    numbers = DesignNumbers(Random(f"{library.seed}/design"), 2_000)
    events: list[DesignEvent] = []
    cases: list[PlantedDecision] = []
    reviewed: list[DesignName] = []
    for index in range(1 + min(1, communications // 10_000)):
        for planter in (*TEMPLATE_CAUSES, *FOREIGN_DESIGN_CAUSES):
            desk = TemplateDesk(library, numbers, planter.__name__, index)
            planter(desk)
            events += desk.events
            cases += desk.cases
            reviewed += desk.reviewed
    desk = TemplateDesk(library, numbers, "in-order", 0)
    _in_order(desk)
    return events + desk.events, cases, reviewed


def _in_order(desk: TemplateDesk) -> None:
    """One template of each kind of letter, all with the same current image."""
    asset = desk.asset()
    image = desk.image(asset, desk.version(asset, 110 * DAY), 108 * DAY)
    for number, template in enumerate(one for one in vocabulary.TEMPLATES if one.version == "1"):
        desk.template(107 * DAY - number * HOUR, image, name=template.template_id)
