"""The pure parts of the reports: windows, sentences, geometry, numbers and places."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.windows import Window, cut_windows, merge_windows
from reports import text
from reports.case_timeline import Case, outcome
from reports.completeness import (
    StreamCoverage,
    completeness,
    read_coverage,
    shared_windows,
)
from reports.dossier.questions import NEEDED
from reports.dossier.rows import Communication, Use
from reports.dossier.words import current_text, was_current, why
from reports.drawing.bars import slices, weeks_plot
from reports.drawing.paper import WIDTH
from reports.drawing.timeline import LABEL_WIDTH, validity
from reports.exception_list import Place
from reports.headers import host_name, is_this_machine
from reports.problems import BadQuestion
from reports.where_used.rows import Week
from reports.words import VERDICTS, phrase, sentence, verdict_words

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

LETTER = Communication(
    communication_key="c",
    communication_id="COM-1",
    domain_code="claims",
    flow_instance_id=None,
    job_id=None,
    recipient_pseudonym=None,
    document_type=None,
    template_id=None,
    template_version=None,
    segment_code="retail",
    jurisdiction_code="US-TX",
    language_code="en",
    offers=("SPRING-10",),
    generated_at=T0,
    use_count=1,
    worst_verdict="PROVEN",
    log_index=1,
)
USE = Use(
    asset_use_key="u" * 64,
    asset_use_id="COM-1/print/1",
    rendering_key="r",
    rendering_id="print",
    ordinal=1,
    placeholder_name="hero",
    binding="embedded",
    channel_code="print",
    asset_key="a",
    asset_version_key="v",
    approval_key="p",
    asset_id="f" * 32,
    public_id="brand/hero",
    version_number=7,
    etag="e" * 32,
    delivery_url=None,
    transformation=None,
    format_code="png",
    generated_at=T0,
    verdict="PROVEN",
    verdict_reason="approved_in_force",
    evidence_strength="exact",
    evidence_grade="confirmed",
    recorded_at=T0 + timedelta(hours=1),
    use_log_index=1,
    version_live_from=T0 - 30 * DAY,
    version_live_to=None,
    version_uploaded_by="j.okafor",
    version_evidence_grade="confirmed",
    version_log_index=2,
    is_version_known=True,
    is_version_replaced=True,
    approver_id="m.lindqvist",
    granted_at=T0 - 29 * DAY,
    ended_at=None,
    ended_by="open",
    valid_from=T0 - 29 * DAY,
    valid_to=None,
    segments=(),
    jurisdictions=(),
    approval_offers=(),
    approval_log_index=3,
    superseding_version_number=None,
    superseding_etag=None,
)


def hours(*pairs: tuple[int | None, int]) -> list[Window]:
    """Return windows from pairs of hours after T0."""
    at = [(None if start is None else T0 + timedelta(hours=start), T0 + timedelta(hours=end)) for start, end in pairs]
    return list(at)


windows = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 40)), st.integers(1, 40)).map(
        lambda pair: (pair[0], (pair[0] or 0) + pair[1])
    ),
    max_size=6,
).map(lambda pairs: hours(*pairs))


def covered(found: list[Window] | tuple[Window, ...], moment: datetime) -> bool:
    """Tell whether the moment lies inside one of the windows, not on an end."""
    return any((start is None or start < moment) and moment < end for start, end in found)


@given(windows)
def test_merging_windows_covers_the_same_moments(given_windows: list[Window]) -> None:
    """A window too wide calls a silence proven; one too narrow hides what is known."""
    merged = merge_windows(given_windows)
    for half in range(-1, 170, 2):
        moment = T0 + timedelta(minutes=30 * half)
        assert covered(merged, moment) == covered(given_windows, moment)
    assert all(before[1] < (after[0] or T0) for before, after in pairwise(merged))


@given(windows, windows)
def test_shared_windows_are_those_of_both(one: list[Window], other: list[Window]) -> None:
    """A page that rests on two streams may say none only where both were watched."""
    shared = shared_windows([merge_windows(one), merge_windows(other)])
    for half in range(-1, 170, 2):
        moment = T0 + timedelta(minutes=30 * half)
        assert covered(shared, moment) == (covered(one, moment) and covered(other, moment))


def test_a_stream_without_a_claim_leaves_no_shared_period() -> None:
    """A source that was never read must not be passed over as if it had been empty."""
    known = completeness((), [("cloudinary", "notifications")])
    assert known.windows == ()
    assert known.missing == ("cloudinary notifications",)
    assert not known.is_whole


@given(windows, windows)
def test_cutting_windows_leaves_what_was_not_lost(given_windows: list[Window], lost: list[Window]) -> None:
    """A period of a batch that was thrown away, still shown as covered, proves that nothing happened in it."""
    left = cut_windows(merge_windows(given_windows), lost)
    for half in range(-1, 170, 2):
        moment = T0 + timedelta(minutes=30 * half)
        assert covered(left, moment) == (covered(given_windows, moment) and not covered(lost, moment))


def coverage_of(system: str, stream: str, *claims: str) -> StreamCoverage:
    """Return the coverage of a stream with these claims: days of 2026 from and to, complete, outcome, rows, lost."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute(
            f"""create table marts.fct_claims as
            select '{system}' as system_code, '{stream}' as stream_name,
                ('2026-' || day_from || ' 00:00+00')::timestamptz as window_from,
                ('2026-' || day_to || ' 00:00+00')::timestamptz as window_to,
                is_complete, outcome, row_count, quarantined_count
            from (values {", ".join(f"({claim})" for claim in claims)})
                as claims (day_from, day_to, is_complete, outcome, row_count, quarantined_count)"""
        )
        [found] = read_coverage(connection)
    return found


