"""The one typed tree of settings, from the environment and one `assettrail.toml`.

Here belongs what an installation may choose, with its unit in its name. Secrets come from the environment or from
files that are named here; they are never written to the TOML file and never printed. A vendor's secret is read when
a client opens, and checked at start only by what connects: whoever only reads needs none. Nothing is read at import.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, Self

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

from assettrail.errors import ConfigurationError
from assettrail.report_settings import ReportSettings
from assettrail.setting_kinds import (
    CONNECTS,
    Address,
    Count,
    Filled,
    Positive,
    Secret,
    SecretMistake,
    Section,
    Zone,
    secret_of,
    with_mistake,
)

NOT_SETTINGS = ("ASSETTRAIL_CONFIG", "ASSETTRAIL_DUCKDB_MEMORY", "ASSETTRAIL_TOKEN", "ASSETTRAIL_TOKEN_FILE")
"""Variables read elsewhere: where the file is, dbt's memory, and who acts. The tests have `ASSETTRAIL_TEST_…`."""

LinkWay = Literal["metadata_tag", "original_source", "name_rule", "html_output", "cross_reference", "content_hash"]
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


class CloudinarySettings(Section):
    """A Cloudinary product environment."""

    cloud_name: Filled
    """The product environment, lower-case."""
    api_key: Filled
    """Key of an API user that may read; corrections that push files or improve renditions need one that may write."""
    api_secret: Secret = None
    """Its secret, from the environment; this or its file is needed by what connects, and by nothing else."""
    api_secret_file: Path | None = None
    """File that holds the secret; read when a client opens."""
    upload_prefix: Address | None = Field(
        default=None, description="Address of the API when it is not Cloudinary's own."
    )
    poll_channel: str = "assettrail"
    """Channel of the poll triggers whose notifications are read."""
    resource_types: tuple[str, ...] = ("image", "video", "raw")
    """Resource types of the inventory."""
    delivery_types: tuple[str, ...] = ("upload", "private", "authenticated")
    """Delivery types of the inventory."""
    delivery_hosts: tuple[str, ...] = ("res.cloudinary.com",)
    """Hosts whose addresses count as delivery URLs of this account."""
    hourly_allowance_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of the hourly Admin API allowance that ingest may use."""
    full_listing_days: Annotated[float, Field(ge=0)] = 7.0
    """Days after which everything is listed again, which finds deletions that nobody told; 0: at every run."""
    overlap_minutes: Count = 15
    """Minutes that the search for changes reads again, since the search index lags."""
    configuration_hours: Annotated[float, Field(ge=0)] = 24.0
    """Hours after which transformations, upload presets, usage and account settings are read again."""
    detail_analyses: tuple[Literal["quality_analysis", "accessibility_analysis"], ...] = ()
    """Analyses that the detail of an asset is asked for; each must be part of the account's plan."""
    timeout_seconds: Positive = 30.0
    """Longest wait for one answer."""
    visibility_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    """How long polled notifications stay invisible until they are acknowledged."""
    first_sync_polls: Count = 2
    """Polls of up to 100 notifications in a first sync; what waits behind them is read by the next run."""
    previous_api_secret: Secret = None
    """The secret before a rotation: notifications signed with it count too, until it is taken out of the settings."""
    previous_api_secret_file: Path | None = None
    """File that holds it."""
    notification_algorithms: Annotated[tuple[Literal["sha1", "sha256"], ...], Field(min_length=1)] = ("sha1", "sha256")
    """Hashes that a pushed notification may be signed with; `["sha256"]` where the account signs with SHA-256."""
    webhook_bytes_cap: Count = 1_048_576
    """Largest body of a pushed notification, in bytes."""
    delivery_address: Address | None = Field(
        default=None,
        description="Address before the resource type in delivery URLs (private CDN, own host), cloud name included "
        "where they have it; https://res.cloudinary.com/<cloud_name> if absent, or that of a stand-in's upload_prefix.",
    )
    fetch_hosts: tuple[Filled, ...] = (
        "res.cloudinary.com",
        "api.cloudinary.com",
        "api-eu.cloudinary.com",
        "api-ap.cloudinary.com",
    )
    """Hosts that files are fetched from; `host=address` allows a host a private or loopback address, and only that."""
    contents_per_run: Annotated[int, Field(ge=0)] = 200
    """Files fetched in one run at the most, to see their bytes; the rest waits for the next run. 0 fetches none."""
    content_bytes_cap: Count = 104_857_600
    """Largest file that is fetched, in bytes."""
    content_pixels_cap: Count = 80_000_000
    """Largest image that is decoded, in pixels."""
    content_timeout_seconds: Positive = 120.0
    """Longest wait for one file, whole body included."""
    keeps_originals: bool = False
    """Whether fetched files are kept, sealed in the raw store; otherwise their hashes and a preview."""

    @model_validator(mode="before")
    @classmethod
    def _check_secret(cls, values: Any) -> Any:
        return with_mistake(values, "api_secret")

    @property
    def secret(self) -> SecretStr:
        """The secret, read now. Raises ConfigurationError when there is none, or two."""
        return secret_of("cloudinary", "api_secret", self.api_secret, self.api_secret_file)

    @property
    def notification_secrets(self) -> tuple[SecretStr, ...]:
        """The secrets that notifications may be signed with, newest first. Raises ConfigurationError as `secret`."""
        if not (self.previous_api_secret or self.previous_api_secret_file):
            return (self.secret,)
        previous = secret_of(
            "cloudinary", "previous_api_secret", self.previous_api_secret, self.previous_api_secret_file
        )
        return (self.secret, previous)

    @field_validator("cloud_name")
    @classmethod
    def _is_lower_case(cls, value: str) -> str:
        if value != value.lower():
            raise ValueError("a cloud name is lower-case; the SDK lower-cases it in addresses")
        return value


