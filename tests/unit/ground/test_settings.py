"""Settings: one wrong line must be told before anything starts, and no secret may leak while telling it."""

from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from assettrail.settings import load_settings


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETTRAIL_CONFIG", raising=False)


def test_nothing_configured_is_a_valid_start() -> None:
    """Harm prevented: a newcomer's first command fails because no vendor is connected yet."""
    settings = load_settings()
    assert settings.home == Path.cwd() / "var"
    assert settings.cloudinary is None


def test_all_mistakes_come_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a person corrects one mistake a run and waits for the next."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CLOUD_NAME", "Upper")
    monkeypatch.setenv("ASSETTRAIL_REPORTS__PORT", "99999999")
    monkeypatch.setenv("ASSETTRAIL_VERDICTS__LATE_AFTER_HOURS", "0")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    for name in ("cloudinary.cloud_name", "cloudinary.api_key", "reports.port", "verdicts.late_after_hours"):
        assert name in str(caught.value)


def test_no_value_is_shown_in_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a secret in the wrong place is printed to a terminal or a log."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET", "canary-secret")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__SPELLED_WRONG", "canary-secret")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "canary-secret" not in str(caught.value)
    assert "spelled_wrong" in str(caught.value)


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: secrets must be written into the settings file because there is no other way."""
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    (tmp_path / "assettrail.toml").write_text(
        f'[cloudinary]\ncloud_name = "c"\napi_key = "k"\napi_secret_file = "{tmp_path}/secret"\n', encoding="utf-8"
    )
    settings = load_settings()
    assert settings.cloudinary is not None
    assert settings.cloudinary.secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a wrong path shows only as a refusal by the vendor, hours later."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CLOUD_NAME", "c")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_KEY", "k")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(ConfigurationError, match="absent cannot be read"):
        load_settings(connects=True)


def test_keys_under_home_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: one stolen or lost folder takes both the sealed data and the keys to it."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(tmp_path))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    with pytest.raises(ConfigurationError, match="keys beside the data they protect"):
        load_settings()


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: what is set for one run is silently ignored."""
    (tmp_path / "assettrail.toml").write_text("[reports]\nport = 1111\n", encoding="utf-8")
    monkeypatch.setenv("ASSETTRAIL_REPORTS__PORT", "2222")
    assert load_settings().reports.port == 2222


@pytest.mark.parametrize("text", ["[reports\n", "reports = 1\n", 'unknown = "x"\n'])
def test_a_broken_file_is_refused_in_the_house_style(tmp_path: Path, text: str) -> None:
    """Harm prevented: a traceback instead of a sentence, or a setting that is quietly dropped."""
    (tmp_path / "assettrail.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nothing was started"):
        load_settings()


def test_a_config_file_that_is_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a typing mistake in ASSETTRAIL_CONFIG runs against the defaults."""
    monkeypatch.setenv("ASSETTRAIL_CONFIG", str(tmp_path / "absent.toml"))
    with pytest.raises(ConfigurationError, match="no such file"):
        load_settings()


def test_a_mistyped_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a mistyped name is ignored, and the data lands in another home than was meant."""
    monkeypatch.setenv("ASSETTRAIL_HOMEE", "elsewhere")
    with pytest.raises(ConfigurationError, match="ASSETTRAIL_HOMEE: no such setting"):
        load_settings()


@pytest.mark.parametrize(
    "address", ["ftp://host", "host:80", "http://", "http://[::1", "http://h:99999", "http://me:pw@h"]
)
def test_an_address_that_cannot_be_one_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Harm prevented: a traceback at the first call; a password in every message that names the address."""
    monkeypatch.setenv("ASSETTRAIL_CLOCK_URL", address)
    with pytest.raises(ConfigurationError, match="clock_url: ") as caught:
        load_settings()
    assert "me:pw" not in str(caught.value)


@pytest.mark.parametrize("zone", ["CET+1", "Europe", "../etc/passwd", "", "Mars/Olympus"])
def test_a_zone_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """Harm prevented: a mistyped zone is found out by whoever reads the times with it, months later."""
    monkeypatch.setenv("ASSETTRAIL_EXSTREAM__ENGINE_ZONE", zone)
    with pytest.raises(ConfigurationError, match=r"exstream\.engine_zone: not a time zone"):
        load_settings()
    monkeypatch.setenv("ASSETTRAIL_EXSTREAM__ENGINE_ZONE", "Europe/Berlin")
    with pytest.raises(ConfigurationError) as others:
        load_settings()
    assert "engine_zone" not in str(others.value)


def test_a_mistake_about_a_secret_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: the section's other mistakes show only after the secret was put right."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CLOUD_NAME", "Upper")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET", "one")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET_FILE", str(tmp_path / "two"))
    monkeypatch.setenv("ASSETTRAIL_HOME", str(tmp_path))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    for name in ("keys: ", "cloudinary.cloud_name: ", "cloudinary.api_key: ", "cloudinary.api_secret: both"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RUN_FOLDER", "(?P<domain>[^/]+", "no regular expression"),
        ("RUN_FOLDER", "(?P<domain>[^/]+)/(?P<job>[^/]+)", r"without \(\?P<instance>…\), \(\?P<docgen>…\)"),
        (
            "RUN_FOLDER",
            "(?P<below>.)(?P<domain>.)(?P<job>.)(?P<instance>.)(?P<docgen>.)",
            "duplicate capture group name",
        ),
        (
            "RUN_FOLDER",
            r"(?P<domain>.)(?=/)(?P<job>.)(?P<instance>.)(?P<docgen>.)",
            "look-around, including look-ahead",
        ),
        ("RUN_FOLDER", r"(?P<domain>(.))\2(?P<job>.)(?P<instance>.)(?P<docgen>.)", "backreferences are not supported"),
        ("DELIVERY_FILE", "../manifest.xml", "not the name of one file"),
        ("MESSAGE_FILE", "", "not the name of one file"),
        ("REPORT_FOLDERS", "Report_*/*", "not the name of one file"),
        ("OUTPUT_FOLDERS", "*", "fits every folder"),
    ],
)
def test_a_layout_of_runs_that_cannot_be_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """Harm prevented: a folder of engine output in which no run is found, night after night, without a word."""
    monkeypatch.setenv(f"ASSETTRAIL_EXSTREAM__RUN_LAYOUT__{name}", value)
    with pytest.raises(ConfigurationError, match=rf"exstream\.run_layout\.{name.lower()}: .*{told}"):
        load_settings()
