"""The dbt project as it was parsed last, by the settings that it was parsed with, for every folder that dbt works in.

Parsing all files takes dbt a quarter of a minute. Here belongs only carrying its own state from a build to the next
folder. What has changed since is dbt's to find: it compares every file, and parses all where release or settings are
others.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evidence.refusing_disk import disk_told

_STATE = "partial_parse.msgpack"
_KEPT = 4


def lay_parsed(parsed: Path, settings: Mapping[str, Any], target: Path) -> None:
    """Give dbt's folder of a run what was parsed with the same settings, unless it has parsed for itself.

    `parsed` is the folder that keeps it. Raises ConfigurationError, with the free bytes, when the disk refuses.
    """
    kept = _file(parsed, settings)
    if kept.exists() and not (target / _STATE).exists():
        with disk_told("to give dbt what it parsed before", target):
            target.mkdir(parents=True, exist_ok=True)
            _copy(kept, target / _STATE)


def keep_parsed(parsed: Path, settings: Mapping[str, Any], target: Path) -> None:
    """Keep what dbt parsed in a run that went through, for other folders; the last few settings are kept.

    A disk that refuses it costs the time of parsing, and fails nothing.
    """
    with suppress(OSError):
        parsed.mkdir(parents=True, exist_ok=True)
        _copy(target / _STATE, _file(parsed, settings))
        newest_first = sorted(parsed.glob("*.msgpack"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in newest_first[_KEPT:]:
            file.unlink(missing_ok=True)


def _file(parsed: Path, settings: Mapping[str, Any]) -> Path:
    told = json.dumps(settings, sort_keys=True).encode()
    return parsed / f"{hashlib.sha256(told).hexdigest()[:16]}.msgpack"


def _copy(source: Path, file: Path) -> None:
    """Copy aside and rename: half a state is never read."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, aside)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