PARTS = ("'01-10', '02-01', false, '{}', 9, {}", "'01-10', '02-01', true, 'accepted', 1, 0")
AFTER = "'02-01', '03-01', true, 'accepted', 1, 0"


@pytest.mark.parametrize(("outcome_of_first", "lost"), [("held", 0), ("rejected", 0), ("accepted", 1)])
def test_a_part_of_the_queue_that_was_lost_is_covered_by_no_other(outcome_of_first: str, lost: int) -> None:
    """The decision on a batch comes after the claim of the next one: a revocation was in it, and the page said none."""
    first = PARTS[0].format(outcome_of_first, lost)
    stream = coverage_of("cloudinary", "notifications", first, PARTS[1], AFTER)
    assert stream.windows == ((datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),)
    again = coverage_of("cloudinary", "notifications", first, "'01-10', '03-01', true, 'accepted', 1, 0")
    assert again.windows == stream.windows


def test_a_stream_that_can_be_read_again_is_covered_by_the_later_reading() -> None:
    """Rejecting a batch would otherwise leave a gap for ever, although the source was read again from before it."""
    rejected = PARTS[0].format("rejected", 0)
    assert coverage_of("exstream", "asset_uses", rejected, PARTS[1]).windows == ()
    again = coverage_of("exstream", "asset_uses", rejected, PARTS[1], "'01-10', '03-01', true, 'accepted', 9, 0")
    assert again.windows == ((datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),)


def test_held_and_incomplete_batches_cover_nothing() -> None:
    """A batch that waits for a decision, or that was cut, proves no silence."""
    stream = coverage_of(
        "cloudinary",
        "notifications",
        "'01-01', '02-01', true, 'accepted', 5, 0",
        "'02-01', '03-01', true, 'held', 5, 0",
        "'03-01', '04-01', false, 'accepted', 7, 0",
    )
    assert [end.day for _, end in stream.windows] == [1]
    assert stream.covers(datetime(2026, 1, 31, tzinfo=UTC))
    assert not stream.covers(datetime(2026, 2, 15, tzinfo=UTC))
    assert not stream.covers(datetime(2026, 3, 15, tzinfo=UTC))
    assert (stream.held_count, stream.incomplete_count, stream.row_count) == (1, 1, 12)


