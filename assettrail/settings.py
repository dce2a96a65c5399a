"""The one typed tree of settings, from the environment and one `assettrail.toml`.

Here belongs what an installation may choose, with its unit in its name. Secrets come from the environment or from
files that are named here; they are never written to the TOML file and never printed. Nothing is read at import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assettrail.errors import ConfigurationError

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
CorrectionPolicy = Literal["four_eyes", "automatic"]


class _Section(BaseModel):
    """A section of the tree: unknown names are mistakes, values do not change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _secret_from_file(values: Any, name: str) -> Any:
    """Fill the secret `name` from the file named by `<name>_file`, so that no secret need be in the environment."""
    if not isinstance(values, dict) or not values.get(f"{name}_file"):
        return values
    if values.get(name):
        raise ValueError(f"both {name} and {name}_file are set; keep one")
    path = Path(str(values[f"{name}_file"]))
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{name}_file {path} cannot be read: {error.strerror}") from error
    if not secret:
        raise ValueError(f"{name}_file {path} is empty")
    return {**values, name: secret}


class KeySettings(_Section):
    """Where the keys lie; never under `home`, so that data and keys are not lost or stolen together."""

    folder: Path = Field(
        default_factory=lambda: Path.home() / ".config" / "assettrail" / "keys",
        description="Folder of log.key, raw.key and pseudonym.key.",
    )


class CloudinarySettings(_Section):
    """A Cloudinary product environment."""

    cloud_name: str
    api_key: str
    api_secret: SecretStr
    api_secret_file: Path | None = None
    upload_prefix: str | None = Field(
        default=None, description="Address of the API when it is not Cloudinary's own."
    )
    poll_channel: str = "assettrail"
    resource_types: tuple[str, ...] = ("image", "video", "raw")
    delivery_types: tuple[str, ...] = ("upload", "private", "authenticated")
    delivery_hosts: tuple[str, ...] = ("res.cloudinary.com",)
    hourly_allowance_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    timeout_seconds: Positive = 30.0
    visibility_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return _secret_from_file(values, "api_secret")

    @field_validator("cloud_name")
    @classmethod
    def _is_lower_case(cls, value: str) -> str:
        if value != value.lower():
            raise ValueError("a cloud name is lower-case; the SDK lower-cases it in addresses")
        return value


