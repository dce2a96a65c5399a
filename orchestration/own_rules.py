"""The operator's own rules: read before a build, and laid where dbt loads them in place of the shipped seeds.

Here belongs which rules may be replaced, as dbt's project describes them, and handing them to dbt. What a file of rules
must be is told by `quality.rule_files`.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assettrail.settings import Settings
from evidence.durable import write_all_durably
from evidence.refusing_disk import disk_told
from orchestration.manifest import manifest
from quality.rule_files import SUFFIX, RuleFile, RuleTable, read_rule_files

LAID = Path("projection") / "rules"
"""Where dbt looks for them, under the home (macro `duckdb__load_csv_rows`); only while it builds something is there."""

_ASKED_FOR = {"channel_code": ("community", "print")}
"""Words that stand in the text of models: publications are judged as of the channel `community`, dots per inch of
`print`. All other channels are what Exstream reports."""


def rule_tables() -> dict[str, RuleTable]:
    """Return what may be replaced: the seeds whose rules have periods; the others say what the models mean."""
    nodes = manifest()["nodes"]
    tests: dict[str, list[Mapping[str, Any]]] = {}
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            tests.setdefault(node["attached_node"], []).append(node)
    return {
        node["name"]: _rule_table(node, period["test_metadata"]["kwargs"], tests[name])
        for name, node in nodes.items()
        if node["resource_type"] == "seed"
        for period in tests.get(name, [])
        if period["test_metadata"]["name"] == "intervals_apart"
    }


def _rule_table(seed: Mapping[str, Any], period: Mapping[str, Any], tests: list[Mapping[str, Any]]) -> RuleTable:
    types = seed["config"]["column_types"]
    return RuleTable(
        name=seed["name"],
        types={name: types[name] for name in seed["columns"]},
        of=tuple(period["of"]),
        starts=period["starts"],
        ends=period["ends"],
        may_be_empty=frozenset(
            name for name, column in seed["columns"].items() if column["config"]["meta"].get("may_be_empty")
        ),
        closed={
            test["column_name"]: tuple(test["test_metadata"]["kwargs"]["values"])
            for test in tests
            if test["test_metadata"]["name"] == "accepted_values"
        },
        always_for=tuple(seed["config"]["meta"].get("always_for", ())),
        asked_for=_ASKED_FOR,
    )


def own_rules(settings: Settings) -> dict[str, RuleFile]:
    """Return the operator's rules by name; none without the setting `rules.folder`.

    Raises ConfigurationError with every mistake where one of them cannot be read.
    """
    folder = settings.rules.folder
    return read_rule_files(folder.expanduser(), rule_tables()) if folder else {}


def hashes_of(own: Mapping[str, RuleFile]) -> dict[str, str]:
    """Return the SHA-256 of each file, by the name of its rule."""
    return {name: rules.sha256 for name, rules in own.items()}


@contextmanager
def rules_laid(home: Path, own: Mapping[str, RuleFile]) -> Iterator[None]:
    """Give dbt these rules, and no others, while the block runs; what a killed build left is gone.

    Raises ConfigurationError when the disk refuses.
    """
    folder = home / LAID
    _remove(folder)
    write_all_durably({folder / f"{name}{SUFFIX}": rules.text.encode() for name, rules in own.items()})
    try:
        yield
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    with disk_told("to remove the rules that an earlier build was given", folder):
        if folder.exists():
            shutil.rmtree(folder)
