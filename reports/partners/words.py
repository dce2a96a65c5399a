"""The words of how far something shared came at a partner, for people."""

from __future__ import annotations

from reports.state_words import StateWords, by_code

MATRIX_STATES = (
    StateWords("acknowledged", "Acknowledged, same bytes", "done", "The partner took it and named these very bytes."),
    StateWords(
        "acknowledged_unnamed_bytes",
        "Acknowledged, bytes not named",
        "done",
        "The partner took it; its answer does not say which bytes.",
    ),
    StateWords(
        "acknowledged_other_bytes",
        "Acknowledged other bytes",
        "standing",
        "The partner's answer names other bytes than those that it was given.",
    ),
    StateWords("rejected", "Rejected", "standing", "The partner refused it."),
    StateWords("opened", "Opened", "", "The partner opened or downloaded it, and acknowledged nothing."),
    StateWords("delivered", "Delivered", "", "It arrived; the partner did nothing with it yet."),
    StateWords("silent", "Silent", "standing", "Not one word from the partner: not delivered, not opened."),
    StateWords("not_known", "Not known yet", "", "Shared later than the partners' words are completely read."),
    StateWords("withdrawn", "Withdrawn", "", "All that it was given of this artwork was taken back."),
)
MATRIX_STATES_BY_CODE = by_code(MATRIX_STATES)

SUPERSEDED = "superseded"
"""What the filter calls pairs whose partner holds a superseded version, however far that came."""

SHARE_STATES_BY_CODE = by_code(
    (
        StateWords("approved", "Approved", "done", "The approval of these bytes was in force when they were shared."),
        StateWords("before_approval", "Before its approval", "standing", "Nobody had approved these bytes yet."),
        StateWords(
            "after_approval_ended", "After its approval", "standing", "The approval had expired, or was revoked."
        ),
        StateWords("not_eligible", "Not for that region", "standing", "Approved for other regions only."),
        StateWords("not_known", "Not known", "", "The records do not tell whether it was approved."),
    )
)

RECEIPT_STATES_BY_CODE = by_code(
    (
        StateWords("acknowledged", "Acknowledged", "done", "The partner took it."),
        StateWords("rejected", "Rejected", "standing", "The partner refused it."),
        StateWords(
            "acknowledged_other_bytes",
            "Acknowledged other bytes",
            "standing",
            "The partner's answer names other bytes than those that it was given.",
        ),
        StateWords("downloaded", "Downloaded", "", "The partner downloaded it."),
        StateWords("opened", "Opened", "", "The partner opened it."),
        StateWords("delivered", "Delivered", "", "It arrived."),
        StateWords("silent", "Silent", "standing", "Not one word from the partner."),
        StateWords("not_known", "Not known yet", "", "Shared later than the partners' words are completely read."),
        StateWords("never_shared", "Never shared with it", "standing", "It received what nobody shared with it."),
    )
)