class ExstreamSettings(_Section):
    """An Exstream installation: Orchestration and Design REST behind OTDS."""

    base_url: str
    token_url: str = Field(description="Taken as it is: at least five forms of this address are in use.")
    client_id: str
    client_secret: SecretStr
    client_secret_file: Path | None = None
    scope: str = "otds:groups"
    domains: Annotated[tuple[str, ...], Field(min_length=1)]
    page_size: Count = 100
    engine_zone: str | None = Field(
        default=None,
        description="IANA zone of engine messages without an offset; without it they stay unparsed.",
    )
    overlap_days: Count = 1
    timeout_seconds: Positive = 60.0
    drop_folder: Path | None = None
    asset_use_report_artifact: str = "AssetUseReport.jsonl"
    recipient_keys: dict[str, str] = Field(
        default={"AccountNumber": "account"},
        description="Key names of the delivery file that identify a recipient, and the kind of identifier.",
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return _secret_from_file(values, "client_secret")


class TradingGridObject(_Section):
    """How one kind of record is read: path, envelope and field map (our column to their dotted path)."""

    path: str
    records: str = "records"
    total: str = "total"
    updated_since: str | None = "updatedSince"
    fields: dict[str, str]


class TradingGridSettings(_Section):
    """A Trading Grid / Active Community service by the configurable contract."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: SecretStr
    client_secret_file: Path | None = None
    page_size: Count = 200
    overlap_minutes: Count = 15
    timeout_seconds: Positive = 30.0
    objects: dict[str, TradingGridObject] = Field(
        default_factory=dict, description="Empty: the shipped example contract."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return _secret_from_file(values, "client_secret")


class EvidenceSettings(_Section):
    """The transparency log."""

    log_origin: str = "assettrail.example/audit"


class VerdictSettings(_Section):
    """Parameters of the verdict that are not a dated business rule."""

    late_after_hours: Count = 24
    clock_uncertainty_seconds: Annotated[int, Field(ge=0)] = 2


class CorrectionSettings(_Section):
    """Who may approve what, and how much goes out in one run."""

    policies: dict[Literal["replacement_link", "republish_approved_version"], CorrectionPolicy] = Field(
        default={"replacement_link": "four_eyes", "republish_approved_version": "four_eyes"}
    )
    approval_valid_hours: Count = 72
    max_per_run: Count = 500
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address of the outbox; SQLite under home when absent."
    )


class ReportSettings(_Section):
    """The reports web application."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765


class ApprovalFields(_Section):
    """Which Cloudinary metadata fields carry what: the customer's own mapping, external ids."""

    status: str = "approval_status"
    approved_value: str = "approved"
    revoked_value: str = "revoked"
    approver: str = "approved_by"
    etag: str = "approved_etag"
    valid_from: str = "approval_valid_from"
    valid_to: str = "approval_valid_to"
    segments: str = "segments"
    jurisdictions: str = "jurisdictions"
    offers: str = "offers"
    campaign: str = "campaign"
    product_line: str = "product_line"
    gtin: str = "gtin"


class Settings(BaseSettings):
    """Everything an installation may choose. A vendor's section that is absent means: not connected."""

    model_config = SettingsConfigDict(
        env_prefix="ASSETTRAIL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Path("var")
    clock_url: str | None = None
    keys: KeySettings = KeySettings()
    cloudinary: CloudinarySettings | None = None
    exstream: ExstreamSettings | None = None
    trading_grid: TradingGridSettings | None = None
    evidence: EvidenceSettings = EvidenceSettings()
    verdicts: VerdictSettings = VerdictSettings()
    corrections: CorrectionSettings = CorrectionSettings()
    reports: ReportSettings = ReportSettings()
    approval_fields: ApprovalFields = ApprovalFields()

    @field_validator("home")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _keys_are_outside_home(self) -> Self:
        folder = self.keys.folder.expanduser().resolve()
        if folder == self.home or self.home in folder.parents:
            raise ValueError(
                f"keys.folder {folder} lies under home {self.home}; keys beside the data they protect protect nothing"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file: what is set for one run wins over what stands written."""
        toml = Path(os.environ.get("ASSETTRAIL_CONFIG", "assettrail.toml"))
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml))


def load_settings() -> Settings:
    """Return the settings of this process.

    Raises ConfigurationError with all mistakes in one text; values are not shown, as one may be a secret.
    """
    _refuse_missing_config_file()
    try:
        return Settings()
    except ValidationError as error:
        mistakes = [
            f"{'.'.join(str(part) for part in mistake['loc']) or 'settings'}: {mistake['msg']}"
            for mistake in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError(
            tried="to read the settings from the environment (ASSETTRAIL_…) and assettrail.toml",
            found=f"{len(mistakes)} mistake(s):\n  - " + "\n  - ".join(mistakes),
            expected="settings as described in docs/settings.md",
            remedy="correct each line above; nothing was started",
        ) from None
    except ValueError as error:
        raise ConfigurationError(
            tried="to read the settings file " + os.environ.get("ASSETTRAIL_CONFIG", "assettrail.toml"),
            found=f"{type(error).__name__}: {error}",
            expected="a TOML file",
            remedy="correct the file; nothing was started",
        ) from None


def _refuse_missing_config_file() -> None:
    named = os.environ.get("ASSETTRAIL_CONFIG")
    if named and not Path(named).is_file():
        raise ConfigurationError(
            tried=f"to read the settings file {named} that ASSETTRAIL_CONFIG names",
            found="no such file",
            expected="a TOML file",
            remedy="correct ASSETTRAIL_CONFIG or unset it",
        )
