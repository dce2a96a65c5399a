"""Approving and rejecting: who may, what it is bound to, and how it is told."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.corrections import application
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.approval import approve, reject
from corrections.bulk import bulk_of
from corrections.people import register as people
from corrections.people.register import Person
from corrections.propose import propose
from corrections.store.outbox import approved_batch, list_corrections, show_correction
from evidence.decision_leaves import CorrectionDecisionLeaf
from evidence.leaves import decode_leaf
from evidence.signed_note import SigningKey
from ingest.landing_store import LandingStore
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, settings_for, write_snapshot

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_for(tmp_path / "home")
    rows = [link_row(number) for number in (1, 2, 3)]
    propose(found, CLOCK, write_snapshot(tmp_path / "s.duckdb", rows), "s1")
    return found


def states(settings: Settings) -> list[str]:
    return [row.state for row in sorted(list_corrections(settings), key=lambda row: row.correction_key)]


def _act_as_approver(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line acts on these settings by the token of an approver."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(settings.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(settings.keys.folder))
    if settings.corrections.database_url is not None:
        address = settings.corrections.database_url.get_secret_value()
        monkeypatch.setenv("ASSETTRAIL_CORRECTIONS__DATABASE_URL", address)
    first = people.begin(settings, CLOCK, "Ada", 9000)
    people.grant(settings, CLOCK, "Ada", "approver", Person("Ada", frozenset({"administrator"})))
    monkeypatch.setenv("ASSETTRAIL_TOKEN", first.text)


def test_an_approval_is_bound_to_the_difference_and_expires(settings: Settings) -> None:
    """An approval without an end, or of whatever the row says later, is a signature on a blank sheet."""
    (approved,) = approve(settings, CLOCK, ["01"], approver(), "looks right")
    assert approved.state == "approved"
    assert approved.approved_by == "ana"
    assert approved.approved_hash == approved.difference.hash
    assert approved.approval_expires_at == NOW + timedelta(hours=72)
    assert states(settings) == ["approved", "proposed", "proposed"]


def test_what_changed_since_it_was_shown_is_not_approved(settings: Settings, tmp_path: Path) -> None:
    """A build between `show` and `approve` would have a person sign what they never saw."""
    seen = show_correction(settings, "01").facts()["difference hash"]
    assert isinstance(seen, str)
    rows = [link_row(number, desired_version_number=1769999999, desired_etag="newer") for number in (1, 2, 3)]
    propose(settings, CLOCK, write_snapshot(tmp_path / "s2.duckdb", rows), "s2")
    with pytest.raises(ConfigurationError, match=r"the snapshot s2(.|\n)*show 01aaaaaaaaaa"):
        approve(settings, CLOCK, ["01"], approver(), "looks right", difference_hash=seen)
    assert states(settings) == ["proposed"] * 3
    now = str(show_correction(settings, "01").facts()["difference hash"])
    (approved,) = approve(settings, CLOCK, ["01"], approver(), "looks right", difference_hash=now.upper())
    assert approved.approved_hash == now


def test_the_command_takes_the_difference_that_it_shows(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option that is read and not handed on would let a person believe in a guard that is not there."""
    _act_as_approver(settings, tmp_path, monkeypatch)
    seen = show_correction(settings, "01").correction.difference_hash
    assert seen in CliRunner().invoke(application, ["show", "01"], catch_exceptions=False).stdout
    words = ["approve", "01", "--reason", "fine", "--difference"]
    with pytest.raises(ConfigurationError, match="nothing was decided"):
        CliRunner().invoke(application, [*words, "0" * 64], catch_exceptions=False)
    assert "approved 1" in CliRunner().invoke(application, [*words, seen], catch_exceptions=False).stdout


