"""`sources check`: who we are, what we see, or exactly what is wrong; and no secret anywhere."""

from __future__ import annotations

import socket

import pytest
from cloudinary import api
from pydantic import BaseModel, SecretStr

from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from assettrail.settings import Settings
from ingest.http import RetryPolicy
from ingest.sources import check_source
from tests.adapters.ingest.stand_ins import NEEDED_EVENTS, Sandbox

SYSTEMS = ("cloudinary", "exstream", "trading_grid")
CANARY = "canary-8c1f-secret"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are tested where they are made."""
    monkeypatch.setattr(RetryPolicy, "pause_seconds", lambda *_: 0.0)


def changed(settings: Settings, system: str, **changes: object) -> Settings:
    section = getattr(settings, system)
    assert isinstance(section, BaseModel)
    return settings.model_copy(update={system: section.model_copy(update=changes)})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def secret_of(system: str) -> str:
    return "api_secret" if system == "cloudinary" else "client_secret"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_connected_system_is_described(settings: Settings, system: str) -> None:
    """A check that says only "ok" does not show that one is connected to the wrong account."""
    report = check_source(settings, system)
    section = getattr(settings, system)
    facts = report.facts()
    assert (section.cloud_name if system == "cloudinary" else section.client_id) in str(facts["connected as"])
    assert facts["rate"]
    assert "ours" in str(facts["clock"])
    assert len(report.sees) >= 1


def test_trading_grid_signs_in_with_a_basic_header_where_that_is_set(settings: Settings) -> None:
    """A setting that does not reach the token request is found out at the first night with the service."""
    basic = changed(settings, "trading_grid", token_auth="basic")
    assert check_source(basic, "trading_grid").sees
    with pytest.raises(ConfigurationError, match="HTTP 401") as refusal:
        check_source(changed(basic, "trading_grid", client_secret=SecretStr(CANARY)), "trading_grid")
    assert CANARY not in str(refusal.value)


def test_missing_triggers_and_the_rate_are_told(sandbox: Sandbox, settings: Settings) -> None:
    """Without triggers nothing can ever be proven: whoever connects an account has to hear it at once."""
    sandbox.set_clock("2026-01-10T00:00:00Z")
    before = check_source(settings, "cloudinary")
    assert "no notification trigger sends delete, rename" in before.warnings[0]
    assert "calls left until 2026-01-10T01:00:00Z" in before.rate
    assert settings.cloudinary is not None
    sandbox.create_triggers(settings.cloudinary.poll_channel, NEEDED_EVENTS)
    after = check_source(settings, "cloudinary")
    (warning,) = after.warnings
    assert "sends access_control_changed, moderation, move, resource_display_name_changed to poll" in warning
    assert "up to 7.0 days later" in warning
    for event in ("access_control_changed", "moderation", "move", "resource_display_name_changed"):
        api.create_trigger(f"poll://{settings.cloudinary.poll_channel}", event, uri_type="poll", **sandbox.cloudinary)
    assert check_source(settings, "cloudinary").warnings == ()
    assert after.sees["events told since"] == "2026-01-10T00:00:00+00:00"


@pytest.mark.parametrize("system", SYSTEMS)
def test_wrong_credentials_are_named_and_never_shown(settings: Settings, system: str) -> None:
    """A message with the secret in it ends up in a ticket."""
    wrong = changed(settings, system, **{secret_of(system): SecretStr(CANARY)})
    with pytest.raises(ConfigurationError) as refusal:
        check_source(wrong, system)
    assert f"{system}." in str(refusal.value)
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_host_that_is_down_is_named(settings: Settings, system: str) -> None:
    """A "connection refused" without an address sends people to the wrong machine."""
    dead = f"http://127.0.0.1:{free_port()}"
    changes: dict[str, object] = (
        {"upload_prefix": dead} if system == "cloudinary" else {"base_url": dead, "token_url": f"{dead}/token"}
    )
    with pytest.raises(TransientSourceError) as refusal:
        check_source(changed(settings, system, **changes), system)
    assert dead in str(refusal.value)


@pytest.mark.parametrize(
    ("system", "changes"),
    [
        ("cloudinary", {"cloud_name": "somebody-else"}),
        ("exstream", {"domains": ("no such domain/..",)}),
        ("exstream", {"base_url": "ftp://127.0.0.1"}),
        ("trading_grid", {"base_url": "http://127.0.0.1:1/nowhere"}),
    ],
)
def test_a_wrong_name_or_address_is_an_error_of_ours(
    settings: Settings, system: str, changes: dict[str, object]
) -> None:
    """A traceback instead of a sentence stops whoever is called at night."""
    with pytest.raises(AssettrailError):
        check_source(changed(settings, system, **changes), system)


def test_a_portal_page_is_not_taken_for_the_api(sandbox: Sandbox, settings: Settings) -> None:
    """The wrong base address often answers with a friendly page; that must not count as an empty system."""
    wrong = changed(settings, "trading_grid", base_url=sandbox.endpoints["cloudinary"]["base_url"])
    with pytest.raises((PermanentSourceError, ConfigurationError)):
        check_source(wrong, "trading_grid")


def test_a_system_that_is_not_connected_says_so(settings: Settings) -> None:
    """A missing section must not look like a vendor's fault."""
    with pytest.raises(ConfigurationError, match="no section"):
        check_source(settings.model_copy(update={"exstream": None}), "exstream")
    with pytest.raises(ConfigurationError, match="no such system"):
        check_source(settings, "exstreem")
