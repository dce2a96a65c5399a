"""Approving and rejecting: a person's decision on the exact difference, or the policy of a kind.

Here belong the rules of decisions: only what is proposed can be decided, the approver is never the proposer, an
approval is bound to the hash of the difference and expires.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.difference import Kind
from corrections.outbox import Correction, find, move, to_correction
from corrections.records import CorrectionRecord
from corrections.states import POLICY_PREFIX, State
from corrections.store import open_store


def approve(
    settings: Settings,
    clock: Clock,
    keys: Sequence[str] | None,
    by: str,
    reason: str,
    *,
    difference_hash: str | None = None,
) -> tuple[Correction, ...]:
    """Approve proposed corrections, or all that are proposed when `keys` is None; all of them or none.

    `keys` may be the first characters. With `difference_hash`, the one correction is approved only if its difference
    still has that hash, in the same transaction: a build may have changed it since it was shown. The approval is valid
    for `corrections.approval_valid_hours` by the clock. Raises ConfigurationError when `by` may not decide, a key is
    unknown, a correction is not proposed, or its difference is another.
    """
    now = clock.now()
    with open_store(settings) as outbox, outbox.begin() as session:
        records = _all_proposed(session) if keys is None else [find(session, key) for key in keys]
        if difference_hash is not None:
            _refuse_other_difference(records, difference_hash.strip().lower(), is_all=keys is None)
        for record in records:
            _refuse_decider(by, reason, record.proposed_by)
            _approve(session, settings, record, now, by.strip(), reason.strip())
        return _fresh(session, records)


def reject(settings: Settings, clock: Clock, keys: Sequence[str], by: str, reason: str) -> tuple[Correction, ...]:
    """Reject corrections that are proposed, approved and not yet sent, or unknown; all of them or none.

    Rejecting one of unknown effect is a person's word that it was looked at; its object is free again.

    Raises ConfigurationError as `approve` does.
    """
    now = clock.now()
    with open_store(settings) as outbox, outbox.begin() as session:
        records = [find(session, key) for key in keys]
        for record in records:
            _refuse_decider(by, reason, record.proposed_by)
            moved = move(
                session,
                record.correction_key,
                {"proposed", "approved", "unknown"},
                "rejected",
                at=now,
                who=by.strip(),
                why=reason.strip(),
            )
            if not moved:
                raise _not_decidable(record, "reject")
        return _fresh(session, records)


def approve_by_policy(session: Session, settings: Settings, key: str, now: datetime) -> bool:
    """Approve `key` in the name of its kind's policy, if it is proposed and the policy is `automatic`."""
    record = session.get_one(CorrectionRecord, key, populate_existing=True)
    policy = settings.corrections.policies.get(cast("Kind", record.kind), "four_eyes")
    if policy != "automatic" or record.state != "proposed":
        return False
    who = f"{POLICY_PREFIX}{record.kind}"
    _approve(session, settings, record, now, who, "the policy of this kind is automatic")
    return True


def _approve(
    session: Session, settings: Settings, record: CorrectionRecord, now: datetime, by: str, reason: str
) -> None:
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


def _all_proposed(session: Session) -> list[CorrectionRecord]:
    query = select(CorrectionRecord).where(CorrectionRecord.state == "proposed")
    return list(session.scalars(query.order_by(CorrectionRecord.correction_key)))


def _fresh(session: Session, records: Sequence[CorrectionRecord]) -> tuple[Correction, ...]:
    for record in records:
        session.refresh(record)
    return tuple(to_correction(record) for record in records)


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


def _refuse_decider(by: str, reason: str, proposed_by: str) -> None:
    name, plain = by.strip(), _plain(by)
    if plain in {"", _plain(proposed_by)} or plain.startswith(POLICY_PREFIX):
        raise ConfigurationError(
            tried=f"to decide on a correction as {name!r}",
            found=f"no name of a person; {proposed_by} proposed it" if name else "no name",
            expected="another than the proposer: four eyes see every correction",
            remedy="give your own name with --by",
        )
    if not reason.strip():
        raise ConfigurationError(
            tried=f"to decide on a correction as {name}",
            found="no reason",
            expected="a reason, which stands in the history",
            remedy="give it with --reason",
        )


def _plain(name: str) -> str:
    """The name without what only makes it look different: case, white space, width, invisible characters."""
    normal = unicodedata.normalize("NFKC", name)
    return "".join(c for c in normal if unicodedata.category(c)[0] not in {"C", "Z"}).casefold()


def _not_decidable(record: CorrectionRecord, decision: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to {decision} the correction {record.correction_key}",
        found=f"it is {record.state}",
        expected="a correction that is proposed (or, to reject it, approved or unknown)",
        remedy="`assettrail corrections show` tells its history; nothing was decided",
    )
