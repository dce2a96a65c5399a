"""What a snapshot says of a communication, and what is different between two snapshots of it, use by use.

Here belong the short question that is asked of each kept snapshot, and the pure comparison of two dossiers. The words
of a dossier are `reports.dossier`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports import rows
from reports.communication_names import keys_of
from reports.dossier.rows import Dossier, Finding, Use
from reports.known.moments import KeptSnapshot
from reports.rows import read
from reports.text import instant
from reports.words import VerdictWords, phrase, verdict_words


@dataclass(frozen=True)
class _KnownUse:
    """What is compared of a use from snapshot to snapshot."""

    asset_use_key: str
    verdict: str
    verdict_reason: str | None
    asset_version_key: str | None
    approval_key: str | None
    approver_id: str | None
    approved_at: datetime | None


@dataclass(frozen=True)
class Telling:
    """What one kept snapshot says of a communication.

    `tally` has its verdicts, the worst first, with the number of uses. `is_held`: None where the snapshot could not be
    asked. `changed`: how many uses it tells otherwise than the kept snapshot before it that holds the communication,
    None where none does.
    """

    snapshot: KeptSnapshot
    is_held: bool | None
    tally: tuple[tuple[VerdictWords, int], ...] = ()
    changed: int | None = None

    @property
    def worst(self) -> VerdictWords | None:
        """The worst verdict among the uses."""
        return self.tally[0][0] if self.tally else None

    @property
    def use_count(self) -> int:
        """How many asset uses it has."""
        return sum(count for _, count in self.tally)


Asked = dict[str, _KnownUse] | None
"""The uses of the communication by key; None where the snapshot does not hold it."""


def ask(cursor: duckdb.DuckDBPyConnection, communication_id: str, domain_code: str) -> Asked:
    """Return what a snapshot knows of the uses of a communication, as the cursor's owner may see it."""
    held = [key for key in keys_of(cursor, communication_id) if _is_of_domain(cursor, key, domain_code)]
    if not held:
        return None
    uses = read(
        cursor,
        _KnownUse,
        """
        select asset_use_key, verdict, verdict_reason, asset_version_key, approval_key, approver_id, approved_at
        from marts.fct_asset_uses
        where communication_key = ?
        """,
        held[:1],
    )
    return {use.asset_use_key: use for use in uses}


def _is_of_domain(cursor: duckdb.DuckDBPyConnection, communication_key: str, domain_code: str) -> bool:
    question = "select 1 from marts.fct_communications where communication_key = ? and domain_code = ?"
    return rows.ask(cursor, question, [communication_key, domain_code]).fetchone() is not None


def tellings(asked: Sequence[tuple[KeptSnapshot, Asked | str]]) -> list[Telling]:
    """Return what each snapshot says, in the order given (the newest first); a text is why one could not be asked."""
    found: list[Telling] = []
    before: Asked = None
    for snapshot, uses in reversed(asked):
        if isinstance(uses, str):
            found.append(Telling(snapshot, None))
            continue
        if uses is None:
            found.append(Telling(snapshot, is_held=False))
            continue
        changed = None if before is None else sum(before.get(key) != uses.get(key) for key in before.keys() | uses)
        found.append(Telling(snapshot, is_held=True, tally=_tally(uses), changed=changed))
        before = uses
    return found[::-1]


@dataclass(frozen=True)
class FieldChange:
    """One thing that was told then and is told otherwise now, in words."""

    label: str
    then: str
    now: str


@dataclass(frozen=True)
class Later:
    """A record that the verdict of now rests on and that was not known then: its entry in the log, and when."""

    label: str
    log_index: int
    logged_at: datetime | None


@dataclass(frozen=True)
class UseChange:
    """One use in both dossiers, or in one of them."""

    asset_use_key: str
    then: Finding | None
    now: Finding | None
    fields: tuple[FieldChange, ...]
    later: tuple[Later, ...] = ()

    @property
    def use(self) -> Use:
        """The use, as it is told now where it is."""
        finding = self.now or self.then
        if finding is None:
            raise AssertionError("a change of no use")
        return finding.use

    @property
    def is_same(self) -> bool:
        """Whether nothing that the dossier tells is told otherwise."""
        return self.then is not None and self.now is not None and not self.fields

    @property
    def has_other_verdict(self) -> bool:
        """Whether its verdict is another one, or is there in one of the two only."""
        then, now = (None if finding is None else finding.use.verdict for finding in (self.then, self.now))
        return then != now


def compare(then: Dossier, now: Dossier) -> list[UseChange]:
    """Return each use of either dossier, what changed first, each in the order of the dossier of now."""
    old = {finding.use.asset_use_key: finding for finding in then.findings}
    new = {finding.use.asset_use_key: finding for finding in now.findings}
    changes = [
        UseChange(key, old.get(key), new.get(key), _fields(old.get(key), new.get(key)))
        for key in dict.fromkeys([*new, *old])
    ]
    return sorted(changes, key=lambda change: change.is_same)


def later_entries(finding: Finding | None, known_entries: int | None) -> list[tuple[str, int]]:
    """Return the records of a finding that stand behind the entries that were known, by what they are."""
    if finding is None or known_entries is None:
        return []
    use = finding.use
    told = (("use", use.use_log_index), ("version", use.version_log_index), ("approval", use.approval_log_index))
    return [(label, index) for label, index in told if index is not None and index >= known_entries]


def _tally(uses: dict[str, _KnownUse]) -> tuple[tuple[VerdictWords, int], ...]:
    counted = Counter(use.verdict for use in uses.values())
    words = sorted((verdict_words(code) for code in counted), key=lambda each: (each.rank, each.code))
    return tuple((each, counted[each.code]) for each in words)


def _fields(then: Finding | None, now: Finding | None) -> tuple[FieldChange, ...]:
    if then is None or now is None:
        return ()
    pairs = zip(_told(then), _told(now), strict=True)
    return tuple(FieldChange(label, old, new) for (label, old), (_, new) in pairs if old != new)


def _told(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield what a dossier tells of a use, by its name there; always the same names in the same order."""
    use = finding.use
    yield "Verdict", use.words.name
    yield "Why", finding.sentence
    yield "Version", "not known" if use.version_number is None else f"{use.version_number} ({use.etag or 'no etag'})"
    yield "Version live", _period(use.version_live_from, use.version_live_to)
    yield "Approved by", "nobody" if use.granted_at is None else use.approver_id or "not recorded"
    yield "Approval", "none" if use.granted_at is None else _period(use.granted_at, use.ended_at)
    yield "Declared validity", "none" if use.granted_at is None else _period(use.valid_from, use.valid_to)
    yield "Superseded by", "nothing" if use.superseding_version_number is None else str(use.superseding_version_number)
    yield "Strength", phrase(use.evidence_strength)
    yield "Last needed record in the log", instant(use.recorded_at, "not recorded")


def _period(begins: datetime | None, ends: datetime | None) -> str:
    if begins is None and ends is None:
        return "no limit recorded"
    return f"{instant(begins, 'no beginning')} to {instant(ends, 'no end recorded')}"
