"""The words of the controls of launched visuals, downloads and rich media, for people; `words.py` shows them.

Here belong title, rule, reason and remedy of each, and the phrases of their reasons and subjects.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Control, title, rule, why it matters, what to do.
SHARING_CONTROLS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "ctl_old_visuals_after_launch",
        "Old visual after a launch",
        "From a launch on, communications of its region carry the launched version of its visuals, or a newer one.",
        "A launch is announced everywhere at once; a letter with the old visual contradicts it.",
        "Put the launched version into the template, and decide on what was sent.",
    ),
    (
        "ctl_launches_without_approved_visuals",
        "Launch without an approved visual",
        "What is delivered of a launch's visual at its instant is approved for the region that it is required in.",
        "At a launch everybody uses what is there: what nobody approved is then everywhere.",
        "Have it approved, and look at what was sent with it in between.",
    ),
    (
        "ctl_downloads_of_unapproved_assets",
        "Download of what is not approved for partner or market",
        "What a partner downloads is approved for the community's region, and the partner is a member of it.",
        "What a partner has downloaded, nobody can withdraw any more.",
        "Tell the partner, send the approved version, and end the access of who is no member.",
    ),
    (
        "ctl_rich_media_with_unusable_targets",
        "Thumbnail leads to nothing usable",
        "What a thumbnail or preview leads to was there at composition, and approved for its customer.",
        "The customer clicks: a dead link, or a video that nobody approved, is read as ours.",
        "Restore or approve the video, or let the link lead elsewhere.",
    ),
    (
        "ctl_thumbnails_of_other_versions",
        "Thumbnail of another version than its video's",
        "A thumbnail that was made from a video carries the version that the video's link served at composition.",
        "A thumbnail that shows an old offer promises what the video no longer says.",
        "Cut the thumbnail again, or let the letter carry its address.",
    ),
)
SHARING_PHRASES: Mapping[str, str] = {
    "use_after_launch": "communication after a launch",
    "launch_visual": "visual of a launch",
    "download": "download by a partner",
    "rich_media": "thumbnail or preview in a communication",
    "target_missing": "what it leads to did not exist under that name or id",
    "target_not_approved": "nobody had approved what it leads to",
    "target_expired": "the approval of what it leads to had ended",
    "target_not_eligible": "what it leads to is approved, but not for this customer",
    "thumbnail_of_another_version": "made from another version than the one that its link served",
    "old_visual_after_launch": "an older version than the launched one was used after the launch",
    "launched_not_approved": "nobody had approved what was delivered at the launch",
    "launched_expired": "the approval's declared validity had ended at the launch",
    "launched_not_eligible": "approved at the launch, but not for the region that it was required in",
    "launched_not_uploaded": "the asset was uploaded for the first time after the launch",
    "download_not_approved": "nobody had approved it when it was downloaded",
    "download_expired": "the approval's declared validity had ended when it was downloaded",
    "download_not_for_market": "approved, but not for the region of the community",
    "download_not_a_member": "the partner is no member of the community",
    "download_membership_ended": "the partner's membership of the community had ended",
}