@pytest.mark.parametrize(
    ("live_from", "live_to", "expected"),
    [
        (-DAY, None, True),
        (-DAY, DAY, True),
        (-2 * DAY, -DAY, False),
        (DAY, None, False),
        (timedelta(seconds=-2), None, None),
        (-DAY, timedelta(seconds=2), None),
        (-DAY, timedelta(seconds=-1), None),
        (-DAY, timedelta(seconds=3), True),
        (-DAY, timedelta(seconds=-3), False),
    ],
)
def test_current_then_is_only_said_where_the_clocks_can_tell(
    live_from: timedelta, live_to: timedelta | None, expected: bool | None
) -> None:
    """A yes within the uncertainty of the clocks would be a guess that reads like a proof."""
    use = replace(USE, version_live_from=T0 + live_from, version_live_to=None if live_to is None else T0 + live_to)
    assert was_current(use, 2) is expected
    told = current_text(use, was_current(use, 2))
    assert told.startswith({True: "Yes", False: "No,", None: "Cannot"}[expected])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Approved by m.lindqvist on 2026-01-31 12:00:00 UTC."),
        ({"verdict": "PROVEN_LATE", "recorded_at": T0 + 3 * DAY}, "at 2026-03-04 12:00:00 UTC, 3 days later"),
        ({"verdict": "SUPERSEDED", "superseding_version_number": 9}, "Version 9 was newer"),
        ({"verdict": "EXPIRED", "valid_to": T0}, "on 2026-03-01 12:00:00 UTC, 0 seconds before"),
        ({"verdict": "NOT_ELIGIBLE", "segments": ("vip",)}, "segment retail, and the approval allows vip"),
        ({"verdict": "NOT_ELIGIBLE", "approval_offers": ("X",)}, "offers SPRING-10, and the approval allows X"),
        ({"verdict": "NOT_APPROVED", "granted_at": None}, "No approval of exactly these bytes"),
        ({"verdict": "NOT_APPROVED", "granted_at": T0 + DAY}, "That was 1 day after this was composed"),
        (
            {"verdict": "NOT_APPROVED", "ended_at": T0 - timedelta(seconds=1), "ended_by": "revoked"},
            "It was revoked on 2026-03-01 11:59:59 UTC, 1 second before",
        ),
        ({"verdict": "NOT_APPROVED", "valid_from": T0 + DAY}, "It begins to be valid only on 2026-03-02"),
        ({"verdict": "NO_EVIDENCE", "verdict_reason": "window_not_covered"}, "No complete claim of Cloudinary's"),
        ({"verdict": "AMBIGUOUS", "verdict_reason": "a_new_reason"}, "A new reason."),
        (
            {"verdict": "NO_EVIDENCE", "verdict_reason": "version_unknown", "version_live_from": T0 + DAY},
            "up to that moment was seen. They were uploaded only at 2026-03-02 12:00:00 UTC.",
        ),
        ({"verdict": "A_NEW_ONE", "verdict_reason": None}, "A verdict that this page does not know."),
        ({"verdict": "EXPIRED", "generated_at": None}, "ended before this was composed"),
    ],
)
def test_the_sentence_tells_the_cause(changes: dict[str, object], words: str) -> None:
    """An officer who is told the wrong cause mends the wrong thing."""
    assert words in why(LETTER, replace(USE, **changes))  # type: ignore[arg-type]


def test_current_is_not_said_of_what_was_not_watched() -> None:
    """A yes beside "no complete claim covers this moment" is a contradiction on one line."""
    for reason in ("window_not_covered", "history_not_covered", "not_yet_evaluated", "version_in_doubt"):
        use = replace(USE, verdict="NO_EVIDENCE", verdict_reason=reason)
        assert was_current(use, 2) is None
        assert current_text(use, None).startswith("Not known: the complete records do not cover it")


def test_a_deletion_is_not_called_a_replacement() -> None:
    """Whoever reads "replaced" looks for the newer version, and there is none."""
    use = replace(USE, version_live_to=T0 - DAY)
    assert "it had been replaced at 2026-02-28" in current_text(use, was_current(use, 2))
    deleted = replace(use, is_version_replaced=False)
    assert "the asset had been deleted at 2026-02-28" in current_text(deleted, was_current(deleted, 2))


def test_a_verdict_of_several_versions_does_not_speak_of_one_approval() -> None:
    """Beside "Approved by: no approval", the words "These bytes were approved" make both untrustworthy."""
    use = replace(USE, approval_key=None, asset_version_key=None, granted_at=None, approver_id=None)
    assert use.rests_on_several
    told = why(LETTER, use)
    assert told.startswith("The reference fits several versions, and each of them was approved. Each was in force")
    assert current_text(replace(use, version_live_from=None), None).startswith("Cannot be told: several versions fit")
    assert not replace(use, verdict="NOT_APPROVED").rests_on_several
    assert not USE.rests_on_several


