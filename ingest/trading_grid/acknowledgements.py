"""Which document an X12 answer is about. Pure.

Here belongs the matching: an answer names group and set by their control numbers, or, an 824 without them, a reference
by which the document is known. An 824 may name the group and a document of it by reference: unless its code speaks of
the group (G…), it means that document alone. An answer goes the way back, so that its sender is the document's
receiver. Control numbers start again: of several documents only those within a window before the answer can be meant,
and where more than one is left, none is chosen. Answers are usually timed to the minute (GS05 as HHMM): one in the
document's own minute is not before it. An answer without a document stays an answer, with the reason why it has none.
Not here: reading answers (`x12_rows`), and what an answer is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from ingest.trading_grid.x12 import Party

Outcome = Literal["matched", "no_document", "outside_window", "several_documents", "not_named"]

_Address: TypeAlias = tuple[Party, Party, str, str]
_Reference: TypeAlias = tuple[Party, Party, str]


@dataclass(frozen=True)
class SentDocument:
    """A document that was sent: from whom to whom, under which numbers and references, and when (an instant)."""

    document_id: str
    sender: Party
    receiver: Party
    group_control_number: str
    set_control_number: str
    sent_at: datetime
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class X12Answer:
    """An answer: who answers whom, which control numbers it names (None: the whole group), and when (an instant).

    One without a set's number may name a document by `reference`, also within the group that it names. `code`: that of
    an 824 (X12 element 110), of which those that begin with G speak of a whole group.
    """

    answer_id: str
    sender: Party
    receiver: Party
    group_control_number: str | None
    set_control_number: str | None
    answered_at: datetime
    reference: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Match:
    """What an answer is about. `document_ids`: the documents meant, or those between which nothing decides."""

    answer_id: str
    outcome: Outcome
    document_ids: tuple[str, ...] = ()


def match_answers(documents: Iterable[SentDocument], answers: Iterable[X12Answer], window: timedelta) -> list[Match]:
    """One match for each answer, in the order of the answers.

    An answer to a set means one document; an answer to a group means every document of one sending of that group:
    documents of the group that were sent at the same instant. Leading zeros of control numbers do not tell apart. A
    reference is the document's id or one of its `references`, and means one document; in a group it is one of that
    group, or none. `window` is how long before an
    answer a document may have been sent.
    """
    groups: dict[_Address, list[SentDocument]] = {}
    referred: dict[_Reference, list[SentDocument]] = {}
    for document in documents:
        for set_number in (document.set_control_number, ""):
            address = _address(document.sender, document.receiver, document.group_control_number, set_number)
            groups.setdefault(address, []).append(document)
        for reference in {name.strip() for name in (document.document_id, *document.references)}:
            referred.setdefault((document.sender, document.receiver, reference), []).append(document)
    return [_match(answer, groups, referred, window) for answer in answers]


def _match(
    answer: X12Answer,
    groups: Mapping[_Address, Sequence[SentDocument]],
    referred: Mapping[_Reference, Sequence[SentDocument]],
    window: timedelta,
) -> Match:
    reference = _reference(answer)
    number = answer.group_control_number
    if number is None and not reference:
        return Match(answer.answer_id, "not_named")
    known = referred.get((answer.receiver, answer.sender, reference), [])
    if number is None:
        candidates = known
    else:
        named = _address(answer.receiver, answer.sender, number, answer.set_control_number or "")
        candidates = [each for each in groups.get(named, []) if not reference or each in known]
    if not candidates:
        return Match(answer.answer_id, "no_document")
    meant = [
        each
        for each in candidates
        if _minute(each.sent_at) <= answer.answered_at and answer.answered_at - each.sent_at <= window
    ]
    ids = tuple(dict.fromkeys(each.document_id for each in meant))
    if not ids:
        return Match(answer.answer_id, "outside_window")
    sendings = {each.sent_at for each in meant}
    means_group = number is not None and answer.set_control_number is None and not reference
    is_one = len(ids) == 1 or (means_group and len(sendings) == 1)
    return Match(answer.answer_id, "matched" if is_one else "several_documents", ids)


def _reference(answer: X12Answer) -> str:
    """The reference by which an answer names its document; empty: control numbers alone do, or nothing does."""
    if answer.group_control_number is not None and (
        answer.set_control_number is not None or (answer.code or "").startswith("G")
    ):
        return ""
    return (answer.reference or "").strip()


def _minute(instant: datetime) -> datetime:
    """The begin of an instant's minute."""
    return instant.replace(second=0, microsecond=0)


def _address(sender: Party, receiver: Party, group_number: str, set_number: str) -> _Address:
    return sender, receiver, _plain(group_number), _plain(set_number)


def _plain(number: str) -> str:
    """A control number without leading zeros; empty only where there is none."""
    stripped = number.strip()
    return stripped.lstrip("0") or stripped[:1]