def test_many_are_approved_as_they_were_shown(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once without a look, or another set than the one looked at, is a signature on a blank sheet."""
    _act_as_approver(settings, tmp_path, monkeypatch)
    words = ["approve", "--all", "--reason", "fine"]
    shown = CliRunner().invoke(application, words, catch_exceptions=False).stdout
    assert states(settings) == ["proposed"] * 3
    assert all(text in shown for text in ("replacement_link", "CASE-1", "CASE-3", "nothing was decided"))
    (seen,) = re.findall(r"--set ([0-9a-f]{64})", shown)
    rows = [link_row(1), link_row(2), link_row(3, desired_etag="newer")]
    propose(settings, CLOCK, write_snapshot(tmp_path / "s2.duckdb", rows), "s2")
    with pytest.raises(ConfigurationError, match="another set by now"):
        CliRunner().invoke(application, [*words, "--set", seen], catch_exceptions=False)
    assert states(settings) == ["proposed"] * 3
    seen = bulk_of(settings, "replacement_link").set_hash
    done = CliRunner().invoke(application, [*words, "--kind", "replacement_link", "--set", seen])
    assert "approved 3" in done.stdout
    assert "approve" not in CliRunner().invoke(application, words, catch_exceptions=False).stdout


def test_what_was_searched_in_vain_is_decided_one_by_one(settings: Settings, tmp_path: Path) -> None:
    """Words and filters say what was meant, not what is right: a person looks at each."""
    offered = link_row(4, kind="publish_searched_asset", case_id_trading_grid=None, target_id="COM:t:A")
    propose(settings, CLOCK, write_snapshot(tmp_path / "s2.duckdb", [link_row(1), offered]), "s2")
    assert bulk_of(settings, None).counts == {"replacement_link": 1}
    assert len(bulk_of(settings, None, sample_size=0).sample) == 0
    approve(settings, CLOCK, None, approver(), "fine")
    assert states(settings) == ["approved", "withdrawn", "withdrawn", "proposed"]


@pytest.mark.parametrize("keys", [None, ["01", "02"]], ids=["all", "two"])
def test_one_difference_is_of_one_correction(settings: Settings, keys: list[str] | None) -> None:
    """A hash that was given for one must not look as if it had guarded the others."""
    seen = str(show_correction(settings, "01").facts()["difference hash"])
    with pytest.raises(ConfigurationError, match="--difference with"):
        approve(settings, CLOCK, keys, approver(), "fine", difference_hash=seen)
    assert states(settings) == ["proposed"] * 3


@pytest.mark.parametrize(
    "by",
    [
        "assettrail",
        "AssetTrail",
        "assettrail\u200b",
        "asset\u00adtrail",
        "asset trail",
        "\uff41ssettrail",
        "policy:replacement_link",
        "Pol\u200bicy:x",
        "",
        "  ",
        "\u200b",
        "\x1b",
    ],
)
def test_the_proposer_never_approves(settings: Settings, by: str) -> None:
    """Four eyes: a correction that approves itself is no control."""
    with pytest.raises(ConfigurationError, match="four eyes"):
        approve(settings, CLOCK, ["01"], approver(by), "because")
    assert states(settings) == ["proposed"] * 3


def test_only_an_approver_decides(settings: Settings) -> None:
    """A person who may read, and somehow calls the function, must not be able to send anything to partners."""
    reader = Person("ben", frozenset({"reader", "administrator", "officer"}))
    with pytest.raises(ConfigurationError, match="an approver who is another"):
        approve(settings, CLOCK, ["01"], reader, "because")
    with pytest.raises(ConfigurationError, match="an approver who is another"):
        reject(settings, CLOCK, ["01"], reader, "because")
    assert states(settings) == ["proposed"] * 3


def test_who_issued_the_token_is_no_second_person(settings: Settings) -> None:
    """An administrator who proposes could issue an approver's token to themselves."""
    issued_by_proposer = Person("ben", frozenset({"approver"}), token_issued_by="AssetTrail")
    with pytest.raises(ConfigurationError, match="four eyes"):
        approve(settings, CLOCK, ["01"], issued_by_proposer, "because")


def test_who_was_deactivated_meanwhile_decides_nothing(settings: Settings) -> None:
    """At once means before the next decision, not before the next command."""
    token = people.begin(settings, CLOCK, "Ada", 30)
    ada = people.person_of(settings, CLOCK, token.text)
    people.add_person(settings, CLOCK, "Ben", ["approver"], ada)
    ben = people.person_of(settings, CLOCK, people.issue_token(settings, CLOCK, "Ben", 5, ada).text)
    people.deactivate(settings, CLOCK, "Ben", ada)
    with pytest.raises(ConfigurationError, match="the roles of nobody"):
        approve(settings, CLOCK, ["01"], ben, "because")


def decisions(settings: Settings) -> list[CorrectionDecisionLeaf]:
    log = LandingStore.open(settings, CLOCK).log
    leaves = [decode_leaf(entry) for _, entry in log.entries()]
    return [leaf for leaf in leaves if isinstance(leaf, CorrectionDecisionLeaf)]


def test_every_decision_stands_in_the_log(settings: Settings) -> None:
    """A database can be changed by whoever runs it; who let what be sent must not depend on it."""
    approve(settings, CLOCK, ["01", "02"], approver(), " looks right ")
    reject(settings, CLOCK, ["02"], approver("ben"), "wrong image")
    found = decisions(settings)
    assert [(leaf.correction_key[:2], leaf.decision, leaf.by, leaf.reason) for leaf in found] == [
        ("01", "approved", "ana", "looks right"),
        ("02", "approved", "ana", "looks right"),
        ("02", "rejected", "ben", "wrong image"),
    ]
    assert found[0].difference_hash == show_correction(settings, "01").correction.difference_hash
    assert found[0].meaning == "the exact difference was seen and may be sent"


def test_a_decision_that_cannot_be_logged_has_no_effect(settings: Settings) -> None:
    """An approval that only the database knows has no owner once somebody changes the database."""
    (settings.keys.folder / "log.key").unlink()
    with pytest.raises(ConfigurationError):
        approve(settings, CLOCK, ["01"], approver(), "fine")
    assert states(settings) == ["proposed"] * 3


def test_a_policy_that_approves_stands_in_the_log_too(tmp_path: Path, database: str) -> None:
    """What no person saw has to be told apart from what one approved."""
    settings = settings_for(tmp_path / "automatic", policy="automatic")
    propose(settings, CLOCK, write_snapshot(tmp_path / "a.duckdb", [link_row(1)]), "s1")
    assert [(leaf.by, leaf.decision) for leaf in decisions(settings)] == [("policy:replacement_link", "approved")]


def test_a_decision_needs_a_reason(settings: Settings) -> None:
    """A history without reasons cannot be audited."""
    with pytest.raises(ConfigurationError, match="--reason"):
        approve(settings, CLOCK, None, approver(), " ")
    with pytest.raises(ConfigurationError, match="--reason"):
        reject(settings, CLOCK, ["01"], approver(), "")


def test_all_or_none_are_decided(settings: Settings) -> None:
    """A list half decided leaves nobody knowing which half."""
    reject(settings, CLOCK, ["02"], approver(), "wrong")
    with pytest.raises(ConfigurationError, match="it is rejected"):
        approve(settings, CLOCK, ["01", "02"], approver(), "fine")
    assert states(settings) == ["proposed", "rejected", "proposed"]
    assert len(approve(settings, CLOCK, None, approver(), "fine")) == 2
    assert states(settings) == ["approved", "rejected", "approved"]


@pytest.mark.parametrize("key", ["", "0", "99", "%", "_1"])
def test_a_key_that_names_none_or_several_is_refused(settings: Settings, key: str) -> None:
    """A short key that is guessed could approve another correction."""
    with pytest.raises(ConfigurationError, match="assettrail corrections list"):
        approve(settings, CLOCK, [key], approver(), "fine")
    with pytest.raises(ConfigurationError):
        show_correction(settings, key)


def test_the_history_tells_who_and_why(settings: Settings) -> None:
    """The path from proposal to decision is what an auditor reads."""
    approve(settings, CLOCK, ["01"], approver(), "looks right")
    reject(settings, CLOCK, ["01"], approver("ben"), "changed my mind")
    assert [row[1:] for row in show_correction(settings, "01").history_rows()] == [
        (None, "proposed", "assettrail", "the case was never answered"),
        ("proposed", "approved", "ana", "looks right"),
        ("approved", "rejected", "ben", "changed my mind"),
    ]
    assert show_correction(settings, "01").history[0].at == NOW


def test_the_sensor_sees_approved_corrections_only(settings: Settings, tmp_path: Path) -> None:
    """A run for nothing is noise; no run for an approved correction leaves a partner waiting."""
    assert approved_batch(settings) is None
    assert approved_batch(settings_for(tmp_path / "elsewhere")) is None
    assert not (tmp_path / "elsewhere").exists()
    approve(settings, CLOCK, ["01", "02"], approver(), "fine")
    batch = approved_batch(settings)
    assert batch is not None
    assert batch.count == 2
    assert approved_batch(settings) == batch
    approve(settings, CLOCK, ["03"], approver(), "fine")
    later = approved_batch(settings)
    assert later is not None
    assert later.run_key != batch.run_key


def test_a_listed_correction_is_plain_values(settings: Settings) -> None:
    """The command line prints JSON: an instant or an object that is not text would break it."""
    row = list_corrections(settings)[0].as_dict()
    assert all(value is None or isinstance(value, str | int) for value in row.values())
    assert row["proposed_at"] == "2026-02-03T04:05:06+00:00"


def test_a_decision_needs_the_key_of_the_log_and_no_other(settings: Settings) -> None:
    """A server that officers decide on would hold the keys of every sealed record and of every recipient's name."""
    approve(settings, CLOCK, ["01"], approver(), "fine")
    for name in ("raw.key", "pseudonym.key"):
        (settings.keys.folder / name).unlink()
    approve(settings, CLOCK, ["02"], approver(), "fine")
    key = SigningKey.generate(settings.evidence.log_origin)
    (settings.keys.folder / "log.key").write_text(key.to_text(), encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"another log\.key"):
        approve(settings, CLOCK, ["03"], approver(), "fine")
    assert states(settings) == ["approved", "approved", "proposed"]
