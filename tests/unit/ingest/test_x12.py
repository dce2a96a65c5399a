"""X12 interchanges as partners really send them, and what 997 and 824 say in them."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TypeGuard

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from assettrail.errors import RecordRejected
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.pseudonym import mask_identifiers
from ingest.trading_grid.context import Context
from ingest.trading_grid.x12 import Damage, Interchange, is_interchange, read_interchanges, written_instant
from ingest.trading_grid.x12_rows import rows_of

ZONES = {"01:123456789": "America/New_York", "08:PARTNER": "Europe/Berlin"}
CONTEXT = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"), ZONES)
SET_997 = (
    "AK1*RC*905",
    "AK2*832*0001",
    "AK5*A",
    "AK2*832*0002",
    "AK3*LIN*7**8",
    "AK4*2**7",
    "AK5*R*5*2",
    "AK9*P*2*2*1",
)
SET_824 = (
    "BGN*11*REF-7*20260312*1015**ET",
    "OTI*TR*TN*PUB-7*****905*0001*832",
    "TED*848*Wrong crop, call 0171 1234567*LIN",
    "ZZZ*unknown*ragged**",
    "OTI*TA*TN*PUB-8",
)


def envelope(
    *sets: tuple[str, tuple[str, ...]],
    delimiters: str = "*:~",
    end: str = "\n",
    sender: str = "01*123456789",
    control: str = "000000905",
    written: str = "20260312*1015",
) -> bytes:
    """An interchange with these sets (type and segments), each counted as it has to be."""
    qualifier, _, sender_id = sender.partition("*")
    isa_sender = f"{qualifier}*{sender_id:15}"
    lines = [f"ISA*00*{'':10}*00*{'':10}*{isa_sender}*08*{'PARTNER':15}*260312*1015*^*00501*{control}*0*P*:"]
    lines.append(f"GS*FA*S*R*{written}*77*X*005010")
    for number, (type_, segments) in enumerate(sets, start=1):
        lines += [f"ST*{type_}*{number:04}", *segments, f"SE*{len(segments) + 2}*{number:04}"]
    lines += [f"GE*{len(sets)}*77", f"IEA*1*{control}"]
    element, component, segment = delimiters
    text = segment.join(line.replace("*", "\x01").replace(":", "\x02") + "\x03" for line in lines)
    text = text.replace(segment, "").replace("\x03", segment + end)
    return text.replace("\x01", element).replace("\x02", component).encode()


def only(data: bytes) -> Interchange:
    (found,) = read_interchanges(data)
    assert isinstance(found, Interchange)
    return found


@pytest.mark.parametrize("delimiters", ["*:~", "|>\n", "\x1d\x1f\x1e", "+;'", "*>\r"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_delimiters_are_read_from_the_isa(delimiters: str, end: str) -> None:
    """A reader with fixed delimiters takes a partner's 997 for one long segment and hears nothing."""
    found = only(envelope(("997", SET_997), delimiters=delimiters, end=end))
    assert found.damage == []
    assert (found.sender.name, found.receiver.name) == ("01:123456789", "08:PARTNER")
    assert [segment[0] for segment in found.sets[0].segments] == [line.split("*")[0] for line in SET_997]
    assert found.component_separator == delimiters[1]


def test_a_997_says_each_set_apart_and_the_group() -> None:
    """One code for a whole group hides the one set that was refused."""
    found = only(envelope(("997", SET_997)))
    rows = rows_of("functional_acknowledgements", found, found.sets[0], CONTEXT)
    told = [(row["ordinal"], row["level"], row.get("acknowledged_set_control_number"), row["code"]) for row in rows]
    assert told == [(0, "group", None, "P"), (1, "set", "0001", "A"), (2, "set", "0002", "R")]
    assert {row["acknowledged_group_control_number"] for row in rows} == {"905"}
    assert json.loads(str(rows[2]["error_codes"])) == ["5", "2"]
    assert json.loads(str(rows[2]["errors"])) == [["AK3", "LIN", "7", "", "8"], ["AK4", "2", "", "7"]]


