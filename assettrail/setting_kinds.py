"""What sections of the settings are made of: checked texts, secrets, and the section itself.

Here belong the kinds of values that several sections share, and how a secret is read from a setting or a file. The
sections are `settings`. Nothing is read at import.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from assettrail.errors import ConfigurationError

CONNECTS = ContextVar("CONNECTS", default=False)
"""Whether the settings that are being read are those of a process that connects to vendors: then secrets count."""


def _is_http_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError("not an address that begins with http:// or https:// and names a host")
    if parts.username or parts.password:
        raise ValueError("an address holds no name or password: addresses stand in messages and in the landing")
    return value


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError("not a time zone of the IANA database, such as Europe/Berlin or UTC") from error
    return value


class SecretMistake(str):
    """Why a secret cannot be read, in the secret's place, so that the section's other mistakes are told with it."""

    __slots__ = ()


def _is_no_mistake(value: object) -> object:
    if isinstance(value, SecretMistake):
        raise ValueError(str(value))
    return value


Address = Annotated[str, AfterValidator(_is_http_address)]
Zone = Annotated[str, AfterValidator(_is_zone)]
Secret = Annotated[SecretStr | None, BeforeValidator(_is_no_mistake)]
Filled = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A section of the tree: unknown names are mistakes, values do not change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def with_mistake(values: Any, name: str) -> Any:
    """Put what is wrong with the secret `name` in its place: two of it always, none of it where something connects."""
    if not isinstance(values, dict):
        return values
    value, file = values.get(name), values.get(f"{name}_file")
    if not (CONNECTS.get() or (value and file)):
        return values
    found = secret_or_mistake(name, value, file)
    return {**values, name: found} if isinstance(found, SecretMistake) else values


def secret_or_mistake(name: str, value: Any, file: Any) -> Any:
    """Return the secret `name`, as given or out of its file, or why there is none."""
    if value and file:
        return SecretMistake(f"both {name} and {name}_file are set; keep one")
    if not file:
        return value or SecretMistake(f"neither {name} nor {name}_file is set")
    try:
        secret = Path(str(file)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return SecretMistake(f"{name}_file {file} cannot be read: {reason}")
    return SecretStr(secret) if secret else SecretMistake(f"{name}_file {file} is empty")


def secret_of(section: str, name: str, value: SecretStr | None, file: Path | None) -> SecretStr:
    """Return the vendor's secret. Raises ConfigurationError, which never shows it."""
    found = secret_or_mistake(name, value, file)
    if isinstance(found, SecretStr):
        return found
    raise ConfigurationError(
        tried=f"to read the secret of {section}",
        found=f"{section}.{name}: {found}",
        expected=f"{section}.{name}, or the file that {section}.{name}_file names",
        remedy="set one of the two, or correct the file and its rights; the vendor was not asked",
    )
