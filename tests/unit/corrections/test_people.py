"""People, roles and tokens: who may decide, and that nobody can be named who did not."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.clock import FixedClock
from assettrail.command_line.people import application
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people import register as people
from corrections.people.acting import acting
from corrections.people.names import is_name_of_person, plain_name
from corrections.people.register import Person, Role, person_of
from evidence.decision_leaves import PersonLeaf
from evidence.leaves import decode_leaf, encode_leaf
from ingest.landing_store import LandingStore
from tests.unit.corrections.samples import CLOCK, NOW, settings_for

SECRET_LENGTH = 43
ADA = Person("Ada", frozenset({"administrator"}))


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return settings_for(tmp_path / "home")


@pytest.fixture
def first(settings: Settings) -> str:
    """The token of the first administrator."""
    return people.begin(settings, CLOCK, "Ada", 30).text


def leaves(settings: Settings) -> list[tuple[str, str, str | None, str]]:
    found = [decode_leaf(entry) for _, entry in LandingStore.open(settings, CLOCK).log.entries()]
    return [(leaf.person, leaf.change, leaf.detail, leaf.by) for leaf in found if isinstance(leaf, PersonLeaf)]


def later(days: float) -> FixedClock:
    return FixedClock(NOW + timedelta(days=days))


def test_the_first_person_is_an_administrator_and_there_is_only_one_first(settings: Settings, first: str) -> None:
    """Whoever can begin again could make themselves administrator of an installation that has one."""
    found = person_of(settings, CLOCK, first)
    assert (found.name, found.roles) == ("Ada", frozenset({"administrator"}))
    with pytest.raises(ConfigurationError, match="people who were added before"):
        people.begin(settings, CLOCK, "Eve", 30)


def test_every_change_of_people_stands_in_the_log(settings: Settings, first: str) -> None:
    """Who was an approver on the day of an approval is asked years later."""
    people.add_person(settings, CLOCK, "Ben", ["approver"], ADA)
    issued = people.issue_token(settings, CLOCK, "Ben", 5, ADA)
    people.revoke_token(settings, CLOCK, issued.token_id, ADA)
    people.grant(settings, CLOCK, "Ben", "officer", ADA)
    people.revoke(settings, CLOCK, "Ben", "approver", ADA)
    people.deactivate(settings, CLOCK, "Ben", ADA)
    nobody = people.FIRST_ADMINISTRATOR
    found = leaves(settings)
    assert found[:2] == [("Ada", "added", None, nobody), ("Ada", "role_granted", "administrator", nobody)]
    assert [change for _, change, _, _ in found[2:]] == [
        *("token_issued", "added", "role_granted", "token_issued"),
        *("token_revoked", "role_granted", "role_revoked", "deactivated"),
    ]
    assert {by for _, _, _, by in found[3:]} == {"Ada"}
    assert found[5][2] == issued.token_id


def test_a_leaf_of_a_person_is_read_as_it_was_written() -> None:
    """An entry that cannot be read again makes the whole log unreadable."""
    leaf = PersonLeaf("Ada", "role_granted", "approver", "Ben", NOW)
    assert decode_leaf(encode_leaf(leaf)) == leaf


def test_no_secret_is_kept(settings: Settings, first: str) -> None:
    """A copy of the database or of the log must not let anybody act as somebody."""
    secret = first[-SECRET_LENGTH:]
    files = [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    assert files
    assert not any(secret.encode() in content for content in files)
    assert secret not in repr(people.issue_token(settings, CLOCK, "Ada", 1, ADA))


@pytest.mark.parametrize("change", ["expired", "revoked", "deactivated", "another", "cut", "nonsense"])
def test_a_token_that_does_not_count_is_refused(settings: Settings, first: str, change: str) -> None:
    """Somebody who left must not approve with the token that they still have."""
    people.add_person(settings, CLOCK, "Ben", ["approver"], ADA)
    issued = people.issue_token(settings, CLOCK, "Ben", 5, ADA)
    text, clock = issued.text, CLOCK
    if change == "expired":
        clock = later(5)
    elif change == "revoked":
        people.revoke_token(settings, CLOCK, issued.token_id, ADA)
    elif change == "deactivated":
        people.deactivate(settings, CLOCK, "Ben", ADA)
    elif change == "another":
        text = f"assettrail_{issued.token_id}_{first[-SECRET_LENGTH:]}"
    elif change == "cut":
        text = text[:-1]
    else:
        text = "let me in"
    with pytest.raises(ConfigurationError, match="to find who acts") as refused:
        person_of(settings, clock, text)
    assert issued.secret not in str(refused.value)


def test_a_token_counts_until_it_expires(settings: Settings, first: str) -> None:
    """An off-by-one at the end locks an approver out on the day of the audit."""
    assert person_of(settings, later(29.999), first).name == "Ada"


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "assettrail", "policy:x", "x" * 257, "\u200b", "Trading Grid", "cloudinary"),
        *("The first administrator", "Jos\u0435ph", "\uff21da", "\u3164", "Ada\u2800", "\ufdfa" * 20, "x@y", "1"),
    ],
)
def test_a_name_that_is_nobodys_is_refused(settings: Settings, first: str, name: str) -> None:
    """A person called as the house or a policy would make histories lie."""
    with pytest.raises(ConfigurationError, match="no name that a person could have"):
        people.add_person(settings, CLOCK, name, [], ADA)


@pytest.mark.parametrize("name", ["ada", " A D A "])
def test_two_people_never_read_the_same(settings: Settings, first: str, name: str) -> None:
    """Four eyes are two if one person can be added twice."""
    with pytest.raises(ConfigurationError, match="reads the same"):
        people.add_person(settings, CLOCK, name, ["approver"], ADA)


@pytest.mark.parametrize("unseen", ["\u034f", "\ufe0f", "\u200b", "\u00ad", "\u2060", "\u3164", "\u115f"])
def test_characters_that_nobody_sees_make_no_other_name(unseen: str) -> None:
    """Two people who read the same are one person with four eyes."""
    assert plain_name(f"Jose{unseen}\u0301") == plain_name("José")
    assert not is_name_of_person(f"Jo{unseen}") or plain_name(f"Jo{unseen}") == "jo"


@pytest.mark.parametrize("name", ["Ada", "José Álvarez-Núñez", "Søren O’Neil", "Анна Иванова", "山田 はなこ", "Ada 2"])
def test_names_of_people_are_names(name: str) -> None:
    """A rule against tricks must not shut people out."""
    assert is_name_of_person(name)


def test_a_lost_token_does_not_close_the_installation(settings: Settings, first: str) -> None:
    """Printed once and lost: without a way back, nobody could ever approve or pause again."""
    token_id = first.split("_")[1]
    with pytest.raises(ConfigurationError, match="another one first"):
        people.revoke_token(settings, CLOCK, token_id, ADA)
    with pytest.raises(ConfigurationError, match="people who were added before"):
        people.begin(settings, CLOCK, "Ada", 30)
    with pytest.raises(ConfigurationError, match="no administrator of this name"):
        people.begin(settings, later(31), "Eve", 30)
    again = people.begin(settings, later(31), "Ada", 30)
    assert person_of(settings, later(32), again.text).name == "Ada"
    assert leaves(settings)[-1] == ("Ada", "token_issued", again.token_id, people.RECOVERY)


def test_another_database_does_not_begin_anew(settings: Settings, first: str, tmp_path: Path) -> None:
    """Pointing the settings at an empty file would make anybody an administrator of this home's log."""
    address = f"sqlite:///{tmp_path}/mine.sqlite"
    elsewhere = settings_for(settings.home, corrections={"database_url": address})
    with pytest.raises(ConfigurationError, match="people in the log of this home"):
        people.begin(elsewhere, CLOCK, "Eve", 30)


