"""The words of the controls of communities and partners, for people; `words.py` shows them.

Here belong title, rule, reason and remedy of each, and the phrases of their reasons and subjects.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Control, title, rule, why it matters, what to do.
PARTNER_CONTROLS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "ctl_ineligible_community_assets",
        "Asset in a community of a region without approval",
        "What a community shows is approved for the community's region.",
        "What may be said in one jurisdiction is forbidden in another, and partners pass it on.",
        "Withdraw it, or have it approved for that region.",
    ),
    (
        "ctl_missing_variants",
        "Needed variant is not shown",
        "Every variant that a community needs is shown there.",
        "Partners take the one that they find: the wrong language, or one that does not fit the device.",
        "Publish the variant in that community, or drop the need.",
    ),
    (
        "ctl_foreign_region_variants",
        "Variant of another region in a community",
        "A community shows variants of its own region, of every region, and those that it asked for.",
        "Prices and disclosures of another region are wrong there, even on an approved image.",
        "Withdraw it and publish the community's own variant.",
    ),
    (
        "ctl_outdated_artwork",
        "Partner on outdated artwork",
        "The artwork that a partner was sent last is approved, in force and not superseded.",
        "A supplier prints what it holds.",
        "Send the approved artwork, and let the partner destroy the old one.",
    ),
    (
        "ctl_unacknowledged_artwork",
        "Artwork not acknowledged",
        "A partner takes what it was sent, these very bytes, within the days allowed.",
        "Until somebody takes it, nobody knows whether the partner works with it.",
        "Ask the partner, and send it again where it did not arrive.",
    ),
    (
        "ctl_acknowledgements_of_other_bytes",
        "Acknowledgement of other bytes",
        "An acknowledgement that names bytes names those that were published or sent.",
        "A partner who confirms other bytes works with another version than we believe.",
        "Ask the partner which file it holds, and send the approved one again.",
    ),
    (
        "ctl_artwork_against_catalogue_rules",
        "Artwork against the catalogue's rules",
        "What is sent for an item has a right GTIN and a file name that the catalogue takes, and is a light JPEG.",
        "The catalogue refuses it, or shows it for another item.",
        "Correct the number or the name, or have a lighter JPEG made, and send it again.",
    ),
    (
        "ctl_missing_launch_assets",
        "Required asset missing at a launch",
        "What a launch requires is shown and approved from the day on that it is required.",
        "On the day of a launch nobody has time to look for an image.",
        "Publish the approved variant, or waive it.",
    ),
    (
        "ctl_overdue_flags",
        "Flag open past its due date",
        "A flag of a partner is resolved by its due date.",
        "The partner told that something is missing, and goes into the launch without it.",
        "Give the partner what is missing and resolve the flag, or agree on another day.",
    ),
    (
        "ctl_unanswered_format_requests",
        "Format request not answered",
        "A partner's request for another format is answered by its due date.",
        "A partner who gets no answer makes the format itself, out of whatever it has.",
        "Publish the format asked for and answer, or say why not.",
    ),
    (
        "ctl_unanswered_feedback",
        "Feedback not answered",
        "Feedback of a partner is answered within the days allowed.",
        "Who reports a slow or badly cut image and hears nothing reports nothing any more.",
        "Answer it; adjust the transformation and republish.",
    ),
    (
        "ctl_republications_without_change",
        "Feedback answered without a change",
        "A publication that answers feedback differs from the one that was reported.",
        "The partner was told that it is mended, and gets what it had.",
        "Make the change, republish, and answer once more.",
    ),
    (
        "ctl_republications_made_worse",
        "Feedback answered by a change for the worse",
        "A publication that answers feedback has no more of what was complained of.",
        "The change made it worse for everybody.",
        "Adjust the quality or the breakpoints, and republish.",
    ),
)
PARTNER_PHRASES: Mapping[str, str] = {
    "community_need": "variant that a community needs",
    "shown_variant": "variant shown in a community",
    "distribution": "artwork sent to a partner",
    "acknowledgement": "acknowledgement by a partner",
    "feedback": "feedback by a partner",
    "feedback_not_answered": "nobody answered within the days allowed",
    "reopened_and_not_answered": "the partner opened it again, and nobody answered within the days allowed",
    "republished_unchanged": "what answered it is the same file as before",
    "heavier": "slow loading was reported, and what answered it has more bytes",
    "wider": "poor rendering on telephones was reported, and what answered it is wider",
    "launch_requirement": "asset that a launch requires",
    "flag": "flag by a partner",
    "format_request": "format request by a partner",
    "asset_not_named": "the launch requires an asset that nobody named",
    "not_published": "nothing of the asset was published there",
    "another_variant_published": "the asset was published for another market, language or format",
    "approval_pending": "it was published, and is not approved",
    "flag_open_past_due": "the flag is open, and its due date has passed",
    "format_request_open_past_due": "the request is open, and its due date has passed",
    "asset_not_shown": "the community shows nothing of the asset",
    "another_variant_shown": "the community shows the asset, but none of its variants is the one needed",
    "variant_of_another_region": "the variant is of another region than the community's, and nobody there asked for it",
    "rejected": "the partner refused it",
    "other_bytes_acknowledged": "other bytes were acknowledged than those that were published or sent",
    "only_received": "a 997 says that it could be read, and nobody took it",
    "not_answered": "nobody answered",
    "gtin_wrong": "the GTIN has a wrong check digit or length",
    "file_name_missing": "no file name was sent",
    "file_name_not_allowed": "the file name has a character that the catalogue does not take",
    "format_not_catalogued": "the catalogue takes JPEG files only",
    "too_heavy_for_catalogue": "the file has more bytes than the catalogue takes",
    "file_name_of_another_gtin": "the file name begins with another GTIN",
}
