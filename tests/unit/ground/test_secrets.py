"""Vendors' secrets: needed by what connects and by nothing else, told with all other mistakes, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from assettrail.clock import SystemClock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.command_line.application import application
from assettrail.errors import AssettrailError, ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import load_settings
from assettrail.trading_grid_settings import TradingGridSettings
from ingest.cloudinary.sdk_calls import SdkCalls
from orchestration.resources import AssettrailResource

CANARY = "canary-77e0-secret"
SECRETS = ("cloudinary.api_secret: ", "exstream.client_secret: ", "trading_grid.client_secret: ")


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three connected vendors whose secrets lie in files that are not there; its keys are made."""
    service = 'base_url = "http://127.0.0.1:9"\ntoken_url = "http://127.0.0.1:9/token"\nclient_id = "c"\n'
    (tmp_path / "assettrail.toml").write_text(
        f'home = "{tmp_path}/home"\n[keys]\nfolder = "{tmp_path}/keys"\n'
        f'[cloudinary]\ncloud_name = "c"\napi_key = "k"\napi_secret_file = "{tmp_path}/c.secret"\n'
        f'[exstream]\n{service}domains = ["d"]\nclient_secret_file = "{tmp_path}/e.secret"\n'
        f'[trading_grid]\n{service}client_secret_file = "{tmp_path}/t.secret"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETTRAIL_CONFIG", raising=False)
    made = CliRunner().invoke(application, ["keys", "create"])
    assert made.exit_code == 0, made.output
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["sql", "select 1"],
        ["log", "verify"],
        ["log", "prove", "0"],
        ["batches", "list"],
        ["batches", "show", "x"],
        ["corrections", "list"],
        ["corrections", "show", "x"],
    ],
)
def test_who_only_reads_needs_no_secret(command: list[str]) -> None:
    """Harm prevented: an auditor who may not see the vendors' secrets cannot verify the log either."""
    result = CliRunner().invoke(application, command)
    assert result.exception is None or isinstance(result.exception, AssettrailError | SystemExit)
    assert "secret" not in f"{result.exception}{result.output}"


@pytest.mark.parametrize("command", [["ingest", "exstream"], ["sources", "check"], ["corrections", "send"]])
def test_what_connects_refuses_at_start_with_all_mistakes(
    installation: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Harm prevented: a night's ingest that ends at the third vendor, whose secret could not be read from the first."""
    monkeypatch.setenv("ASSETTRAIL_EXSTREAM__PAGE_SIZE", "0")
    error = CliRunner().invoke(application, command).exception
    assert isinstance(error, ConfigurationError)
    for name in (*SECRETS, "exstream.page_size: "):
        assert name in str(error)
    assert "4 mistake(s)" in str(error)
    assert not (installation / "home" / "dagster").exists()


def test_a_folder_is_landed_without_secrets(installation: Path) -> None:
    """Harm prevented: whoever lands engine output from a folder has to have the password of a service it avoids."""
    (installation / "drop").mkdir()
    result = CliRunner().invoke(application, ["ingest", "exstream", "--folder", str(installation / "drop")])
    assert result.exit_code == 0, result.exception


def test_a_run_asks_for_secrets_only_where_it_connects() -> None:
    """Harm prevented: the warehouse cannot be built where the vendors' secrets are not."""
    resource = AssettrailResource()
    assert resource.settings().cloudinary is not None
    with pytest.raises(ConfigurationError, match=SECRETS[0]):
        resource.settings(connects=True)


def test_a_client_without_a_secret_says_which_and_where(installation: Path) -> None:
    """Harm prevented: a call with an empty secret, which the vendor counts as an attack and answers with a lock."""
    settings = load_settings()
    assert settings.cloudinary is not None
    with pytest.raises(ConfigurationError) as caught:
        SdkCalls(settings.cloudinary, SystemClock())
    assert f"api_secret_file {installation}/c.secret cannot be read" in caught.value.found
    assert "cloudinary.api_secret_file" in caught.value.expected


@pytest.mark.parametrize(
    ("content", "found"), [(b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "it is not UTF-8 text")]
)
def test_a_file_without_a_secret_is_refused(installation: Path, content: bytes, found: str) -> None:
    """Harm prevented: a file that was cut to nothing signs every message with the empty secret."""
    (installation / "e.secret").write_bytes(content)
    section = load_settings().exstream
    assert section is not None
    with pytest.raises(ConfigurationError, match=found):
        _ = section.secret


def test_a_section_without_any_secret_is_read_and_not_connected() -> None:
    """Harm prevented: a section without a secret is only noticed by the vendor's refusal."""
    section = CloudinarySettings(cloud_name="c", api_key="k", api_secret=SecretStr(""))
    with pytest.raises(ConfigurationError, match="neither api_secret nor api_secret_file is set"):
        _ = section.secret


def test_two_secrets_are_a_mistake_for_everybody(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: nobody knows which of two secrets counts, until the wrong one is taken out."""
    (installation / "t.secret").write_text(CANARY, encoding="utf-8")
    monkeypatch.setenv("ASSETTRAIL_TRADING_GRID__CLIENT_SECRET", CANARY)
    with pytest.raises(ConfigurationError, match=r"trading_grid\.client_secret: both") as caught:
        load_settings()
    assert CANARY not in str(caught.value)


def test_no_secret_is_shown(installation: Path) -> None:
    """Harm prevented: settings in a log line or a traceback carry the password."""
    for name in ("c", "e", "t"):
        (installation / f"{name}.secret").write_text(f"{CANARY}\n", encoding="utf-8")
    settings = load_settings(connects=True)
    sections = (settings.cloudinary, settings.exstream, settings.trading_grid)
    for section in sections:
        assert isinstance(section, CloudinarySettings | ExstreamSettings | TradingGridSettings)
        assert section.secret.get_secret_value() == CANARY
        assert CANARY not in f"{section!r}{section.secret!r}{section.model_dump()}"
    assert CANARY not in f"{settings!r}{settings.model_dump_json()}"