def test_who_comes_back_keeps_their_name(settings: Settings, first: str) -> None:
    """A second name for one person would be a second pair of eyes."""
    people.add_person(settings, CLOCK, "Ben", ["approver"], ADA)
    people.deactivate(settings, CLOCK, "Ben", ADA)
    people.reactivate(settings, CLOCK, "Ben", ADA)
    assert leaves(settings)[-1] == ("Ben", "reactivated", None, "Ada")
    token = people.issue_token(settings, CLOCK, "Ben", 1, ADA)
    assert person_of(settings, CLOCK, token.text).token_issued_by == "Ada"
    with pytest.raises(ConfigurationError, match="they are active"):
        people.reactivate(settings, CLOCK, "Ben", ADA)


def test_reading_makes_no_database(tmp_path: Path) -> None:
    """Whoever only looks must not make files in a home."""
    own = settings_for(tmp_path / "nowhere")
    assert people.list_people(own) == []
    with pytest.raises(ConfigurationError, match="did not issue"):
        person_of(own, CLOCK, f"assettrail_{'0' * 16}_{'x' * SECRET_LENGTH}")
    assert not own.home.exists()


def test_the_last_administrator_stays(settings: Settings, first: str) -> None:
    """An installation without administrator can never have one again."""
    for end in (lambda: people.deactivate(settings, CLOCK, "Ada", ADA), lambda: _take(settings, "administrator")):
        with pytest.raises(ConfigurationError, match="no other active administrator"):
            end()
    people.add_person(settings, CLOCK, "Ben", ["administrator"], ADA)
    people.deactivate(settings, CLOCK, "Ada", ADA)
    with pytest.raises(ConfigurationError, match="no other active administrator"):
        people.deactivate(settings, CLOCK, "Ben", ADA)


