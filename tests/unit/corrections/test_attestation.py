"""Signing a statement: what is signed is what was shown, by whom it may be, and it stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from assettrail.clock import FixedClock
from assettrail.errors import ConfigurationError, EvidenceBroken
from assettrail.settings import Settings
from corrections.attestation.signatures import Attestation, attestations, find_attestation, hash_of, sign
from corrections.people.register import Person
from corrections.store.database import open_store
from corrections.store.records import AttestationRecord
from evidence.decision_leaves import AttestationLeaf
from evidence.leaves import decode_leaf
from ingest.landing_store import LandingStore
from tests.unit.corrections.samples import CLOCK, NOW, settings_for

TEXT = '{"period":"2026-01","who":"Ünal"}'.encode()
OFFICER = Person("Olga", frozenset({"officer"}))
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return settings_for(tmp_path / "home")


def signed(
    settings: Settings,
    by: Person = OFFICER,
    *,
    text: bytes = TEXT,
    seen: str | None = None,
    meaning: str = "attested",
    reason: str = " month end ",
    clock: FixedClock = CLOCK,
) -> Attestation:
    seen_hash = seen or hash_of(text)
    return sign(settings, clock, text, seen_hash, by, meaning, reason, period="2026-01", snapshot_name="s1")


def test_a_signature_keeps_the_exact_text_and_stands_in_the_log(settings: Settings) -> None:
    """Harm prevented: a signature that nobody can tell what it was under."""
    made = signed(settings)
    assert attestations(settings) == (made,)
    assert (made.text, made.signed_by, made.signed_at, made.meaning, made.reason) == (
        TEXT,
        "Olga",
        NOW,
        "attested",
        "month end",
    )
    entries = LandingStore.open(settings, CLOCK).log.entries()
    leaves = [leaf for _, entry in entries if isinstance(leaf := decode_leaf(entry), AttestationLeaf)]
    assert leaves == [
        AttestationLeaf(made.attestation_id, "2026-01", hash_of(TEXT), "s1", "Olga", "attested", "month end", NOW)
    ]
    assert find_attestation([made], made.attestation_id[:8]) == made
    assert find_attestation([made], "") is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"seen": "0" * 64}, "was shown"),
        ({"meaning": "agreed"}, "the meaning 'agreed'"),
        ({"reason": "  "}, "no reason"),
        ({"by": Person("Rea", frozenset({"reader", "approver"}))}, "'Rea' with the roles approver, reader"),
        ({"by": Person("policy:x", frozenset({"officer"}))}, "'policy:x'"),
    ],
)
def test_what_is_not_so_is_refused_and_nothing_is_signed(
    settings: Settings, changed: dict[str, str], told: str
) -> None:
    """Harm prevented: a signature under another text, by somebody without the right, or without meaning."""
    with pytest.raises(ConfigurationError, match="nothing was signed") as refused:
        signed(settings, **changed)  # type: ignore[arg-type]
    assert told in refused.value.found
    assert attestations(settings) == ()


def test_another_officer_may_sign_and_nobody_twice(settings: Settings) -> None:
    """Harm prevented: a second click that looks like a second opinion."""
    signed(settings)
    with pytest.raises(ConfigurationError, match="signed this very text"):
        signed(settings, clock=FixedClock(NOW.replace(year=2027)))
    signed(settings, Person("Oma", frozenset({"officer"})), meaning="reviewed")
    assert {(one.signed_by, one.meaning) for one in attestations(settings)} == {
        ("Olga", "attested"),
        ("Oma", "reviewed"),
    }


def test_a_text_that_was_changed_afterwards_is_told(settings: Settings) -> None:
    """Harm prevented: a signature that stands under a text which its signer never saw."""
    made = signed(settings)
    with open_store(settings) as store, store.begin() as session:
        session.execute(update(AttestationRecord).values(statement=TEXT.decode().replace("01", "02")))
    with pytest.raises(EvidenceBroken, match=made.statement_hash):
        attestations(settings)
