"""Causes of thumbnails that lead to nothing usable, and of those that were made from another version of their video.

Each planter writes a video's history and a letter with a thumbnail that leads to it, and says what that makes true;
nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.correction_kinds import ADVISE_THUMBNAIL
from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import DeliveryLink, ForeignAssetReference, ForeignLink, Reference, Terms
from sandbox.scenario.letter_drafts import Slot
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE
from sandbox.scenario.videos import VIDEO_FORMAT

UNUSABLE_TARGETS = "ctl_rich_media_with_unusable_targets"
OTHER_VERSIONS = "ctl_thumbnails_of_other_versions"
#: Late enough for a history, early enough for what happens after the letter.
_STAGES = (2, 3)
_PLACE = "map"
_FRAME = "so_1.0,w_480"
_PLACES = tuple(vocabulary.JURISDICTIONS)


class _Mail:
    """An e-mail that is filled thumbnail by thumbnail."""

    def __init__(self, desk: DecisionDesk) -> None:
        desk.meet(stages=_STAGES, room=12 * DAY, in_time=True)
        desk.address()
        self._desk = desk
        self._draft = desk.rendering("email")

    def leads(self, target: Reference, *, is_unusable: bool) -> None:
        """A picture of its own that leads somewhere."""
        use_id = self._carries(self._desk.link(), target)
        (self._desk.violates if is_unusable else self._desk.misses)(UNUSABLE_TARGETS, use_id)
        self._desk.misses(OTHER_VERSIONS, use_id)

    def shows(
        self,
        video: AssetHistory,
        thumbnail: Reference,
        target: Reference,
        *,
        is_other: bool,
        verdict: str | None = None,
    ) -> None:
        """A thumbnail that was made from a video and leads to it; where it is another version's, it is advised on."""
        use_id = self._carries(thumbnail, target, verdict)
        if is_other:
            self._desk.advised(OTHER_VERSIONS, use_id, ADVISE_THUMBNAIL, f"email/{video.name_at(END)}")
        else:
            self._desk.misses(OTHER_VERSIONS, use_id)

    def _carries(self, reference: Reference, target: Reference, verdict: str | None = None) -> str:
        desk = self._desk
        self._draft.slots.append(Slot(reference, verdict or desk.good, placeholder=_PLACE, target=target))
        return desk.use_id(1, len(self._draft.slots))


def _video(desk: DecisionDesk, until: int, terms: Terms | None = None) -> tuple[AssetHistory, Version]:
    """A video with one version that is approved before `until`."""
    video = desk.asset()
    video.image_format = VIDEO_FORMAT
    uploaded, approved = desk.earlier(2, until)
    version = video.upload(uploaded)
    video.approve(approved, version, terms or desk.terms)
    return video, version


def _newer(desk: DecisionDesk, video: AssetHistory, granted: int | None, uploaded: int) -> Version:
    version = video.upload(uploaded)
    if granted:
        video.approve(granted, version, desk.terms)
    return version


def _player(video: AssetHistory, version: Version | None, at: int) -> DeliveryLink:
    """The address of a video, as it stands behind a play button."""
    return replace(video.link(version, at), transformation="q_auto", extension=f".{VIDEO_FORMAT}")


def _frame(video: AssetHistory, version: Version, at: int) -> DeliveryLink:
    """The address of a thumbnail: a frame of the video, as an image."""
    return replace(video.link(version, at), transformation=_FRAME, extension=".jpg")


# --- where thumbnails lead ----------------------------------------------------------------------------


def led_to_what_was_deleted(desk: DecisionDesk) -> None:
    """The video was deleted two days and an hour before the letter, and another one an hour after it."""
    mail = _Mail(desk)
    for before in (2 * DAY, HOUR, -HOUR):
        video, version = _video(desk, desk.at - 3 * DAY)
        video.delete(desk.at - before)
        by_id = video.by_bytes(version, has_etag=False)
        target = by_id if before == HOUR else _player(video, version, desk.at - 3 * DAY)
        mail.leads(target, is_unusable=before > 0)


def led_to_a_former_name(desk: DecisionDesk) -> None:
    """The video goes on under another name since the day before: its old address, its new one, and its id."""
    mail = _Mail(desk)
    video, version = _video(desk, desk.at - 3 * DAY)
    old = _player(video, version, desk.at - 3 * DAY)
    video.rename(desk.at - DAY, desk.library.new_name(video.product_line))
    mail.leads(old, is_unusable=True)
    mail.leads(_player(video, version, desk.at), is_unusable=False)
    mail.leads(video.by_bytes(version), is_unusable=False)


