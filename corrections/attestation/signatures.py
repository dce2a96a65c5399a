"""Signatures under statements about a period: made once, never changed, each with its exact text.

Here belong signing and finding what was signed. The text comes from whoever made the statement, with the hash that
the signer was shown: another text is refused. A signature is a leaf of the log before the database has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, EvidenceBroken
from assettrail.settings import Settings
from corrections.people.names import is_name_of_person
from corrections.people.register import Person, roles_now
from corrections.store.database import is_absent, open_store
from corrections.store.decision_log import log_decisions
from corrections.store.records import AttestationRecord
from evidence.decision_leaves import AttestationLeaf

Meaning = Literal["reviewed", "attested"]
MEANINGS: Mapping[Meaning, str] = {
    "reviewed": "I have read this statement, with its gaps and its open exceptions.",
    "attested": "I attest that this is what the evidence shows of the period, with its gaps and its open exceptions.",
}
"""What a signature can mean, in the words that stand under it."""


@dataclass(frozen=True)
class Attestation:
    """One signature: the exact text, its SHA-256 (hexadecimal), who signed it when (UTC), what it means, and why."""

    attestation_id: str
    period: str
    text: bytes
    statement_hash: str
    snapshot_name: str
    signed_at: datetime
    signed_by: str
    meaning: Meaning
    reason: str


def hash_of(text: bytes) -> str:
    """Return the hash by which a statement is shown and signed: SHA-256 of its exact text, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def sign(
    settings: Settings,
    clock: Clock,
    text: bytes,
    seen_hash: str,
    by: Person,
    meaning: str,
    reason: str,
    *,
    period: str,
    snapshot_name: str,
) -> Attestation:
    """Sign the statement, if its hash is the one that the signer was shown, and return the signature.

    Raises ConfigurationError when it is another text, `by` is no officer or has signed this text already, the meaning
    is unknown or the reason missing; nothing is signed then. Raises what the log raises.
    """
    now, hashed = clock.now(), hash_of(text)
    if hashed != seen_hash.strip().lower():
        raise _refused(
            period,
            f"the statement is {hashed[:16]}… now, and {seen_hash.strip()[:16]}… was shown",
            "the text that was shown, whole and unchanged",
            "read the statement again, and sign what it says now",
        )
    known = _meaning(period, meaning)
    if not reason.strip():
        raise _refused(period, "no reason", "a reason, which stands beside the signature", "say why it is signed")
    with open_store(settings) as store, store.begin() as session:
        _refuse_signer(session, period, by, hashed)
        record = AttestationRecord(
            attestation_id=hashlib.sha256(f"{hashed}/{by.name}/{now.isoformat()}".encode()).hexdigest()[:32],
            period=period,
            statement=text.decode("utf-8"),
            statement_hash=hashed,
            snapshot_name=snapshot_name,
            signed_at=now,
            signed_by=by.name,
            meaning=known,
            reason=reason.strip(),
        )
        session.add(record)
        session.flush()
        log_decisions(settings, [_leaf(record)])
        return _attestation(record)


def attestations(settings: Settings) -> tuple[Attestation, ...]:
    """Return every signature, the latest first. Raises EvidenceBroken for a text that is not the one signed."""
    if is_absent(settings):
        return ()
    with open_store(settings) as store, store.begin() as session:
        found = session.scalars(select(AttestationRecord).order_by(AttestationRecord.signed_at.desc()))
        return tuple(_attestation(record) for record in found)


def find_attestation(known: Sequence[Attestation], attestation_id: str) -> Attestation | None:
    """Return the signature of that id, or of the one id that begins so; None where there is none, or several."""
    found = [one for one in known if attestation_id and one.attestation_id.startswith(attestation_id)]
    return found[0] if len(found) == 1 else None


def _meaning(period: str, meaning: str) -> Meaning:
    for known in MEANINGS:
        if known == meaning.strip():
            return known
    raise _refused(period, f"the meaning {meaning[:40]!r}", f"one of {', '.join(MEANINGS)}", "choose what it means")


def _refuse_signer(session: Session, period: str, by: Person, hashed: str) -> None:
    roles = roles_now(session, by)
    if not is_name_of_person(by.name) or "officer" not in roles:
        raise _refused(
            period,
            f"{by.name!r} with the roles {', '.join(sorted(roles)) or 'of nobody'}",
            "a person with the role officer",
            "have an officer sign it, or an administrator grant the role",
        )
    signed = session.scalar(
        select(AttestationRecord.signed_at).where(
            AttestationRecord.statement_hash == hashed, AttestationRecord.signed_by == by.name
        )
    )
    if signed is not None:
        raise _refused(
            period,
            f"{by.name} signed this very text at {signed:%Y-%m-%d %H:%M:%S} UTC",
            "one signature of a person under one text",
            "another officer may sign it, too; when the statement has changed, it can be signed again",
        )


def _refused(period: str, found: str, expected: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to sign the period {period} off", found=found, expected=expected, remedy=f"{remedy}; nothing was signed"
    )


def _leaf(record: AttestationRecord) -> AttestationLeaf:
    return AttestationLeaf(
        attestation=record.attestation_id,
        period=record.period,
        statement_hash=record.statement_hash,
        snapshot=record.snapshot_name,
        by=record.signed_by,
        meaning=record.meaning,
        reason=record.reason,
        logged_at=record.signed_at,
    )


def _attestation(record: AttestationRecord) -> Attestation:
    text = record.statement.encode("utf-8")
    if hash_of(text) != record.statement_hash:
        raise EvidenceBroken(
            tried=f"to read the statement that {record.signed_by} signed at {record.signed_at:%Y-%m-%d %H:%M:%S} UTC",
            found=f"a text with the SHA-256 {hash_of(text)}",
            expected=f"the one that was signed, {record.statement_hash}, which the log's leaf has, too",
            remedy="restore the database of corrections from a copy; it was changed from outside",
        )
    return Attestation(
        attestation_id=record.attestation_id,
        period=record.period,
        text=text,
        statement_hash=record.statement_hash,
        snapshot_name=record.snapshot_name,
        signed_at=record.signed_at,
        signed_by=record.signed_by,
        meaning=_meaning(record.period, record.meaning),
        reason=record.reason,
    )