def _take(settings: Settings, role: Role) -> None:
    people.revoke(settings, CLOCK, "Ada", role, ADA)


def test_who_acts_needs_the_role(settings: Settings, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator makes approvers, and is none."""
    monkeypatch.setenv("ASSETTRAIL_TOKEN", first)
    assert acting(settings, CLOCK, "administrator", "engineer").name == "Ada"
    with pytest.raises(ConfigurationError, match="the role approver"):
        acting(settings, CLOCK, "approver")


def test_a_token_in_a_file_is_only_for_its_owner(
    settings: Settings, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that others can read is everybody's."""
    file = tmp_path / "token"
    monkeypatch.delenv("ASSETTRAIL_TOKEN", raising=False)
    monkeypatch.setenv("ASSETTRAIL_TOKEN_FILE", str(file))
    with pytest.raises(ConfigurationError, match="to read the personal token"):
        acting(settings, CLOCK, "administrator")
    file.write_text(first + "\n")
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        acting(settings, CLOCK, "administrator")
    file.chmod(0o600)
    assert acting(settings, CLOCK, "administrator").name == "Ada"


def test_without_a_token_nobody_acts(settings: Settings, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user of the machine is not a person of the installation."""
    for name in ("ASSETTRAIL_TOKEN", "ASSETTRAIL_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="assettrail people begin"):
        acting(settings, CLOCK, "administrator")


def test_an_administrator_works_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an administrator does on the first day, as it is typed."""
    for name in [name for name in os.environ if name.startswith("ASSETTRAIL_")]:
        monkeypatch.delenv(name)
    own = settings_for(tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(own.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(own.keys.folder))

    def told(*words: str) -> str:
        return CliRunner().invoke(application, list(words), catch_exceptions=False).stdout

    monkeypatch.setenv("ASSETTRAIL_TOKEN", told("begin", "Ada").strip())
    told("add", "Ben Vermeer", "--role", "approver", "--role", "officer")
    token = told("token", "ben vermeer").strip()
    assert "officer, approver" in told("list")
    assert token.split("_")[1] in told("show", "Ben Vermeer")
    told("revoke", "Ben Vermeer", "officer")
    monkeypatch.setenv("ASSETTRAIL_TOKEN", token)
    assert "approver" in told("whoami")
    with pytest.raises(ConfigurationError, match="the role administrator"):
        told("add", "Eve")
    assert token not in told("list", "--json")
