"""Files of an operator's own rules are read whole or refused, with the file, the line and what was expected."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from orchestration.own_rules import rule_tables
from quality.rule_files import RuleFile, read_rule_files

ROOT = Path(__file__).resolve().parents[3]
HEADER = "channel_code,grace_days,valid_from,valid_to\n"
DATED = {
    "campaign_windows",
    "catalogue_rules",
    "channel_policies",
    "days_allowed",
    "decision_policies",
    "exposure_days",
    "feedback_measures",
    "grace_days",
    "print_placements",
    "rendition_formats",
    "rendition_outcomes",
    "rendition_policies",
}
EVER = "*,7,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z\n"


def read(folder: Path, text: str | bytes, name: str = "grace_days.csv") -> dict[str, RuleFile]:
    """Read the folder with one file in it."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rule_files(folder, rule_tables())


@pytest.mark.parametrize("name", sorted(DATED))
def test_the_shipped_rules_are_what_own_ones_must_be(tmp_path: Path, name: str) -> None:
    """Whoever begins with a copy of the shipped file is told of mistakes that are not theirs."""
    shipped = (ROOT / "dbt_project" / "seeds" / f"{name}.csv").read_bytes()
    read_file = read(tmp_path, shipped, f"{name}.csv")[name]
    assert read_file.sha256 == hashlib.sha256(shipped).hexdigest()
    assert read_file.rows == len(shipped.splitlines()) - 1


def test_rules_are_those_that_have_periods() -> None:
    """A reason or a control that an operator rewrites has no model behind it."""
    assert rule_tables().keys() == DATED


def test_what_programs_write_is_read_in_one_form(tmp_path: Path) -> None:
    """A spreadsheet's byte order mark, line ends and offsets change no rule; a build that took them as text would."""
    text = "\ufeff" + HEADER + "*,7,1970-01-01T01:00:00+01:00,9999-12-31T00:00:00Z\n\n"
    found = read(tmp_path, text.replace("\n", "\r\n"))["grace_days"]
    assert found.text == HEADER + "*,7,1970-01-01T00:00:00+00:00,9999-12-31T00:00:00+00:00\n"
    assert found.rows == 1


def test_what_may_be_empty_stays_empty(tmp_path: Path) -> None:
    """No greatest width is another rule than a width of nothing."""
    header = "channel_code,max_width_px,needs_auto_format,needs_auto_quality,min_dpi,valid_from,valid_to\n"
    row = "print,,false,true,150,1970-01-01T00:00:00+00:00,9999-12-31T00:00:00+00:00\n"
    assert read(tmp_path, header + row, "channel_policies.csv")["channel_policies"].text == header + row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1: found the header ''; expected 'channel_code,grace_days,valid_from,valid_to'"),
        (HEADER.replace("grace_days", "days"), "line 1: found the header 'channel_code,days,valid_from,valid_to'"),
        (HEADER.replace(",", ";"), "line 1: found the header 'channel_code;grace_days;valid_from;valid_to'"),
        (HEADER + EVER + "email,7\n", "line 3: found 2 values; expected 4"),
        (HEADER + EVER.replace("7", "seven"), "line 2, grace_days: found 'seven'; expected a whole number from 0"),
        (HEADER + EVER.replace("7,", "-7,", 1), "line 2, grace_days: found '-7'; expected a whole number from 0"),
        (
            HEADER + EVER.replace("*,7", "*,9999999999"),
            "found '9999999999'; expected a whole number from 0 to 2147483647",
        ),
        (HEADER + EVER.replace("*", ""), "line 2, channel_code: found ''; expected a value"),
        (
            HEADER + EVER.replace("*", " *"),
            "line 2, channel_code: found ' *'; expected a text without spaces around it",
        ),
        (HEADER + EVER.replace("1970-01-01T00:00:00Z", "1970-01-01"), "expected an instant with its offset"),
        (HEADER + EVER.replace("1970-01-01", "1970-02-30"), "line 2, valid_from: found '1970-02-30T00:00:00Z'"),
        (
            HEADER + EVER.replace("31T00:00:00Z", "31T23:00:00-05:00"),
            "line 2, valid_to: found '9999-12-31T23:00:00-05:00'",
        ),
        (HEADER + '*,7,"1970', "line 2: found no CSV (unexpected end of data)"),
        (HEADER.encode() + b"\xe9mail,7", "line 2: found the byte 0xe9; expected UTF-8"),
        (HEADER + EVER + EVER, "line 3: found a rule for * from 1970-01-01T00:00:00Z on, while that of line 2 holds"),
        (HEADER + EVER + "email,3,2026-03-01T00:00:00Z,2026-03-01T00:00:00Z\n", "expected an instant after valid_from"),
        (HEADER, "at the end: found no rule from 1970-01-01T00:00:00Z to 9999-12-31T00:00:00Z for *"),
        (
            HEADER + EVER.replace("1970", "2020"),
            "line 2: found no rule from 1970-01-01T00:00:00Z to 2020-01-01T00:00:00Z",
        ),
        (HEADER + EVER.replace("9999", "2030"), "at the end: found no rule from 2030-12-31T00:00:00Z"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """A rule that is read as another one judges a year of letters; nobody looks for it in a CSV."""
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    assert f"grace_days.csv, {expected}" in refused.value.found or expected in refused.value.found
    assert "grace_days.csv, " in refused.value.found
    assert "nothing was built" in refused.value.remedy


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        (
            "days_allowed",
            "flags,5,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z",
            "line 2, subject_type: found 'flags'; expected one",
        ),
        (
            "print_placements",
            "hero,40.645,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z",
            "expected a number with at most 6",
        ),
        (
            "rendition_outcomes",
            "timeout,no,timed_out,It took too long.,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z",
            "line 2, is_answer: found 'no'; expected true or false",
        ),
    ],
)
def test_values_are_of_their_column(tmp_path: Path, name: str, row: str, expected: str) -> None:
    """A code that no model knows is a rule that never holds, and nobody sees it."""
    header = ",".join(rule_tables()[name].types)
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, f"{header}\n{row}\n", f"{name}.csv")
    assert expected in refused.value.found


