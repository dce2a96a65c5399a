"""Which document an X12 answer is about: never another one's, and never a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from ingest.trading_grid.acknowledgements import Match, SentDocument, X12Answer, match_answers
from ingest.trading_grid.x12 import Party

US, THEM, OTHER = Party("01", "123456789"), Party("08", "PARTNER"), Party("ZZ", "PARTNER")
SENT = datetime(2026, 3, 12, 10, tzinfo=UTC)
WINDOW = timedelta(days=45)


def sent(document_id: str = "D1", **changes: object) -> SentDocument:
    values: dict[str, object] = {"sender": US, "receiver": THEM, "group_control_number": "905"}
    values |= {"set_control_number": "0001", "sent_at": SENT}
    return SentDocument(document_id, **(values | changes))  # type: ignore[arg-type]


def answer(answer_id: str = "A1", **changes: object) -> X12Answer:
    values: dict[str, object] = {"sender": THEM, "receiver": US, "group_control_number": "905"}
    values |= {"set_control_number": "0001", "answered_at": SENT + timedelta(hours=2)}
    return X12Answer(answer_id, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "matched"),
        ({"group_control_number": "000905", "set_control_number": "1"}, "matched"),
        ({"answered_at": SENT}, "matched"),
        ({"answered_at": SENT + timedelta(days=45)}, "matched"),
        ({"answered_at": SENT + timedelta(days=45, seconds=1)}, "outside_window"),
        ({"answered_at": SENT - timedelta(seconds=1)}, "outside_window"),
        ({"sender": US, "receiver": THEM}, "no_document"),
        ({"sender": OTHER}, "no_document"),
        ({"set_control_number": "0002"}, "no_document"),
        ({"group_control_number": "906"}, "no_document"),
        ({"group_control_number": None}, "not_named"),
    ],
)
def test_an_answer_goes_the_way_back_within_its_window(changes: dict[str, object], outcome: str) -> None:
    """An answer of another partner, or of last year's group 905, is no proof that this document was read."""
    (found,) = match_answers([sent()], [answer(**changes)], WINDOW)
    assert (found.outcome, found.document_ids) == (outcome, ("D1",) if outcome == "matched" else ())


@pytest.mark.parametrize(
    ("sent_at", "outcome"),
    [
        (SENT + timedelta(seconds=30), "matched"),
        (SENT + timedelta(seconds=59, microseconds=999999), "matched"),
        (SENT + timedelta(minutes=1), "outside_window"),
    ],
)
def test_an_answer_timed_to_the_minute_is_not_before_a_document_of_that_minute(sent_at: datetime, outcome: str) -> None:
    """GS05 is mostly HHMM: an answer at 10:00 to what was sent at 10:00:30 was never anybody's."""
    (found,) = match_answers([sent(sent_at=sent_at)], [answer(answered_at=SENT)], WINDOW)
    assert found.outcome == outcome


def test_between_two_documents_nothing_is_chosen() -> None:
    """A reused control number within the window: the newer of two is a guess."""
    documents = [sent("D1"), sent("D2", sent_at=SENT + timedelta(hours=1))]
    assert match_answers(documents, [answer()], WINDOW) == [Match("A1", "several_documents", ("D1", "D2"))]
    early = answer(answered_at=SENT + timedelta(minutes=30))
    assert match_answers(documents, [early], WINDOW) == [Match("A1", "matched", ("D1",))]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"reference": "PO-1"}, "matched"),
        ({"reference": " D1 "}, "matched"),
        ({"reference": "PO-2"}, "no_document"),
        ({"reference": "PO-1", "sender": OTHER}, "no_document"),
        ({"reference": "PO-1", "answered_at": SENT + timedelta(days=46)}, "outside_window"),
        ({"reference": "PO-1", "group_control_number": "906"}, "no_document"),
        ({"reference": " "}, "not_named"),
    ],
)
def test_an_advice_without_control_numbers_means_what_its_reference_names(
    changes: dict[str, object], outcome: str
) -> None:
    """An 824 says which order it refuses by its reference: unmatched, the refusal stands beside no artwork."""
    advice = answer(**{"group_control_number": None, "set_control_number": None, **changes})
    (found,) = match_answers([sent(references=("PO-1",))], [advice], WINDOW)
    assert (found.outcome, found.document_ids) == (outcome, ("D1",) if outcome == "matched" else ())
    twice = [sent(references=("PO-1",)), sent("D2", references=("PO-1",))]
    assert match_answers(twice, [advice], WINDOW)[0].outcome in {"several_documents", outcome}


