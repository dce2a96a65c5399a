"""The demo's own installation: its folder, keys, and a settings file that points at the sandbox.

Here belongs what makes a clean start and keeps keys and sandbox state outside the demo's home.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assettrail.errors import ConfigurationError
from evidence.keys import create_keys

MARKER = ".assettrail-demo"
LOG_ORIGIN = "assettrail.example/demo"
ACKNOWLEDGEMENTS = """\
# Written by the demo: how partners' exports of acknowledgements are read.
system = "trading_grid"
stream = "acknowledgements"
files = "portal_acknowledgements*.csv"
format = "csv"
delimiter = ";"
# They are written by a clock that is put back and forward, and without an offset.
zone = "Africa/Casablanca"

[columns]
acknowledgement_id = "Ack No"
partner_id = "Partner"
publication_id = "Publication"
code = "Status"
at_raw = "Acknowledged"

[constants]
kind = "portal"
"""


@dataclass(frozen=True)
class Installation:
    """The folders of one demo: what assettrail keeps, what the vendors keep, and the keys of both."""

    folder: Path

    @property
    def home(self) -> Path:
        """Return assettrail's home."""
        return self.folder / "home"

    @property
    def sandbox(self) -> Path:
        """Return the stand-ins' state and the scenario's answer key; the pipeline never reads it."""
        return self.folder / "sandbox"

    @property
    def keys(self) -> Path:
        """Return the folder of keys and vendor secrets."""
        return self.folder / "keys"

    @property
    def drops(self) -> Path:
        """Return the folder into which partners' exports are dropped."""
        return self.sandbox / "partner-drops"

    @property
    def acknowledgements(self) -> Path:
        """Return the mapping file by which those exports are read."""
        return self.folder / "portal_acknowledgements.toml"

    @property
    def config(self) -> Path:
        """Return the settings file."""
        return self.folder / "assettrail.toml"


def clean_installation(folder: Path) -> Installation:
    """Empty the demo's folder and make it anew.

    Raises ConfigurationError for a folder that exists, is not empty and was not made by a demo.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise ConfigurationError(
            tried=f"to empty the demo's folder {folder}",
            found="a folder that no demo made",
            expected="a folder that does not exist, is empty, or is a former demo's",
            remedy="choose another one with --folder",
        )
    if folder.exists():
        shutil.rmtree(folder)
    installation = Installation(folder)
    for path in (installation.home, installation.sandbox, installation.keys):
        path.mkdir(parents=True)
    (folder / MARKER).write_text("This folder is emptied at the start of each demo.\n", encoding="utf-8")
    create_keys(installation.keys, LOG_ORIGIN)
    return installation


def write_settings(installation: Installation, endpoints: Mapping[str, Any]) -> None:
    """Write the settings file for the sandbox at these endpoints; secrets go to files of their own."""
    cloudinary, exstream, grid = (endpoints[name] for name in ("cloudinary", "exstream", "trading_grid"))
    secrets = {
        "cloudinary.secret": cloudinary["api_secret"],
        "exstream.secret": exstream["client_secret"],
        "trading_grid.secret": grid["client_secret"],
    }
    for name, secret in secrets.items():
        path = installation.keys / name
        path.touch(mode=0o600)
        path.write_text(secret + "\n", encoding="utf-8")
    installation.acknowledgements.write_text(ACKNOWLEDGEMENTS, encoding="utf-8")
    installation.config.write_text(
        _toml(
            {
                "": {"home": str(installation.home), "clock_url": endpoints["clock_url"]},
                "keys": {"folder": str(installation.keys)},
                "evidence": {"log_origin": LOG_ORIGIN},
                "cloudinary": {
                    "cloud_name": cloudinary["cloud_name"],
                    "api_key": cloudinary["api_key"],
                    "api_secret_file": str(installation.keys / "cloudinary.secret"),
                    "upload_prefix": cloudinary["base_url"],
                    "delivery_hosts": [urlsplit(cloudinary["base_url"]).netloc, "res.cloudinary.com"],
                    "fetch_hosts": ["127.0.0.1=127.0.0.1"],
                    # Enough to see what it gives; the demo is about the path, and the rest waits in the claim.
                    "contents_per_run": 25,
                    # A stage is ingested by one run; for it to wait would make its approvals known a month late.
                    "first_sync_polls": 100,
                },
                "exstream": {
                    "base_url": exstream["base_url"],
                    "token_url": exstream["token_url"],
                    "client_id": exstream["client_id"],
                    "client_secret_file": str(installation.keys / "exstream.secret"),
                    "scope": exstream["scope"],
                    "domains": [exstream["domain"]],
                    # As many as the sandbox's engine composes of a run; the rest waits in the claim.
                    "html_outputs_per_run": 20,
                    "link_public_id_tag": "cloudinary_public_id",
                    "link_version_tag": "cloudinary_version",
                },
                "trading_grid": {
                    "base_url": grid["base_url"],
                    "token_url": grid["token_url"],
                    "client_id": grid["client_id"],
                    "client_secret_file": str(installation.keys / "trading_grid.secret"),
                    "drops": [str(installation.acknowledgements)],
                },
                # The sandbox's engine runs with a clock that is ten minutes ahead on that day.
                "verdicts.clock_deviations": {
                    "exstream": [
                        {"valid_from": "2026-03-12T00:00:00Z", "valid_to": "2026-03-13T00:00:00Z", "seconds": 600}
                    ]
                },
                "trading_grid.outbound": {"folder": str(installation.folder / "outbound")},
                "trading_grid.outbound.catalogue_columns": {
                    "ACTION": "Replace",
                    "ITEM_NUMBER": "${gtin}",
                    "ITEM_NUMBER_TYPE": "UK",
                    "IMAGE.FILE_NAME": "${file_name}",
                    "IMAGE.FILE_TYPE": "JPG",
                    "IMAGE.TYPE": "SI",
                    "IMAGE.PURPOSE": "INT",
                    "IMAGE.LOCATION_TYPE": "ACL",
                    "IMAGE.FILE_SIZE": "${file_size}",
                    "IMAGE.WIDTH": "${width}",
                    "IMAGE.HEIGHT": "${height}",
                },
                "corrections.policies": {
                    "replacement_link": "automatic",
                    "republish_approved_version": "automatic",
                    "publish_variant": "automatic",
                    "replace_foreign_variant": "automatic",
                    "withdraw_foreign_variant": "automatic",
                    "publish_asked_format": "automatic",
                    "post_readiness": "automatic",
                    "send_artwork": "automatic",
                    "review_template_image": "automatic",
                    "improve_rendition": "automatic",
                },
            }
        ),
        encoding="utf-8",
    )


def _toml(sections: Mapping[str, Mapping[str, object]]) -> str:
    lines = ["# Written by the demo: assettrail on the sandbox. Secrets lie in the files named here."]
    for section, values in sections.items():
        lines += ["", f"[{section}]"] if section else []
        lines += [f"{_toml_name(name)} = {_toml_value(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml_name(name: str) -> str:
    """A name as TOML takes it: one with a point would be a table."""
    return name if name.isidentifier() else f'"{name}"'


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml_name(name)} = {_toml_value(item)}" for name, item in value.items()) + "}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