ALWAYS = "1970-01-01T00:00:00Z,9999-12-31T00:00:00Z"


def test_a_word_in_two_spellings_is_refused(tmp_path: Path) -> None:
    """`E-Mail` is no channel where `email` is one: its grace days hold for no letter, and nothing says so."""
    (tmp_path / "exposure_days.csv").write_text(
        f"channel_code,exposure_days,cdn_uncertainty_seconds,valid_from,valid_to\n*,14,0,{ALWAYS}\nemail,21,0,{ALWAYS}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, HEADER + EVER + f"E-Mail,3,{ALWAYS}\nPrint,5,{ALWAYS}\nweb,5,{ALWAYS}\n")
    place = "as it stands in exposure_days.csv, line 3"
    assert [line.strip(" -") for line in refused.value.found.splitlines()[1:]] == [
        "grace_days.csv, line 4, channel_code: found 'Print'; expected 'print', as it stands in the models",
        f"grace_days.csv, line 3, channel_code: found 'E-Mail'; expected 'email', {place}",
    ]
    text = HEADER + EVER + f"E-Mail,3,{ALWAYS}\nemail,3,{ALWAYS}\n"
    assert read(tmp_path, text).keys() == {"exposure_days", "grace_days"}, "a file that has both means both"


def test_words_of_different_columns_and_different_words_are_left_alone(tmp_path: Path) -> None:
    """Who has a channel `web` and a place `WEB` has made no mistake, nor who has offers `a` and `a2`."""
    (tmp_path / "campaign_windows.csv").write_text(
        f"campaign_code,jurisdiction_code,window_from,window_to\nspring,US-TX,{ALWAYS}\nus-tx,*,{ALWAYS}\n",
        encoding="utf-8",
    )
    assert read(tmp_path, HEADER + EVER + f"spring2,3,{ALWAYS}\n").keys() == {"campaign_windows", "grace_days"}


def test_the_words_that_models_ask_for_stand_in_models() -> None:
    """A word that no model asks for any more would be called right, and the records' own wrong."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "dbt_project" / "models").rglob("*.sql")]
    asked = {word for table in rule_tables().values() for words in table.asked_for.values() for word in words}
    assert asked == {"community", "print"}
    for word in asked:
        assert any(f"'{word}' as channel_code" in text or f"channel_code = '{word}'" in text for text in texts), word


def test_one_catalogue_rule_holds_at_a_time(tmp_path: Path) -> None:
    """Two at once would give each distribution twice."""
    period = "1970-01-01T00:00:00Z,9999-12-31T00:00:00Z"
    text = f"format_code,max_bytes,valid_from,valid_to\njpg,500000,{period}\npng,500000,{period}\n"
    with pytest.raises(ConfigurationError, match="line 3: found a rule for all rows from"):
        read(tmp_path, text, "catalogue_rules.csv")


@pytest.mark.parametrize("name", ["grace_day.csv", "grace_days.CSV", "verdict_reasons.csv", "grace_days.xlsx"])
def test_a_file_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    """Rules that are passed over because of one letter are believed to hold."""
    with pytest.raises(ConfigurationError, match=r"no rule has this name; expected one of campaign_windows\.csv, "):
        read(tmp_path, HEADER + EVER, name)


def test_notes_beside_the_rules_are_passed_over(tmp_path: Path) -> None:
    """A folder under version control has a page that says why, and files that begin with a dot."""
    for name in ("README.md", ".gitignore"):
        (tmp_path / name).touch()
    assert read(tmp_path, HEADER + EVER).keys() == {"grace_days"}


def test_all_mistakes_are_told_at_once_and_nothing_is_half_read(tmp_path: Path) -> None:
    """Whoever mends one line after the other starts a build for each; one file of two that holds is half a policy."""
    (tmp_path / "exposure_days.csv").write_text("channel_code\n", encoding="utf-8")
    (tmp_path / "catalogue_rules.csv").mkdir()
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, HEADER + EVER.replace(",7,", ",x,") + "email,y,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z\n")
    assert [line.split(":")[0].strip(" -") for line in refused.value.found.splitlines()[1:]] == [
        "catalogue_rules.csv",
        "exposure_days.csv, line 1",
        "grace_days.csv, line 2, grace_days",
        "grace_days.csv, line 3, grace_days",
    ]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A setting with a slip of the pen would build by the sample insurer's rules."""
    with pytest.raises(ConfigurationError, match="FileNotFoundError") as refused:
        read_rule_files(tmp_path / "rulse", rule_tables())
    assert "rules.folder" in refused.value.tried
