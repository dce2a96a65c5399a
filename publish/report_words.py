"""What each published report is for: the question that it answers, whose it is, and the page that shows it.

Here belongs its form in a snapshot's manifest. It is dbt's exposures that tell it, and its model the order of its rows
(`orchestration.manifest`); it is no content, and stands outside of the content hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class ReportWords:
    """What a report (`rpt_…`) is for. `path` is the address of its page, without scheme and host.

    `order` is the order in which its rows are read: columns, each with `desc` where the greatest or latest is first.
    """

    label: str
    question: str
    owner: str
    owner_email: str
    path: str
    order: str


def reports_in_manifest(reports: Mapping[str, ReportWords]) -> dict[str, dict[str, str]]:
    """Return the part of a manifest that tells what reports are for, by their names."""
    return {name: asdict(words) for name, words in sorted(reports.items())}


def reports_of_manifest(manifest: Mapping[str, Any]) -> dict[str, ReportWords]:
    """Return what the reports of a snapshot are for, by their names; empty where it is older than these words."""
    names = [field.name for field in fields(ReportWords)]
    return {
        report: ReportWords(**{name: str(told.get(name, "")) for name in names})
        for report, told in (manifest.get("reports") or {}).items()
    }
