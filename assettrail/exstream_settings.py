"""The settings of an Exstream installation.

Here belongs what an installation may choose about Exstream. The whole tree, and reading it, is `settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from assettrail.linear_patterns import LinearPattern
from assettrail.run_layout_settings import RunLayout
from assettrail.setting_kinds import Address, Count, Positive, Secret, Section, Zone, secret_of, with_mistake

LinkWay = Literal["metadata_tag", "original_source", "name_rule", "html_output", "cross_reference", "content_hash"]


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
        description="IANA zone of the engine's clock, for times without an offset: those of messages, and of an "
        "installation that writes such. They become UTC, and the text stays beside it. Without it they are refused.",
    )
    overlap_days: Count = 1
    """Days that are read again, since filters know only days."""
    timeout_seconds: Positive = 60.0
    """Longest wait for one answer, whole body included; ten times as long for a file of a run."""
    drop_folder: Path | None = None
    """Folder that the drop-folder sensor watches for engine output."""
    rest_seconds: Positive = Field(
        default=5.0,
        description="Seconds in which nothing may have been written to the files of a run in a folder before they are "
        "read; a look waits until the youngest is so old. Where the engine pauses longer while it writes, set more.",
    )
    run_layout: RunLayout = RunLayout()
    asset_use_report_artifact: str = "AssetUseReport.jsonl"
    """Name of the customer report that tells asset uses, in our own form; empty: there is none."""
    report_mappings: tuple[Path, ...] = ()
    """Mapping files (TOML), one for each report that the customer designed."""
    html_outputs_per_run: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="HTML outputs of a run that are read for the addresses in them, at the most; over REST each is one "
        "request, and an archive of all that its customer was sent. What is beyond is a gap. 0 reads none: the claim "
        "says so.",
    )
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
        "perhaps `version`; without look-around and references back.",
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
        if not {"public_id", "asset_id"} & set(LinearPattern.from_text(value).groups):
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
