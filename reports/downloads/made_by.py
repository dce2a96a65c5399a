"""What a snapshot was made by, for its page: the rules, models, macros and settings, each part with a hash of its own.

Here belongs arranging what the manifest tells. What of it differs between two snapshots is `publish.origin`, which
`assettrail diff` and `/known` ask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from publish.origin import MadeBy, hash_of

_KINDS: Final = {
    "seed": ("rules", "Rules and words, your own where you have them"),
    "model": ("models", "Models"),
    "macro": ("macros", "Macros"),
    "project": ("project", "Project file"),
}
"""What stands before the dot in the name of a text: the part that it belongs to, and what people call that part."""

_SETTINGS: Final = ("settings", "Settings that the models read")


@dataclass(frozen=True)
class MadeText:
    """One row per text: its name, and the first digits of the SHA-256 of it, as the manifest has them."""

    name: str
    hash: str


@dataclass(frozen=True)
class MadeSetting:
    """One row per setting: its value as JSON, and its SHA-256."""

    name: str
    value: str
    hash: str


@dataclass(frozen=True)
class MadePart:
    """One row per part of what made a snapshot; `hash` is the SHA-256 over all that belongs to it."""

    kind: str
    label: str
    count: int
    hash: str
    texts: tuple[MadeText | MadeSetting, ...]


@dataclass(frozen=True)
class Made:
    """What made a snapshot. `fingerprint` is over all of it: a snapshot as known then has its beginning in its name."""

    assettrail: str
    dbt: str
    duckdb: str
    fingerprint: str
    parts: tuple[MadePart, ...]

    def part(self, kind: str) -> MadePart | None:
        """Return the part of that kind."""
        return next((each for each in self.parts if each.kind == kind), None)


def made_of(manifest: Mapping[str, Any]) -> Made | None:
    """Return what a snapshot was made by, None where its manifest is older and does not tell."""
    stated = MadeBy.from_manifest(manifest.get("made_by"))
    if stated is None:
        return None
    texts = tuple(_texts(kind, stated.rules) for kind in _KINDS)
    parts = (*texts, _settings(stated.settings))
    fingerprint = stated.fingerprint()
    return Made(stated.assettrail, stated.dbt, stated.duckdb, fingerprint, tuple(each for each in parts if each.count))


def _texts(prefix: str, rules: Mapping[str, str]) -> MadePart:
    mine = {name: text for name, text in sorted(rules.items()) if name.partition(".")[0] == prefix}
    kind, label = _KINDS[prefix]
    return MadePart(kind, label, len(mine), hash_of(mine), tuple(MadeText(*each) for each in mine.items()))


def _settings(settings: Mapping[str, Any]) -> MadePart:
    told = tuple(
        MadeSetting(name, json.dumps(value, sort_keys=True, ensure_ascii=False), hash_of({name: value}))
        for name, value in sorted(settings.items())
    )
    return MadePart(*_SETTINGS, len(told), hash_of(settings), told)