def test_an_824_keeps_every_answer_its_problems_and_what_nobody_knows() -> None:
    """The reason why an image was refused stands in a TED; a telephone number beside it is nobody's business."""
    found = only(envelope(("824", SET_824)))
    first, second = rows_of("application_advices", found, found.sets[0], CONTEXT)
    assert (first["code"], first["reference"], first["original_set_control_number"]) == ("TR", "PUB-7", "0001")
    assert (second["code"], second["reference"], second["problems"]) == ("TA", "PUB-8", None)
    assert "Wrong crop" in str(first["problems"])
    assert "1234567" not in str(first["problems"])
    assert json.loads(str(first["other_segments"])) == [["ZZZ", "unknown", "ragged", "", ""]]


def test_times_are_the_senders_clock_with_the_zone_that_was_assumed() -> None:
    """A zone-less time taken for UTC puts an acknowledgement before the document that it answers."""
    found = only(envelope(("997", SET_997)))
    (row, *_) = rows_of("functional_acknowledgements", found, found.sets[0], CONTEXT)
    assert row["at_raw"] == "2026-03-12T10:15:00-04:00"
    assert json.loads(str(row["written_times"])) == {"at_raw": {"text": "20260312 1015", "zone": "America/New_York"}}


@pytest.mark.parametrize(
    ("sender", "written", "reason"),
    [
        ("ZZ*123456789", "20260312*1015", "without an offset"),
        ("01*123456789", "20261101*0130", "twice"),
        ("01*123456789", "20260308*0230", "never"),
        ("01*123456789", "20261301*0130", "expected|found"),
        ("01*123456789", "*", "found"),
    ],
)
def test_a_time_that_is_no_instant_is_refused(sender: str, written: str, reason: str) -> None:
    """A guessed zone or a guessed side of a change of clocks is a guess in an evidence."""
    found = only(envelope(("997", SET_997), sender=sender, written=written))
    with pytest.raises(RecordRejected, match=reason):
        rows_of("functional_acknowledgements", found, found.sets[0], CONTEXT)


@pytest.mark.parametrize(
    "segments",
    [
        ("AK9*A*1*1*1",),
        ("AK1*RC*905",),
        ("AK1*RC*905", "AK2*832*0001", "AK9*A*1*1*1"),
        ("AK1*RC*905", "AK5*A", "AK9*A*1*1*1"),
        ("AK1*RC", "AK9*A"),
        ("AK1*RC*905", "AK2*832*0001", "AK5", "AK9*A"),
    ],
)
def test_a_997_that_answers_nothing_is_refused(segments: tuple[str, ...]) -> None:
    """An answer that is filled up with empty codes counts as an answer."""
    found = only(envelope(("997", segments)))
    with pytest.raises(RecordRejected):
        rows_of("functional_acknowledgements", found, found.sets[0], CONTEXT)


@pytest.mark.parametrize("segments", [("BGN*11*R*20260312",), ("OTI*TA*TN*1",), ("BGN*11*R", "OTI**TN*1")])
def test_an_824_that_answers_nothing_is_refused(segments: tuple[str, ...]) -> None:
    """As above."""
    found = only(envelope(("824", segments)))
    with pytest.raises(RecordRejected):
        rows_of("application_advices", found, found.sets[0], CONTEXT)


GOOD = envelope(("997", SET_997), ("824", SET_824))