def test_an_answer_to_a_group_means_all_of_one_sending() -> None:
    """The code of a group says something of each document in it, and nothing of last month's group."""
    documents = [sent("D1"), sent("D2", set_control_number="0002"), sent("D3", group_control_number="906")]
    whole = answer(set_control_number=None)
    assert match_answers(documents, [whole], WINDOW) == [Match("A1", "matched", ("D1", "D2"))]
    later = [*documents, sent("D4", sent_at=SENT + timedelta(minutes=5))]
    assert match_answers(later, [whole], WINDOW)[0].outcome == "several_documents"


@pytest.mark.parametrize(
    ("changes", "outcome", "documents"),
    [
        ({}, "matched", ("D1",)),
        ({"code": None}, "matched", ("D1",)),
        ({"reference": " D2"}, "matched", ("D2",)),
        ({"reference": "PO-9"}, "no_document", ()),
        ({"reference": "D3"}, "no_document", ()),
        ({"reference": "OF-ALL"}, "several_documents", ("D1", "D2")),
        ({"reference": " "}, "matched", ("D1", "D2")),
        ({"code": "GR"}, "matched", ("D1", "D2")),
        ({"code": "GR", "reference": "PO-9"}, "matched", ("D1", "D2")),
        ({"set_control_number": "0002"}, "matched", ("D2",)),
        ({"answered_at": SENT + timedelta(days=46)}, "outside_window", ()),
    ],
)
def test_an_advice_that_names_a_group_and_a_reference_means_that_document(
    changes: dict[str, object], outcome: str, documents: tuple[str, ...]
) -> None:
    """One order refused: without its reference the refusal stands on every artwork of the group."""
    known = [
        sent("D1", references=("PO-1", "OF-ALL")),
        sent("D2", set_control_number="0002", references=("PO-2", "OF-ALL")),
        sent("D3", group_control_number="906"),
    ]
    advice = answer(**{"set_control_number": None, "reference": "PO-1", "code": "TR", **changes})
    assert match_answers(known, [advice], WINDOW) == [Match("A1", outcome, documents)]  # type: ignore[arg-type]


times = st.timedeltas(timedelta(0), timedelta(days=120))
numbers = st.sampled_from(["1", "2", "01"])
parties = st.sampled_from([US, THEM, OTHER])


@how(deadline=None)
@given(
    documents=st.lists(st.tuples(parties, parties, numbers, numbers, times), max_size=12),
    answers=st.lists(st.tuples(parties, parties, numbers, numbers, times), max_size=12),
)
def test_every_answer_has_one_match_and_every_match_is_sound(
    documents: list[tuple[Party, Party, str, str, timedelta]],
    answers: list[tuple[Party, Party, str, str, timedelta]],
) -> None:
    """An answer that falls out of the list is an answer that nobody sees."""
    known = {
        str(number): SentDocument(str(number), sender, receiver, group, own, SENT + after)
        for number, (sender, receiver, group, own, after) in enumerate(documents)
    }
    asked = [
        X12Answer(str(number), sender, receiver, group, own, SENT + after)
        for number, (sender, receiver, group, own, after) in enumerate(answers)
    ]
    found = match_answers(known.values(), asked, WINDOW)
    assert [match.answer_id for match in found] == [each.answer_id for each in asked]
    for match, each in zip(found, asked, strict=True):
        sound = {
            document.document_id
            for document in known.values()
            if (document.sender, document.receiver) == (each.receiver, each.sender)
            and int(document.group_control_number) == int(str(each.group_control_number))
            and int(document.set_control_number) == int(str(each.set_control_number))
            and document.sent_at.replace(second=0, microsecond=0) <= each.answered_at
            and each.answered_at - document.sent_at <= timedelta(days=45)
        }
        assert set(match.document_ids) == sound
        assert (match.outcome == "matched") == (len(sound) == 1)