CASE = Case(
    case_key="k",
    case_id="CASE-1",
    community_id=None,
    community_name=None,
    partner_id=None,
    partner_name=None,
    asset_key="a",
    asset_id="f" * 32,
    public_id="brand/hero",
    reported_version_number=7,
    reported_asset_version_key="v",
    status="open",
    category=None,
    subject=None,
    verdict_at_opening="PROVEN",
    verdict_reason_at_opening="approved_in_force",
    opened_at=T0,
    updated_at=T0,
    corrected_asset_version_key=None,
    corrected_version_number=None,
    corrected_at=None,
    answered_at=None,
    answered_version_number=None,
    is_corrected=False,
    is_answered=False,
    closed_at=None,
    log_index=1,
)


def test_no_correction_is_only_said_where_it_would_be_known() -> None:
    """Without Cloudinary's records, "no corrected version was approved" is a guess about the agency's work."""
    assert "on 2026-03-02 12:00:00 UTC, where the complete records end" in outcome(CASE, T0 + DAY)
    assert "is not known" in outcome(CASE, None)
    assert "names no asset that is known" in outcome(replace(CASE, asset_key=None), T0 + DAY)


def test_what_people_wrote_is_no_code() -> None:
    """A reason in a person's words that is written small, or ends otherwise, is not theirs any more."""
    assert sentence("Wrong logo of ACME") == "Wrong logo of ACME"
    assert sentence("wider_than_delivered") == "The address asks for more width than the channel delivers."
    assert sentence("not_in_any_list") == "Not in any list."
    assert sentence(None) == ""


def test_a_closed_case_is_told_as_of_its_closing() -> None:
    """A version that is approved later does not correct a closed case: "none until today" would be untrue."""
    closed = replace(CASE, status="closed", closed_at=T0 + DAY)
    assert "on 2026-03-02 12:00:00 UTC, when it was closed" in outcome(closed, T0 + 2 * DAY)
    assert "on 2026-03-02 12:00:00 UTC, when it was closed" in outcome(closed, T0 + DAY)
    assert "on 2026-03-01 12:00:00 UTC, where the complete records end" in outcome(closed, T0)


def test_the_dossier_rests_on_every_stream_that_it_shows() -> None:
    """A page without its renderings that calls itself complete hides a channel."""
    assert ("exstream", "renderings") in NEEDED


@pytest.mark.parametrize(
    ("code", "words"),
    [("NOT_APPROVED", "validity had not begun"), ("AMBIGUOUS", "validity cannot be read")],
)
def test_the_meaning_of_a_verdict_names_all_its_reasons(code: str, words: str) -> None:
    """A reason that the glossary does not have reads as a mistake of the warehouse."""
    assert words in verdict_words(code).meaning


def test_every_verdict_has_words_and_an_unknown_one_is_never_good() -> None:
    """A verdict that a page does not know must not be shown in green."""
    assert [words.rank for words in VERDICTS] == list(range(1, 9))
    assert {words.tone for words in VERDICTS if not words.code.startswith("PROVEN")} == {"bad", "warn", "open"}
    assert verdict_words("SOMETHING").tone == verdict_words(None).tone == "open"
    assert phrase("window_shut") == "window shut"
    assert sentence(None) == ""


def test_the_marker_stands_inside_a_bar_only_when_the_approval_was_in_force() -> None:
    """A picture that shows the letter inside an approval that had ended contradicts its own figures."""
    drawing = validity(replace(USE, ended_at=T0 - DAY))
    assert drawing is not None
    assert drawing.marker is not None
    version, approval, declared = (lane.bars[0] for lane in drawing.lanes)
    assert version.x < drawing.marker.x < version.x + version.width
    assert approval.x + approval.width < drawing.marker.x
    assert declared.cut_right
    assert not approval.cut_right
    assert "Approval given 2026-01-31 12:00:00 to 2026-02-28 12:00:00" in drawing.description


