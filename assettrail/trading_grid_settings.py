"""The settings of Trading Grid / Active Community: service, dropped files, mailbox, and where artwork goes.

Here belongs what an installation may choose about Trading Grid. The whole tree, and reading it, is `settings`.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl

from pydantic import Field, SecretStr, field_validator, model_validator

from assettrail.errors import ConfigurationError
from assettrail.setting_kinds import (
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
    """Path below the base address; parameters behind a `?` are sent with every page (`/publications?status=live`)."""
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
    lists_all: bool = False
    """Whether the listing without `updated_since` shows everything that exists: what it lacks later is gone."""
    full_listing_hours: Annotated[float, Field(ge=0)] = 24.0
    """Hours after which everything is listed again where `lists_all` holds; 0: at every run."""
    zone: Zone | None = None
    """IANA zone of times without an offset; the zone of the record's partner wins. Neither: they are refused."""
    fields: dict[str, str]
    """Our column to their dotted path."""
    numbers: tuple[str, ...] = ()
    """Our columns of text that are whole numbers there: ids, epoch milliseconds. In others a number is refused."""

    @field_validator("path")
    @classmethod
    def _names_each_parameter_once(cls, path: str) -> str:
        names = [name for name, _ in parse_qsl(path.partition("?")[2], keep_blank_values=True)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the parameter {twice!r} stands twice in it, and only one can be sent")
        return path


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
    """Whether a file is removed from the mailbox when all of it has landed and counts; only `--mailbox` does it."""
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
    token_auth: Literal["body", "basic"] = "body"  # noqa: S105 - a way of showing one
    """How the token request shows id and secret: as fields of its `body`, or in a `basic` header (RFC 6749 §2.3.1)."""
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