@pytest.mark.parametrize(
    ("broken", "sets", "reason"),
    [
        (GOOD.replace(b"SE*10*0001", b"SE*9*0001"), 1, "counts"),
        (GOOD.replace(b"SE*10*0001", b"SE*10*0009"), 1, "control number"),
        (GOOD.replace(b"GE*2*77", b"GE*3*77"), 2, "where GE counts"),
        (GOOD.replace(b"GE*2*77", b"GE*2*78"), 2, "another group control number"),
        (GOOD.replace(b"IEA*1*000000905", b"IEA*1*000000906"), 2, "another interchange control number"),
        (GOOD.replace(b"IEA*1*", b"IEA*2*"), 2, "where IEA counts"),
        (GOOD[: GOOD.index(b"IEA")], 2, "cut off"),
        (GOOD[: GOOD.index(b"SE*7*0002")], 1, "cut off"),
        (GOOD[: GOOD.index(b"SE*7*0002") + 6], 1, "cut off"),
        (GOOD.replace(b"GS*FA", b"XX*FA"), 0, "outside of a group"),
        (GOOD.replace(b"SE*10*0001~\n", b""), 1, "without its SE"),
        (GOOD.replace(b"AK5*A", b"AK5*\xff"), 1, "cannot be read"),
        (GOOD.replace(b"AK5*A", b"AK5*\x00"), 1, "NUL"),
    ],
)
def test_whole_sets_of_a_damaged_interchange_are_read_and_the_damage_is_told(
    broken: bytes, sets: int, reason: str
) -> None:
    """A cut file that reads as whole hides every answer behind the cut; one bad set must not take the others."""
    found = only(broken)
    assert len(found.sets) == sets
    assert any(reason in damage.reason.found for damage in found.damage)


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"<xml/>",
        b"ISA",
        b"ISAAAAA",
        b"ISA*00*",
        b"ISA*" + b"x*" * 15 + b"**",
        GOOD.replace(b"000000905*0*P*:~", b"CONTROL!!*0*P*:~"),
        GOOD.replace(b"01*123456789      ", b"01*               "),
        GOOD.replace(b"*0*P*:~", b"*0*P*~~"),
        GOOD.replace(b"*0*P*:~", b"*0*P*:A"),
    ],
)
def test_what_is_no_interchange_is_refused(data: bytes) -> None:
    """Bytes that are read as an interchange somehow are an acknowledgement of something somehow."""
    found = list(read_interchanges(data))
    assert found
    assert all(isinstance(part, Damage) for part in found)


def test_several_interchanges_and_garbage_between_them() -> None:
    """Mailboxes join interchanges into one file, each with delimiters of its own."""
    other = envelope(("997", SET_997), delimiters="|>'", control="000000906")
    parts = list(read_interchanges(b"\r\n" + GOOD + b"garbage\n" + other))
    assert [type(part).__name__ for part in parts] == ["Interchange", "Damage", "Interchange"]
    assert [part.control_number for part in parts if isinstance(part, Interchange)] == ["000000905", "000000906"]
    assert not any(part.damage for part in parts if isinstance(part, Interchange))
    assert is_interchange(b"\r\n" + GOOD)
    assert not is_interchange(b"ISABEL,1")