class ExstreamSettings(Section):
    """An Exstream installation: Orchestration and Design REST behind OTDS."""

    base_url: Address
    """Address below which `/orchestration` and `/design` lie."""
    token_url: Address = Field(description="Taken as it is: at least five forms of this address are in use.")
    client_id: str
    """OAuth2 client."""
    client_secret: Secret = None
    """Its secret, from the environment; this or its file is needed by what connects, and by nothing else."""
    client_secret_file: Path | None = None
    """File that holds the secret; read when a client opens."""
    scope: str = "otds:groups"
    """OAuth2 scope."""
    domains: Annotated[tuple[str, ...], Field(min_length=1)]
    """Domains to read."""
    page_size: Count = 100
    """Entities a page."""
    engine_zone: Zone | None = Field(
        default=None,
        description="IANA zone of the engine's clock, kept for whoever reads its messages: their times have no offset "
        "and land as text.",
    )
    overlap_days: Count = 1
    """Days that are read again, since filters know only days."""
    timeout_seconds: Positive = 60.0
    """Longest wait for one answer, whole body included."""
    drop_folder: Path | None = None
    """Folder that the drop-folder sensor watches for engine output."""
    asset_use_report_artifact: str = "AssetUseReport.jsonl"
    """Name of the customer report that tells asset uses, in our own form; empty: there is none."""
    report_mappings: tuple[Path, ...] = ()
    """Mapping files (TOML), one for each report that the customer designed."""
    read_design: bool = True
    """Whether Design (DAS) is read: resources with their history and links. Off: its claims say so."""
    link_ways: tuple[LinkWay, ...] = (
        "metadata_tag",
        "original_source",
        "name_rule",
        "html_output",
        "cross_reference",
        "content_hash",
    )
    """Ways to find the Cloudinary asset of a design image, the first that finds one counts; leave out what is wrong."""
    link_public_id_tag: str | None = None
    """Metadata tag of design resources that carries the public id; without it that way finds nothing."""
    link_version_tag: str | None = None
    """Metadata tag of design resources that carries the asset's version."""
    link_name_rule: str | None = Field(
        default=None,
        description="Regular expression over an image's name or description with a group `public_id` or `asset_id`, "
        "perhaps `version`.",
    )
    link_cross_reference: Path | None = Field(
        default=None,
        description="CSV with a header: `resource_id` or `resource_name`, `public_id` or `asset_id`, perhaps "
        "`version`, `etag`.",
    )
    recipient_keys: dict[str, str] = Field(
        default={"AccountNumber": "account"},
        description="Key names of the delivery file that identify a recipient, and the kind of identifier.",
    )
    kept_delivery_keys: tuple[str, ...] = (
        "CommunicationId",
        "RenderingId",
        "QueuesToCustomer",
        "StartPageCustomer",
        "TotalPagesInDocument",
    )
    """Key names of the delivery file that land; all others stay sealed in the raw store, as they may hold names."""
    kept_profile_fields: tuple[str, ...] = (
        "account_status",
        "tenure_years",
        "tier",
        "segment",
        "jurisdiction",
        "language",
        "document_type",
        "product_line",
        "campaign",
        "channel",
        "preference",
    )
    """Fields of profiles and of the inputs of decisions that land; all others stay sealed in the raw store."""

    @field_validator("link_name_rule")
    @classmethod
    def _is_rule(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = re.compile(value).groupindex
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        if not {"public_id", "asset_id"} & set(groups):
            raise ValueError("a rule without a group (?P<public_id>…) or (?P<asset_id>…)")
        return value

    @model_validator(mode="before")
    @classmethod
    def _check_secret(cls, values: Any) -> Any:
        return with_mistake(values, "client_secret")

    @property
    def secret(self) -> SecretStr:
        """The secret, read now. Raises ConfigurationError when there is none, or two."""
        return secret_of("exstream", "client_secret", self.client_secret, self.client_secret_file)


class TradingGridPaging(Section):
    """How a listing is cut into pages, and how its end is known; the names are the service's own."""

    style: Literal["offset", "page", "cursor", "link"] = "offset"
    """`offset` counts records, `page` pages, `cursor` hands a text on, `link` is the header Link with rel="next"."""
    limit: str = "limit"
    """Parameter of the page size."""
    offset: str = "offset"
    """Parameter of the style `offset`."""
    page: str = "page"
    """Parameter of the style `page`."""
    first_page: Annotated[int, Field(ge=0)] = 1
    """Number of the first page."""
    cursor: str = "cursor"
    """Parameter of the style `cursor`."""
    next_cursor: str = "nextCursor"
    """Dotted path of the next cursor in the answer; null or an empty text there is the end."""
    absent_ends: bool = False
    """Whether a last page is known by the next cursor or Link being left out: then nothing tells it from a lost one."""


class TradingGridObject(Section):
    """How one kind of record is read: path, pages, envelope and field map (our column to their dotted path)."""

    path: str
    """Path below the base address."""
    records: str = "records"
    """Dotted path of the list in the answer; empty when the answer itself is the list."""
    total: str | None = "total"
    """Dotted path of the total number in the answer, or `header:<name>`; none: the service states no total."""
    more: str | None = None
    """Dotted path of a truth value that says whether further pages follow."""
    paging: TradingGridPaging = TradingGridPaging()
    """How the listing is cut into pages."""
    updated_since: str | None = "updatedSince"
    """Parameter that asks for records changed since an instant."""
    zone: Zone | None = None
    """IANA zone of times without an offset; the zone of the record's partner wins. Neither: they are refused."""
    fields: dict[str, str]
    """Our column to their dotted path."""


class TradingGridMailbox(Section):
    """A mailbox over SFTP whose files are read like those of a drop folder."""

    host: Filled
    """Host of the SFTP service."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """Its port."""
    user: Filled
    """The mailbox id, as a rule."""
    host_key: Filled
    """The service's public key as OpenSSH writes it (`ssh-ed25519 AAAA…`); a service with another key is refused."""
    password: Secret = None
    """Password, from the environment; this, its file or a private key is needed by what connects."""
    password_file: Path | None = None
    """File that holds the password; read when the mailbox is opened."""
    private_key_file: Path | None = None
    """File that holds the private key, without a passphrase."""
    folders: Annotated[tuple[Filled, ...], Field(min_length=1)] = (".",)
    """Folders of the mailbox to read, not those below them."""
    delete_after_landing: bool = False
    """Whether a file is removed from the mailbox when all of it has landed; only `--mailbox` does it."""
    timeout_seconds: Positive = 60.0
    """Longest wait for one answer; a file may take ten times as long."""

    @model_validator(mode="before")
    @classmethod
    def _check_secret(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("private_key_file"):
            if values.get("password") or values.get("password_file"):
                return {**values, "password": SecretMistake("a password and private_key_file are set; keep one")}
            return values
        return with_mistake(values, "password")

    @property
    def secret(self) -> SecretStr | None:
        """The password, read now; None where a private key signs in. Raises ConfigurationError when there is none."""
        if self.private_key_file is not None:
            return None
        return secret_of("trading_grid.mailbox", "password", self.password, self.password_file)


class TradingGridOutbound(Section):
    """Where artwork goes out, and what the catalogue's upload file looks like."""

    folder: Path | None = None
    """Local folder that the mailbox's transport takes files from; a folder a partner below it. Or `mailbox_folder`."""
    mailbox_folder: Filled | None = None
    """Folder of the SFTP mailbox (`trading_grid.mailbox`) for the same."""
    catalogue_columns: Annotated[dict[str, str], Field(min_length=1)]
    """Columns of the upload file in their order and what stands in them; `${gtin}`, `${file_name}`, `${file_size}`,
    `${width}` and `${height}` are the image's. The catalogue's own names are not public: your provider tells them."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.folder is None) == (self.mailbox_folder is None):
            raise ValueError("set one of folder and mailbox_folder")
        known = {"gtin", "file_name", "file_size", "width", "height"}
        for column, value in self.catalogue_columns.items():
            template = Template(value)
            if not template.is_valid() or not set(template.get_identifiers()) <= known:
                raise ValueError(
                    f"catalogue_columns {column!r}: {value!r}; known are ${{{'}, ${'.join(sorted(known))}}}"
                )
        return self


class TradingGridSettings(Section):
    """Trading Grid / Active Community: a REST service by the configurable contract, dropped files, a mailbox."""

    base_url: Address | None = None
    """Address of the service; it, token_url and client_id belong together. Without them only files are read."""
    token_url: Address | None = None
    """Address of the OAuth2 token."""
    client_id: Filled | None = None
    """OAuth2 client."""
    client_secret: Secret = None
    """Its secret, from the environment; this or its file is needed by what connects, and by nothing else."""
    client_secret_file: Path | None = None
    """File that holds the secret; read when a client opens."""
    scope: str | None = None
    """OAuth2 scope, where the service wants one."""
    page_size: Count = 200
    """Records a page."""
    overlap_minutes: Count = 15
    """Minutes that are read again, for records written below the watermark."""
    timeout_seconds: Positive = 30.0
    """Longest wait for one answer, whole body included."""
    objects: dict[str, TradingGridObject] = Field(
        default_factory=dict, description="Empty: the shipped example contract."
    )
    drops: tuple[Path, ...] = ()
    """Mapping files (TOML), one for each export that partners or the portal drop as JSON lines or CSV."""
    partner_zones: dict[str, Zone] = Field(
        default_factory=dict,
        description="IANA zone of a partner's clock, by `<EDI qualifier>:<EDI id>` or partner id, for times that are "
        "written without one.",
    )
    mailbox: TradingGridMailbox | None = None
    """The SFTP mailbox; absent: none is read."""
    outbound: TradingGridOutbound | None = None
    """Where artwork goes out; absent: none is sent."""

    @model_validator(mode="before")
    @classmethod
    def _check_secret(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("base_url"):
            return values
        return with_mistake(values, "client_secret")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [value is not None for value in (self.base_url, self.token_url, self.client_id)]
        if any(given) and not all(given):
            raise ValueError("base_url, token_url and client_id belong together: set all three or none")
        if self.outbound is not None and self.outbound.mailbox_folder is not None and self.mailbox is None:
            raise ValueError("outbound.mailbox_folder is a folder of trading_grid.mailbox, which is absent")
        return self

    @property
    def secret(self) -> SecretStr:
        """The secret, read now. Raises ConfigurationError when there is none, or two."""
        return secret_of("trading_grid", "client_secret", self.client_secret, self.client_secret_file)

    @property
    def service(self) -> tuple[str, str, str]:
        """Address, token address and client of the REST service. Raises ConfigurationError when there is none."""
        if self.base_url is None or self.token_url is None or self.client_id is None:
            raise ConfigurationError(
                tried="to reach Trading Grid over REST",
                found="no trading_grid.base_url",
                expected="trading_grid.base_url, token_url and client_id",
                remedy="set them, or read dropped files with --folder or --mailbox",
            )
        return self.base_url, self.token_url, self.client_id


class EvidenceSettings(Section):
    """The transparency log."""

    log_origin: str = "assettrail.example/audit"
    """Name of the log in its checkpoints; it never changes."""


class VerdictSettings(Section):
    """Parameters of the verdict that are not a dated business rule."""

    late_after_hours: Count = 24
    """Hours after the use from which a record counts as recorded late."""
    clock_uncertainty_seconds: Annotated[int, Field(ge=0)] = 2
    """How far the clocks of two vendors may be apart."""


class ControlSettings(Section):
    """Which controls this installation has no use for."""

    not_in_use: tuple[Annotated[str, Field(pattern=r"^ctl_[a-z0-9_]+$")], ...] = ()
    """Controls whose streams no system of this installation has; nothing waits for them, and every page names them."""


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
    verdicts: VerdictSettings = VerdictSettings()
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