def test_a_validity_of_centuries_leaves_the_moment_readable() -> None:
    """One approval that is valid since 1900 must not press the months that matter into one pixel."""
    drawing = validity(replace(USE, valid_from=datetime(1900, 1, 1, tzinfo=UTC), valid_to=T0 + 40_000 * DAY))
    assert drawing is not None
    declared = drawing.lanes[2].bars[0]
    assert declared.cut_left
    assert declared.cut_right
    assert all(bar.x >= LABEL_WIDTH and bar.x + bar.width <= WIDTH for lane in drawing.lanes for bar in lane.bars)
    assert drawing.lanes[0].bars[0].width > 10


def test_nothing_known_draws_nothing() -> None:
    """An empty picture reads as: nothing happened."""
    assert validity(replace(USE, version_live_from=None, granted_at=None)) is None
    assert weeks_plot(()) is None
    assert slices([("PROVEN", 0)]) == ()


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=9))
def test_slices_fill_the_bar_and_hide_no_small_part(counts: list[int]) -> None:
    """One unapproved use in ten million is the one that the officer looks for."""
    parts = slices([(str(index), count) for index, count in enumerate(counts)])
    assert [part.code for part in parts] == [str(index) for index, count in enumerate(counts) if count]
    if parts:
        assert abs(sum(part.width for part in parts) - WIDTH) < 1
        assert all(part.width > 1 for part in parts)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 10**6)), min_size=1, max_size=60))
def test_bars_by_week_stay_on_the_plot(pairs: list[tuple[int, int]]) -> None:
    """A bar that leaves the plot is a week that nobody sees."""
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    by_week = dict(pairs)
    weeks = [Week(monday + 7 * week * DAY, count, count // 2) for week, count in sorted(by_week.items())]
    plot = weeks_plot(weeks)
    assert plot is not None
    for bar in plot.bars:
        assert plot.left <= bar.x
        assert bar.x + bar.width <= plot.width
        assert bar.y_other >= 9.9
    assert plot.levels[-1][1] >= max(week.asset_use_count for week in weeks)


@given(st.datetimes(timezones=st.just(UTC)), st.from_regex(r"[0-9a-f]{1,64}", fullmatch=True))
def test_a_place_survives_its_address(moment: datetime, key: str) -> None:
    """A place that shifts by a microsecond drops or doubles a row at each page."""
    place = Place(moment, key)
    assert Place.from_text(str(place)) == place


@given(st.text(max_size=60))
def test_any_other_place_is_refused_in_our_words(given_text: str) -> None:
    """What an address holds must end in a page of ours, never in a stack trace."""
    assume(not re.fullmatch(r"-?\d+\.[\w-]+", given_text))
    with pytest.raises(BadQuestion, match="go back to the first page"):
        Place.from_text(given_text)


def test_values_are_written_so_that_they_cannot_be_misread() -> None:
    """A share that rounds to nothing, or a time without its zone, misleads."""
    assert text.share(1, 100_000) == "< 0.1 %"
    assert text.share(99_999, 100_000) == "> 99.9 %"
    assert text.share(0, 5) == "0.0 %"
    assert text.instant(datetime.fromisoformat("2026-03-14T01:30:00.25+02:00")) == "2026-03-13 23:30:00.25"
    assert text.iso(datetime.fromisoformat("2026-03-14T01:30:00+02:00")) == "2026-03-13T23:30:00Z"
    assert text.span(timedelta(days=-1, hours=-2, seconds=-5)) == "1 day 2 hours"
    assert text.size(999_999_999_999_999_999) == "1000000.0 TB"
    assert text.count_of(1, "community", "communities") == "1 community"
    assert text.path_part("../a b?#%2f") == "..%2Fa%20b%3F%23%252f"


@pytest.mark.parametrize(
    ("given_text", "is_linked"),
    [
        ("https://res.cloudinary.com/x.png", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        (" https://a.example", True),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("http://[bad", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(given_text: str | None, is_linked: bool) -> None:
    """A link of another scheme runs or opens what the sender wants."""
    assert (text.web_address(given_text) is not None) == is_linked


def test_a_host_is_told_from_its_port() -> None:
    """A host that is read wrongly lets a foreign name in."""
    assert host_name("[::1]:8765") == "::1"
    assert host_name("LocalHost:1") == "localhost"
    assert is_this_machine("127.0.0.2")
    assert not is_this_machine("localhost.attacker.example")
    assert not is_this_machine("")
