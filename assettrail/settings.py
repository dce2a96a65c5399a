"""The one typed tree of settings, from the environment and one `assettrail.toml`.

Here belong reading it and what an installation may choose, with its unit in its name, but for what is about one vendor,
the reports or the verdict (`cloudinary_settings`, `exstream_settings`, `trading_grid_settings`, `report_settings`,
`verdict_settings`). Secrets come from the environment or from files that are named here; they are never written to the
TOML file and never printed. A vendor's secret is read when a client opens, and checked at start only by what connects:
whoever only reads needs none. Nothing is read at import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.report_settings import ReportSettings
from assettrail.setting_kinds import (
    CONNECTS,
    Address,
    Count,
    Filled,
    Positive,
    Secret,
    Section,
    secret_of,
)
from assettrail.trading_grid_settings import TradingGridSettings
from assettrail.verdict_settings import VerdictSettings

NOT_SETTINGS = ("ASSETTRAIL_CONFIG", "ASSETTRAIL_DUCKDB_MEMORY", "ASSETTRAIL_TOKEN", "ASSETTRAIL_TOKEN_FILE")
"""Variables read elsewhere: where the file is, dbt's memory, and who acts. The tests have `ASSETTRAIL_TEST_…`."""

CorrectionPolicy = Literal["four_eyes", "automatic"]
PolicyKind = Literal[
    "replacement_link",
    "republish_approved_version",
    "publish_variant",
    "replace_foreign_variant",
    "withdraw_foreign_variant",
    "publish_asked_format",
    "post_readiness",
    "review_template_image",
    "send_artwork",
    "improve_rendition",
]


class KeySettings(Section):
    """Where the keys lie; never under `home`, so that data and keys are not lost or stolen together."""

    folder: Path = Field(
        default_factory=lambda: Path.home() / ".config" / "assettrail" / "keys",
        description="Folder of log.key, raw.key and pseudonym.key, and of the older keys that were rotated.",
    )


class EvidenceSettings(Section):
    """The transparency log."""

    log_origin: str = "assettrail.example/audit"
    """Name of the log in its checkpoints; it never changes."""


class RawSettings(Section):
    """How long the sealed bytes are kept as they were received, which hold personal data."""

    keep_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    """Days that raw bytes are kept after the last batch that names them; 0: as long as needed; for ever if absent."""


class ControlSettings(Section):
    """Which controls this installation has no use for."""

    not_in_use: tuple[Annotated[str, Field(pattern=r"^ctl_[a-z0-9_]+$")], ...] = ()
    """Controls whose streams no system of this installation has; nothing waits for them, and every page names them."""


class RuleSettings(Section):
    """Your own rules in place of those of the sample insurer: days, policies and campaigns, each with its period."""

    folder: Path | None = None
    """Folder of CSV files that replace the shipped rules of the same name (docs/rules.md); none: as shipped."""


class CorrectionSettings(Section):
    """Who may approve what, and how much goes out in one run."""

    policies: dict[PolicyKind, CorrectionPolicy] = Field(default={})
    """Per kind: `four_eyes` waits for a person (also a kind that is not named), `automatic` approves itself. What a
    person proposed, an asset for what partners searched in vain, and advice always wait."""
    approval_valid_hours: Count = 72
    """Hours after which an approval that was not sent expires."""
    max_per_run: Count = 500
    """Corrections sent in one run at the most."""
    max_per_hour: Count = 2000
    """Corrections whose sending begins within one hour at the most, over all runs."""
    device_widths_px: dict[Filled, Count] = Field(
        default={"phone": 480, "mobile": 480, "tablet": 1024, "desktop": 1600}
    )
    """How wide a device shows a picture, in pixels, by the device's name in feedback and publications: what renditions
    are compared at."""
    own_accounts: dict[Literal["cloudinary", "exstream", "trading_grid"], tuple[Filled, ...]] = Field(default={})
    """By system: the accounts that corrections are, or were, written by, as the vendor names them. What they change
    without a correction is an exception. A system that is not named has the account that is connected; an empty list
    says that others share it, so that only our mark tells what is ours."""
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address of the outbox; SQLite under home when absent."
    )