def led_to_what_never_was(desk: DecisionDesk) -> None:
    """An address that no asset ever had, an id that nobody knows, and a page that is not ours."""
    mail = _Mail(desk)
    video, version = _video(desk, desk.at - 3 * DAY)
    nowhere = replace(_player(video, version, desk.at), public_id=desk.library.new_name(video.product_line))
    mail.leads(nowhere, is_unusable=True)
    unknown = f"{desk.chance.getrandbits(128):032x}"
    mail.leads(ForeignAssetReference(unknown, version.uploaded_at, unknown), is_unusable=True)
    mail.leads(ForeignLink("https://www.insurer.example/films/claims"), is_unusable=False)


def led_to_what_nobody_approved(desk: DecisionDesk) -> None:
    """The newest version waits for approval, whatever version the address names, or was approved just before."""
    mail = _Mail(desk)
    for granted in (None, desk.at + HOUR, desk.at - 5 * MINUTE):
        video, version = _video(desk, desk.at - 3 * DAY)
        newest = _newer(desk, video, granted, desk.at - DAY)
        named = newest if granted else version
        mail.leads(_player(video, named, desk.at), is_unusable=granted is None or granted > desk.at)


def led_to_what_had_ended(desk: DecisionDesk) -> None:
    """The validity ends at the very letter, and a second after it; the approval was revoked an hour before."""
    mail = _Mail(desk)
    for later in (0, 1):
        video, version = _video(desk, desk.at - DAY, replace(desk.terms, valid_to=desk.at + later))
        mail.leads(_player(video, version, desk.at), is_unusable=not later)
    video, version = _video(desk, desk.at - DAY)
    video.revoke(desk.at - HOUR, version)
    mail.leads(_player(video, None, desk.at), is_unusable=True)


def led_to_what_is_for_others(desk: DecisionDesk) -> None:
    """The video is approved for other jurisdictions than the customer's, and for this one among others."""
    mail = _Mail(desk)
    here = desk.customer.jurisdiction
    for terms in (
        Terms(jurisdictions=without_members(desk.chance, _PLACES, [here])),
        Terms(jurisdictions=with_member(desk.chance, _PLACES, here)),
    ):
        video, version = _video(desk, desk.at - DAY, terms)
        mail.leads(_player(video, version, desk.at), is_unusable=here not in terms.jurisdictions)


# --- what thumbnails were made from -------------------------------------------------------------------


def made_from_the_version_before(desk: DecisionDesk) -> None:
    """Embedded from the first version; an address, an id and an old address lead to the second one."""
    mail = _Mail(desk)
    for number in range(3):
        video, old = _video(desk, desk.at - 4 * DAY)
        new = _newer(desk, video, desk.at - DAY, desk.at - 2 * DAY)
        targets = (_player(video, new, desk.at), video.by_bytes(new), _player(video, old, desk.at))
        mail.shows(video, video.by_bytes(old, has_etag=number < 2), targets[number], is_other=True)


def made_before_the_video_went_back(desk: DecisionDesk) -> None:
    """The first bytes are served again: embedded from the second version, and from the first."""
    mail = _Mail(desk)
    for is_first in (False, True):
        video, first = _video(desk, desk.at - 5 * DAY)
        second = _newer(desk, video, desk.at - 3 * DAY, desk.at - 4 * DAY)
        video.upload(desk.at - DAY, first.content)
        thumbnail = video.by_bytes(first if is_first else second)
        mail.shows(video, thumbnail, _player(video, second, desk.at), is_other=not is_first)


def made_from_what_is_served(desk: DecisionDesk) -> None:
    """An address of a frame names an old version; embedded from the newest; and a version that came an hour later."""
    mail = _Mail(desk)
    for number in range(3):
        video, old = _video(desk, desk.at - 4 * DAY)
        if number == 2:
            _newer(desk, video, None, desk.at + HOUR)
            mail.shows(video, video.by_bytes(old), _player(video, old, desk.at), is_other=False)
            continue
        new = _newer(desk, video, desk.at - DAY, desk.at - 2 * DAY)
        thumbnail = _frame(video, old, desk.at) if number == 0 else video.by_bytes(new)
        mail.shows(video, thumbnail, _player(video, new, desk.at), is_other=False)


def made_from_a_version_nobody_approved(desk: DecisionDesk) -> None:
    """Embedded from a second version that nobody approved, which a third one has replaced."""
    mail = _Mail(desk)
    video, _ = _video(desk, desk.at - 5 * DAY)
    waiting = _newer(desk, video, None, desk.at - 3 * DAY)
    newest = _newer(desk, video, desk.at - DAY, desk.at - 2 * DAY)
    mail.shows(video, video.by_bytes(waiting), _player(video, newest, desk.at), is_other=True, verdict="NOT_APPROVED")


RICH_MEDIA_CAUSES: tuple[DecisionPlanter, ...] = (
    led_to_what_was_deleted,
    led_to_a_former_name,
    led_to_what_never_was,
    led_to_what_nobody_approved,
    led_to_what_had_ended,
    led_to_what_is_for_others,
    made_from_the_version_before,
    made_before_the_video_went_back,
    made_from_what_is_served,
    made_from_a_version_nobody_approved,
)
