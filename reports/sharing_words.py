"""The words of the controls of launched visuals, downloads, rich media and the audit trail; `words.py` shows them.

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
    (
        "ctl_shares_before_approval",
        "Shared with partners before approval",
        "What is published in a community or sent to a partner is approved at that instant.",
        "An approval that comes later does not undo that a partner had it before.",
        "Accept it, or tell the partners; let the portal publish approved versions only.",
    ),
    (
        "ctl_shares_after_approval_ended",
        "Shared with partners after the approval ended",
        "What is published or sent is not shared after its approval has expired or was revoked.",
        "What was taken back is on its way again, and the next partner takes it for new.",
        "Withdraw it, and send the version that is approved.",
    ),
    (
        "ctl_receipts_of_what_was_never_shared",
        "Received by a partner and never shared with it",
        "What a partner received was published in a community of which it is a member, or sent to it.",
        "A partner that holds what nobody gave it has it from somewhere.",
        "Ask where it has it from, and correct the address or the membership.",
    ),
    (
        "ctl_shares_approved_by_their_uploader",
        "Shared under an approval by who uploaded it",
        "The approval under which something is shared was not given by the one who uploaded the version.",
        "Who asks for an approval does not give it: otherwise there is none.",
        "Have it approved by somebody else, and decide on what was shared.",
    ),
    (
        "ctl_foreign_changes",
        "Change in our name that no correction explains",
        "Every change under our mark or by our account is one that an approved correction made, as it was approved.",
        "Somebody acts with the authority of two people's approval, and nobody has approved it.",
        "Find out who used the account, change its secret, and take back what was wrong.",
    ),
)
SHARING_PHRASES: Mapping[str, str] = {
    "use_after_launch": "communication after a launch",
    "launch_visual": "visual of a launch",
    "download": "download by a partner",
    "share": "what was shared with partners",
    "partner_receipt": "receipt by a partner",
    "own_change": "change in our name",
    "no_correction": "made by our account, and no correction of it was being written",
    "unknown_mark": "the mark is of no correction that was ever sent",
    "before_sending": "made under our mark before the correction was sent",
    "other_than_approved": "under the mark of a correction, and not what it approved",
    "done_twice": "made under this mark already",
    "share_never_approved": "nobody ever approved these bytes",
    "share_approved_later": "it was approved after it was shared",
    "share_not_yet_valid": "its approval was declared for later",
    "share_approval_ended": "its approval had been revoked when it was shared",
    "share_validity_ended": "its approval's declared validity had ended when it was shared",
    "approved_by_its_uploader": "the one who uploaded the version approved it",
    "received_nothing_shared": "no publication or distribution of that id is known",
    "received_sent_to_another_partner": "it was sent to another partner",
    "received_not_a_member": "the partner is no member of the community that shows it",
    "received_membership_ended": "the partner's membership of the community had ended",
    "received_before_it_was_shared": "the partner received it before it was shared",
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
