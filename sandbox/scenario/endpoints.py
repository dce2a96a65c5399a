"""Where the stand-ins listen and who the player is there, as `endpoints.json` says; nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.scenario.errors import PlayError

FILE_NAME = "endpoints.json"


@dataclass(frozen=True, slots=True)
class MediaEndpoint:
    """The media service and the account on it."""

    base_url: str
    cloud_name: str
    api_key: str
    api_secret: str


@dataclass(frozen=True, slots=True)
class OAuthEndpoint:
    """A service behind OAuth2 client credentials; the token URL is used as it stands."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """All that a player needs to reach the three services and their clock."""

    cloudinary: MediaEndpoint
    exstream: OAuthEndpoint
    exstream_domain: str
    trading_grid: OAuthEndpoint
    clock_url: str


def read_endpoints(folder: Path) -> Endpoints:
    """The endpoints of a sandbox folder.

    Raises PlayError when the file is missing or does not say what is needed.
    """
    path = folder / FILE_NAME
    try:
        found = json.loads(path.read_text())
        media, engine, grid = found["cloudinary"], found["exstream"], found["trading_grid"]
        return Endpoints(
            cloudinary=MediaEndpoint(media["base_url"], media["cloud_name"], media["api_key"], media["api_secret"]),
            exstream=_oauth(engine),
            exstream_domain=engine["domain"],
            trading_grid=_oauth(grid),
            clock_url=found["clock_url"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlayError(
            f"Tried to read {path}; found {error!r}; expected the addresses of a running sandbox. "
            f"Start it with: python -m sandbox serve --folder {folder}"
        ) from error


def _oauth(found: dict[str, str]) -> OAuthEndpoint:
    return OAuthEndpoint(
        base_url=found["base_url"],
        token_url=found["token_url"],
        client_id=found["client_id"],
        client_secret=found["client_secret"],
        scope=found.get("scope"),
    )
