"""What made a build: the release, the models and the settings that meaning hangs on.

Here belongs naming them in a snapshot's manifest and telling two apart. The same records read by the same models under
the same settings give the same content; where two contents differ, what stands here is the first thing to compare.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

TOLD_RULES = 10


@dataclass(frozen=True)
class MadeBy:
    """The versions of one build.

    `rules` are dbt's models, seeds and macros by name, each with the first digits of the SHA-256 of its text;
    `settings` are the variables that the models were given.
    """

    assettrail: str
    dbt: str
    duckdb: str
    rules: Mapping[str, str]
    settings: Mapping[str, Any]

    @classmethod
    def from_manifest(cls, stated: object) -> Self | None:
        """Read what `to_manifest` wrote; None where a snapshot of an older release tells nothing."""
        try:
            return cls(**stated) if isinstance(stated, Mapping) else None
        except TypeError:
            return None

    def to_manifest(self) -> dict[str, Any]:
        """Return the versions as plain values."""
        return asdict(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 (lower-case hex) of all that stands here."""
        return hash_of(self.to_manifest())

    def differences(self, other: MadeBy) -> list[str]:
        """Return in words what of `other` is not the same here, this one's before that one's."""
        told = [
            f"{name} {mine} and {theirs}"
            for name, mine, theirs in (
                ("assettrail", self.assettrail, other.assettrail),
                ("dbt", self.dbt, other.dbt),
                ("DuckDB", self.duckdb, other.duckdb),
            )
            if mine != theirs
        ]
        if changed := _unequal(self.rules, other.rules):
            more = f" and {len(changed) - TOLD_RULES} more" if len(changed) > TOLD_RULES else ""
            told.append(f"other texts of {', '.join(changed[:TOLD_RULES])}{more}")
        told += [
            f"the setting {name} {self.settings.get(name)!r} and {other.settings.get(name)!r}"
            for name in _unequal(self.settings, other.settings)
        ]
        return told


def hash_of(told: Mapping[str, Any]) -> str:
    """Return the SHA-256 (lower-case hex) of what is told under names, whatever their order."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def made_differently(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return in words what made two snapshots differently, by their manifests; None where one of them does not tell."""
    one, other = (MadeBy.from_manifest(each.get("made_by")) for each in (mine, theirs))
    return tuple(one.differences(other)) if one and other else None


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