class LineageSettings(Section):
    """Where OpenLineage events go: to a service, or into a file; without either none are sent."""

    url: Address | None = None
    """Whole address that takes an event by POST, as `https://lineage.example.com/api/v1/lineage`."""
    api_key: Secret = None
    """Bearer token of the service, from the environment, where it wants one."""
    api_key_file: Path | None = None
    """File that holds the token; read when events are sent."""
    file: Path | None = None
    """File that events are appended to, one JSON document a line."""
    namespace: Filled = "assettrail"
    """OpenLineage namespace of our jobs and datasets; a lineage service knows them by it, thus it never changes."""
    timeout_seconds: Positive = 10.0
    """Longest wait for the service to take one event."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.url and self.file:
            raise ValueError("url and file are both set: events go to one of them; keep one")
        if self.api_key and self.api_key_file:
            raise ValueError("both api_key and api_key_file are set; keep one")
        return self

    @property
    def secret(self) -> SecretStr | None:
        """The token, read now; None where none is set. Raises ConfigurationError when its file cannot be read."""
        if not (self.api_key or self.api_key_file):
            return None
        return secret_of("lineage", "api_key", self.api_key, self.api_key_file)


class ApprovalFields(Section):
    """Which Cloudinary metadata fields carry what: the customer's own mapping, external ids."""

    status: str = "approval_status"
    """Field of the approval status."""
    approved_value: str = "approved"
    """Its value that grants."""
    revoked_value: str = "revoked"
    """Its value that revokes."""
    approver: str = "approved_by"
    """Field of the approver."""
    etag: str = "approved_etag"
    """Field of the etag that was approved."""
    valid_from: str = "approval_valid_from"
    """Field of the first instant of validity."""
    valid_to: str = "approval_valid_to"
    """Field of the first instant after validity."""
    segments: str = "segments"
    """Field of the customer segments."""
    jurisdictions: str = "jurisdictions"
    """Field of the jurisdictions."""
    offers: str = "offers"
    """Field of the offers."""
    campaign: str = "campaign"
    """Field of the campaign."""
    product_line: str = "product_line"
    """Field of the product line."""
    gtin: str = "gtin"
    """Field of the GTIN."""


class Settings(BaseSettings):
    """Everything an installation may choose. A vendor's section that is absent means: not connected."""

    model_config = SettingsConfigDict(
        env_prefix="ASSETTRAIL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    home: Path = Path("var")
    """Folder of everything that assettrail keeps."""
    clock_url: Address | None = None
    """Clock of the sandbox; this machine's clock when absent."""
    keys: KeySettings = KeySettings()
    cloudinary: CloudinarySettings | None = None
    exstream: ExstreamSettings | None = None
    trading_grid: TradingGridSettings | None = None
    evidence: EvidenceSettings = EvidenceSettings()
    raw: RawSettings = RawSettings()
    verdicts: VerdictSettings = VerdictSettings()
    rules: RuleSettings = RuleSettings()
    controls: ControlSettings = ControlSettings()
    corrections: CorrectionSettings = CorrectionSettings()
    reports: ReportSettings = ReportSettings()
    lineage: LineageSettings = LineageSettings()
    approval_fields: ApprovalFields = ApprovalFields()

    @field_validator("home")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("keys")
    @classmethod
    def _keys_are_outside_home(cls, value: KeySettings, info: ValidationInfo) -> KeySettings:
        folder, home = value.folder.expanduser().resolve(), info.data.get("home")
        if home is not None and (folder == home or home in folder.parents):
            raise ValueError(
                f"keys.folder {folder} lies under home {home}; keys beside the data they protect protect nothing"
            )
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file: what is set for one run wins over what stands written."""
        toml = Path(os.environ.get("ASSETTRAIL_CONFIG", "assettrail.toml"))
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml))


def load_settings(*, connects: bool = False) -> Settings:
    """Return the settings of this process; with `connects` every vendor's secret must be there, too.

    Raises ConfigurationError with all mistakes in one text; values are not shown, as one may be a secret.
    """
    _refuse_missing_config_file()
    file = os.environ.get("ASSETTRAIL_CONFIG", "assettrail.toml")
    mistakes = [f"{name}: no such setting" for name in _unknown_variables()]
    checked = CONNECTS.set(connects)
    try:
        settings = Settings()
    except ValidationError as error:
        mistakes += [
            f"{'.'.join(map(str, mistake['loc'])) or 'settings'}: {_in_words(mistake['type'], mistake['msg'])}"
            for mistake in error.errors(include_input=False, include_url=False)
        ]
    except ValueError as error:
        raise ConfigurationError(
            tried=f"to read the settings file {file}",
            found=f"{type(error).__name__}: {error}",
            expected="a TOML file",
            remedy="correct the file; nothing was started",
        ) from None
    finally:
        CONNECTS.reset(checked)
    if mistakes:
        raise ConfigurationError(
            tried=f"to read the settings from the environment (ASSETTRAIL_…) and {file}",
            found=f"{len(mistakes)} mistake(s):\n  - " + "\n  - ".join(mistakes),
            expected="settings as described in docs/settings.md",
            remedy="correct each line above; nothing was started",
        )
    return settings


def _in_words(kind: str, said: str) -> str:
    """Return pydantic's words for a mistake as a person would say them."""
    return "no such setting" if kind == "extra_forbidden" else said.removeprefix("Value error, ")


def _unknown_variables() -> list[str]:
    """Return the variables of the environment that look like settings and are none: pydantic would ignore them."""
    prefix = "ASSETTRAIL_"
    return sorted(
        name
        for name in os.environ
        if name.startswith(prefix)
        and name not in NOT_SETTINGS
        and not name.startswith(f"{prefix}TEST_")
        and name.removeprefix(prefix).split("__")[0].lower() not in Settings.model_fields
    )


def _refuse_missing_config_file() -> None:
    named = os.environ.get("ASSETTRAIL_CONFIG")
    if named and not Path(named).is_file():
        raise ConfigurationError(
            tried=f"to read the settings file {named} that ASSETTRAIL_CONFIG names",
            found="no such file",
            expected="a TOML file",
            remedy="correct ASSETTRAIL_CONFIG or unset it",
        )