@pytest.mark.parametrize("delimiters", ["*:~", "|>'"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_an_interchange_that_is_cut_does_not_take_over_the_next_one(delimiters: str, end: str) -> None:
    """A writer that is stopped and goes on with the next partner: that one's 997 would be told by the first one."""
    alpha = envelope(("997", SET_997), end=end, sender="ZZ*ALPHA", control="000000111").rstrip()
    beta = envelope(("997", SET_997), ("824", SET_824), delimiters=delimiters, end=end, control="000000222")
    for size in range(1, len(alpha)):
        parts = list(read_interchanges(alpha[:size] + beta))
        told = [(part.sender.id, part.control_number) for part in parts if isinstance(part, Interchange)]
        assert told in ([("123456789", "000000222")], [("ALPHA", "000000111"), ("123456789", "000000222")])
        *cut, whole = parts
        assert isinstance(whole, Interchange)
        assert (whole.damage, [found.type for found in whole.sets]) == ([], ["997", "824"])
        assert all(isinstance(part, Damage) or part.damage for part in cut)
        assert sum(len(part.sets) for part in cut if isinstance(part, Interchange)) <= 1
        damage = [each for part in cut for each in (part.damage if isinstance(part, Interchange) else [part])]
        assert damage[-1].offset + len(damage[-1].data) == size


def test_segments_outside_of_every_set_are_counted() -> None:
    """A TA1 that says that a whole interchange was refused is dropped, and its file deleted, if nobody tells it."""
    answers = envelope(("997", SET_997)).replace(b"GS*FA", b"~TA1*000000901*260312*1015*R*006~\nGS*FA")
    found = only(answers.replace(b"GE*1", b"TA1*000000902*260312*1015*A*000~a@b.de*x~\nGE*1"))
    assert (found.damage, len(found.sets)) == ([], 1)
    assert found.outside == {"TA1": 2, "a text of the form 'x@x.xx' (6 characters)": 1}
    assert only(envelope(("997", SET_997))).outside == {}


def test_an_isa_that_a_remark_quotes_ends_nothing() -> None:
    """A partner who shows the header that he refused has not begun another interchange."""
    header = envelope(delimiters="|>'").split(b"\n")[0].decode()
    found = only(envelope(("824", (*SET_824, f"NTE**{header}", f"NTE**see {header}"))))
    assert (found.damage, len(found.sets[0].segments)) == ([], len(SET_824) + 2)


@how(deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255), size=st.integers(0, 40))
def test_no_damage_crashes_the_reader_or_loses_bytes_in_silence(at: int, byte: int, size: int) -> None:
    """One strange byte in a mailbox must stop neither the run nor the other files."""
    broken = GOOD[:at] + bytes([byte]) * (size % 3) + GOOD[at + size :]
    for part in read_interchanges(broken):
        if isinstance(part, Interchange):
            for found in part.sets:
                for stream, type_ in (("functional_acknowledgements", "997"), ("application_advices", "824")):
                    if found.type == type_:
                        with suppress(RecordRejected):
                            rows_of(stream, part, found, CONTEXT)
    cut = GOOD[: at + 1]
    parts = list(read_interchanges(cut))
    is_whole = cut.rstrip() == GOOD.rstrip()
    damaged = any(isinstance(part, Damage) or part.damage for part in parts)
    assert damaged != is_whole


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("260312", "1015", "2026-03-12T10:15:00"),
        ("691231", "2359", "2069-12-31T23:59:00"),
        ("700101", "0000", "1970-01-01T00:00:00"),
        ("991231", "235959", "1999-12-31T23:59:59"),
        ("20260312", "10150750", "2026-03-12T10:15:07.500000"),
        ("20260312", "1015075", "2026-03-12T10:15:07.500000"),
    ],
)
def test_dates_and_their_two_digit_years(date: str, time: str, expected: str) -> None:
    """A date in the wrong century is found in no window."""
    assert written_instant(date, time, "a time").isoformat() == expected


@pytest.mark.parametrize(
    ("date", "time"),
    [("2026-3-1", "1015"), ("260230", "1015"), ("20260312", "2460"), ("20260312", "1"), ("٢٦٠٣١٢", "1015"), ("", "")],
)
def test_what_is_no_date_is_refused(date: str, time: str) -> None:
    """As above."""
    with pytest.raises(RecordRejected):
        written_instant(date, time, "a time")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ISA*\n" * 10_001, "more than 10000 parts that cannot be read"),
        (b"x\nISA*\n" * 10_001, "more than 10000 parts that cannot be read"),
        (envelope(("997", SET_997)).partition(b"ST*")[0] + b"SE*1*1~" * 10_001, "more than 10000 parts"),
        (envelope(("997", SET_997)).partition(b"IEA*")[0] * 10_001, "more than 10000 parts"),
        (envelope(("997", SET_997)).partition(b"GE*")[0] + b"~" * 500_000, "more than 500000 segments"),
    ],
)
def test_a_file_that_swells_in_memory_is_refused(data: bytes, told: str) -> None:
    """Five bytes of a file were kilobytes of refusals: one partner's file of 128 MiB ended the ingest of all."""
    with pytest.raises(RecordRejected, match=told):
        list(read_interchanges(data))


def test_a_large_day_of_answers_is_read() -> None:
    """Harm prevented: a limit against hostile files refuses those of a busy partner."""
    assert (
        sum(len(part.sets) for part in read_interchanges(envelope(("997", SET_997)) * 9_999) if is_sound(part)) == 9_999
    )


def is_sound(part: Interchange | Damage) -> TypeGuard[Interchange]:
    return isinstance(part, Interchange) and not part.damage
