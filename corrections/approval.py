"""Approving and rejecting: a person's decision on the exact difference, or the policy of a kind.

Here belong the rules of decisions: only what is proposed can be decided, the approver is never the proposer, an
approval is bound to the hash of the difference and expires. Every decision is a leaf of the log, with name, time,
meaning and reason. Who a person is and which roles they have is `acting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import PolicyKind, Settings
from corrections.bulk import set_hash, together
from corrections.difference import Difference
from corrections.people.names import POLICY_PREFIX, is_name_of_person, plain_name
from corrections.people.register import Person, roles_now
from corrections.recall.recalled import recalled_by
from corrections.store.database import open_store
from corrections.store.decision_log import log_decisions
from corrections.store.outbox import Correction, find, move, to_correction
from corrections.store.records import CorrectionRecord
from corrections.store.states import State
from evidence.decision_leaves import CorrectionDecision, CorrectionDecisionLeaf

APPROVED = "the exact difference was seen and may be sent"
REJECTED = "it is not to be sent"
"""What the two decisions mean, as it stands in the log."""


def approve(
    settings: Settings,
    clock: Clock,
    keys: Sequence[str] | None,
    by: Person,
    reason: str,
    *,
    difference_hash: str | None = None,
    kind: str | None = None,
    seen_set: str | None = None,
) -> tuple[Correction, ...]:
    """Approve proposed corrections, or all that may be approved together when `keys` is None; all of them or none.

    `keys` may be the first characters. With `difference_hash`, the one correction is approved only if its difference
    still has that hash, in the same transaction: a build may have changed it since it was shown. With `seen_set`, all
    (of `kind`) are approved only if the set is the one of which `bulk.bulk_of` has shown a sample. The approval is
    valid for `corrections.approval_valid_hours` by the clock. Raises ConfigurationError when `by` has proposed it or is
    no approver, a key is unknown, a correction is not proposed, or its difference is another; and what the log raises.
    """
    now = clock.now()
    with open_store(settings) as outbox, outbox.begin() as session:
        records = together(session, kind) if keys is None else [find(session, key) for key in keys]
        if seen_set is not None:
            _refuse_other_set(records, seen_set.strip().lower())
        if difference_hash is not None:
            _refuse_other_difference(records, difference_hash.strip().lower(), is_all=keys is None)
        for record in records:
            _refuse_decider(session, by, reason, record.proposed_by)
        leaves = [_approve(session, settings, record, now, by.name, reason.strip()) for record in records]
        log_decisions(settings, leaves)
        return _fresh(session, records)


def reject(settings: Settings, clock: Clock, keys: Sequence[str], by: Person, reason: str) -> tuple[Correction, ...]:
    """Reject corrections that are proposed, approved and not yet sent, or unknown; all of them or none.

    Rejecting one of unknown effect is a person's word that it was looked at; its object is free again.

    Raises ConfigurationError as `approve` does.
    """
    now = clock.now()
    with open_store(settings) as outbox, outbox.begin() as session:
        records = [find(session, key) for key in keys]
        for record in records:
            _refuse_decider(session, by, reason, record.proposed_by)
            moved = move(
                session,
                record.correction_key,
                {"proposed", "approved", "unknown"},
                "rejected",
                at=now,
                who=by.name,
                why=reason.strip(),
            )
            if not moved:
                raise _not_decidable(record, "reject")
        log_decisions(
            settings, [_leaf(record, "rejected", by.name, REJECTED, reason.strip(), now) for record in records]
        )
        return _fresh(session, records)


def approve_by_policy(session: Session, settings: Settings, key: str, now: datetime) -> CorrectionDecisionLeaf | None:
    """Approve `key` in the name of its kind's policy, if it is proposed and the policy is `automatic`.

    Returns the leaf that the caller has to log before it commits, None when nothing was decided.
    """
    record = session.get_one(CorrectionRecord, key, populate_existing=True)
    policy = settings.corrections.policies.get(cast("PolicyKind", record.kind), "four_eyes")
    if policy != "automatic" or record.state != "proposed":
        return None
    if recalled_by(session, Difference.from_json(record.difference)) is not None:
        return None
    who = f"{POLICY_PREFIX}{record.kind}"
    return _approve(session, settings, record, now, who, "the policy of this kind is automatic")


def _approve(
    session: Session, settings: Settings, record: CorrectionRecord, now: datetime, by: str, reason: str
) -> CorrectionDecisionLeaf:
    approved: State = "approved"
    moved = move(
        session,
        record.correction_key,
        {"proposed"},
        approved,
        at=now,
        who=by,
        why=reason,
        approved_at=now,
        approved_by=by,
        approved_hash=record.difference_hash,
        approval_expires_at=now + timedelta(hours=settings.corrections.approval_valid_hours),
    )
    if not moved:
        raise _not_decidable(record, "approve")
    return _leaf(record, "approved", by, APPROVED, reason, now)


def _leaf(
    record: CorrectionRecord, decision: CorrectionDecision, by: str, meaning: str, reason: str, now: datetime
) -> CorrectionDecisionLeaf:
    return CorrectionDecisionLeaf(
        correction_key=record.correction_key,
        difference_hash=record.difference_hash,
        decision=decision,
        by=by,
        meaning=meaning,
        reason=reason,
        logged_at=now,
    )


def _fresh(session: Session, records: Sequence[CorrectionRecord]) -> tuple[Correction, ...]:
    for record in records:
        session.refresh(record)
    return tuple(to_correction(record) for record in records)


def _refuse_other_set(records: Sequence[CorrectionRecord], seen: str) -> None:
    if (found := set_hash(records)) != seen:
        raise ConfigurationError(
            tried=f"to approve the set of corrections {seen}",
            found=f"another set by now: {len(records)} corrections, {found}",
            expected="the set of which a sample was shown, whole and unchanged",
            remedy="look at what `assettrail corrections approve --all` shows now; nothing was decided",
        )


def _refuse_other_difference(records: Sequence[CorrectionRecord], seen: str, *, is_all: bool) -> None:
    if is_all or len(records) != 1:
        raise ConfigurationError(
            tried="to approve corrections by the hash of one difference",
            found="--difference with --all" if is_all else f"--difference with {len(records)} corrections",
            expected="the key of the one correction that has this difference",
            remedy="approve each with its own --difference; nothing was decided",
        )
    (record,) = records
    if record.difference_hash != seen:
        raise ConfigurationError(
            tried=f"to approve the correction {record.correction_key} with the difference {seen}",
            found=f"its difference is {record.difference_hash} now, proposed at {record.proposed_at:%Y-%m-%d %H:%M:%S} "
            f"from the snapshot {record.snapshot_name}",
            expected="the difference that was shown, whole and unchanged",
            remedy=f"read `assettrail corrections show {record.correction_key[:12]}` again, and approve what it shows "
            "now; nothing was decided",
        )


def _refuse_decider(session: Session, by: Person, reason: str, proposed_by: str) -> None:
    roles, proposer = roles_now(session, by), plain_name(proposed_by)
    is_proposer = proposer in {plain_name(by.name), plain_name(by.token_issued_by or "")}
    if not is_name_of_person(by.name) or "approver" not in roles or is_proposer:
        issued = f", {by.token_issued_by} issued the token" if by.token_issued_by else ""
        raise ConfigurationError(
            tried=f"to decide on a correction as {by.name!r}",
            found=f"the roles {', '.join(sorted(roles)) or 'of nobody'}; {proposed_by} proposed it{issued}",
            expected="an approver who is another than the proposer, with a token that the proposer did not issue: "
            "four eyes see every correction",
            remedy="have an approver who did not propose it decide; nothing was decided",
        )
    if not reason.strip():
        raise ConfigurationError(
            tried=f"to decide on a correction as {by.name}",
            found="no reason",
            expected="a reason, which stands in the history",
            remedy="give it with --reason",
        )


def _not_decidable(record: CorrectionRecord, decision: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to {decision} the correction {record.correction_key}",
        found=f"it is {record.state}",
        expected="a correction that is proposed (or, to reject it, approved or unknown)",
        remedy="`assettrail corrections show` tells its history; nothing was decided",
    )
