"""Leaves of the log about people and what they decided.

Here belong decisions on corrections, who may decide, when sending was stopped, what was recalled, and which
periods were signed off: their shapes, all of texts and one instant. Their bytes are made by `leaves`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

CorrectionDecision = Literal["approved", "rejected"]
PersonChange = Literal[
    "added",
    "role_granted",
    "role_revoked",
    "deactivated",
    "reactivated",
    "token_issued",
    "token_revoked",
    "sign_in_name_set",
    "jurisdictions_set",
]


@dataclass(frozen=True)
class CorrectionDecisionLeaf:
    """One decision on one correction: by whom, what it means, why, and on which exact difference."""

    correction_key: str
    difference_hash: str
    decision: CorrectionDecision
    by: str
    meaning: str
    reason: str
    logged_at: datetime


@dataclass(frozen=True)
class PersonLeaf:
    """One change of who may decide, `by` which administrator.

    `detail` is what the change is about: the role, the id of the token, the sign-in name, or the jurisdictions (a JSON
    list; none: all).
    """

    person: str
    change: PersonChange
    detail: str | None
    by: str
    logged_at: datetime


@dataclass(frozen=True)
class SendingLeaf:
    """The sending of corrections was paused or resumed by a person."""

    change: Literal["paused", "resumed"]
    by: str
    reason: str
    logged_at: datetime


@dataclass(frozen=True)
class RecallLeaf:
    """A person recalled an asset, or the bytes of one etag of it, or ended such a recall."""

    recall: str
    change: Literal["begun", "ended"]
    asset_id: str
    etag: str | None
    by: str
    reason: str
    logged_at: datetime


@dataclass(frozen=True)
class AttestationLeaf:
    """A person signed a statement about a period, whose exact text has this SHA-256 and rests on this snapshot."""

    attestation: str
    period: str
    statement_hash: str
    snapshot: str
    by: str
    meaning: str
    reason: str
    logged_at: datetime


@dataclass(frozen=True)
class ExceptionDispositionLeaf:
    """What a person made of one exception: who owns it, what is done, until when (days as ISO 8601), and why."""

    exception_key: str
    disposition: Literal["correct", "accept_until", "false_alarm", "escalate"]
    owner: str
    due_on: str | None
    accepted_until: str | None
    by: str
    reason: str
    logged_at: datetime


DecisionLeaf = (
    CorrectionDecisionLeaf | PersonLeaf | SendingLeaf | RecallLeaf | AttestationLeaf | ExceptionDispositionLeaf
)

DECISION_KINDS: Final[Mapping[type[DecisionLeaf], str]] = {
    CorrectionDecisionLeaf: "correction_decision",
    PersonLeaf: "person",
    SendingLeaf: "sending",
    RecallLeaf: "recall",
    AttestationLeaf: "attestation",
    ExceptionDispositionLeaf: "exception_disposition",
}
