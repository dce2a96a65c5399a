"""`assettrail exceptions`: the same rules and the same words as on the page, in the name of who holds the token."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from assettrail.clock import SystemClock
from assettrail.command_line.exceptions import application
from assettrail.errors import ConfigurationError
from corrections.dispositions import history_of, latest_dispositions
from corrections.people import register, sign_in_names
from reports.problems import NothingFound
from tests.unit.reports.people.house import ADA, OFFICER, House, build_house

NEXT_WEEK = (SystemClock().now().date() + timedelta(days=7)).isoformat()
YESTERDAY = (SystemClock().now().date() - timedelta(days=1)).isoformat()
HOSTILE = "=1+1 \u202egnp"


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> House:
    """An installation in which nothing was disposed of yet, the officer's token in the environment."""
    return entered(build_house(tmp_path_factory.mktemp("commanding") / "house"), monkeypatch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation for tests that are refused, and write nothing."""
    return build_house(tmp_path_factory.mktemp("refusing") / "house")


@pytest.fixture
def untouched(built: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same, the officer's token in the environment."""
    return entered(built, monkeypatch)


def entered(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ASSETTRAIL_HOME", str(house.settings().home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(house.settings().keys.folder))
    hold_token_of(house, OFFICER, monkeypatch)
    return house


def hold_token_of(house: House, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = register.issue_token(house.settings(), SystemClock(), name, 5, ADA).text
    monkeypatch.setenv("ASSETTRAIL_TOKEN", token)


def run(*words: str) -> str:
    """What the command prints."""
    answer = CliRunner().invoke(application, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def dispose(*words: str, kind: str = "false_alarm", owner: str = OFFICER, reason: str = HOSTILE) -> str:
    return run("dispose", "--as", kind, "--owner", owner, "--reason", reason, *words)


def listed(*words: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(run("list", "--json", *words))
    return rows


def test_one_is_disposed_of_by_the_beginning_of_its_key_and_told_with_owner_and_day(house: House) -> None:
    """Harm prevented: a disposition of another exception, or one that only the page knows of."""
    key = listed("--standing")[0]["exception_key"]
    said = dispose(key[:12], "--due", NEXT_WEEK, kind="correct")
    assert said == f"of 1 exception(s) the disposition correct was written; {OFFICER} owns them\n"
    made = latest_dispositions(house.settings(), [key])[key]
    assert (made.kind, made.disposed_by, made.reason) == ("correct", OFFICER, HOSTILE)
    (row,) = listed("--owner", OFFICER)
    assert (row["exception_key"], row["due_on"], row["disposition_reason"]) == (key, NEXT_WEEK, HOSTILE)
    assert key[:12] in run("list", "--owner", OFFICER)
    assert listed("--overdue") == []
    assert key not in {row["exception_key"] for row in listed("--nobody")}
    shown = run("show", key[:12])
    assert NEXT_WEEK in shown
    assert "\u202e" not in shown
    dispose(key)
    told = json.loads(run("history", key, "--json"))
    assert [one["kind"] for one in told] == ["correct", "false_alarm"]
    assert run("history", key[:12]) == run("history", key)
    assert run("list", "--limit", "1").splitlines()[-1].startswith(f"1 of {len(listed())}, by the snapshot ")


def test_many_are_disposed_of_only_as_they_were_shown(house: House) -> None:
    """Harm prevented: forty exceptions written off of which nobody has seen two."""
    standing = [row["exception_key"] for row in listed("--standing")]
    shown = dispose("--all")
    assert f"{len(standing)} exception(s); a sample" in shown
    found = re.search(r"--set ([0-9a-f]{64})", shown)
    assert found
    assert latest_dispositions(house.settings(), standing) == {}
    with pytest.raises(ConfigurationError, match="another set by now"):
        dispose("--all", "--set", "0" * 64)
    assert f"of {len(standing)} exception(s)" in dispose("--all", "--set", found[1])
    assert latest_dispositions(house.settings(), standing).keys() == set(standing)
    assert "no standing exception is without" in dispose("--all")


@pytest.mark.parametrize(
    ("words", "kind", "owner", "told"),
    [
        ((), "forget", OFFICER, "forget"),
        ((), "false_alarm", "Nobody Known", "Nobody Known"),
        ((), "accept_until", OFFICER, "no day"),
        (("--until", YESTERDAY), "accept_until", OFFICER, YESTERDAY),
        (("--due", "soon"), "correct", OFFICER, "the day"),
        ((), "escalate", OFFICER, "a due day"),
        (("--all",), "false_alarm", OFFICER, "both keys and --all"),
        (("--set", "0" * 64), "false_alarm", OFFICER, "without --all"),
    ],
)
def test_what_is_missing_is_told_in_the_words_of_the_page(
    untouched: House, words: tuple[str, ...], kind: str, owner: str, told: str
) -> None:
    """Harm prevented: a way past the rules for whoever does not like the page."""
    key = listed()[0]["exception_key"]
    with pytest.raises(ConfigurationError) as refused:
        dispose(key, *words, kind=kind, owner=owner)
    assert told in str(refused.value)
    assert history_of(untouched.settings(), key) == ()


def test_who_is_no_officer_or_sees_less_disposes_of_nothing_else(
    untouched: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: the command line as the way around roles and jurisdictions."""
    key = listed()[0]["exception_key"]
    sign_in_names.restrict(untouched.settings(), SystemClock(), OFFICER, ["NOWHERE"], ADA)
    with pytest.raises(NothingFound, match="no exception of this key"):
        dispose(key)
    hold_token_of(untouched, "Person reader", monkeypatch)
    with pytest.raises(ConfigurationError, match="the role officer"):
        dispose(key)
    monkeypatch.delenv("ASSETTRAIL_TOKEN")
    with pytest.raises(ConfigurationError, match="neither ASSETTRAIL_TOKEN"):
        dispose(key)
    assert history_of(untouched.settings(), key) == ()
