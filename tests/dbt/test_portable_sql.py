"""The rules that let other engines run the same models, read from the manifest: what SQL says, and where it parses.

Here belongs what SQL and macros may say. Layers, names, docs, keys and contracts are in `test_structure`, and what the
engine makes of the SQL in `test_plans`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

Node = dict[str, Any]

ENGINE_WORDS = re.compile(
    r"::|\bvarchar\b|\btimestamptz\b|\bqualify\b|\bif target\b|\btarget\.|\bilike\b|\bread_parquet\b|\bfrom_json\b"
    r"|\bjson_\w+\(|\blist_\w+\(|\bunnest\(|\bregexp_\w+\(|\bstrpos\(|\bepoch\w*\(|\bmake_timestamp\w*\(|\btry_cast\("
    r"|\binterval\s+'|\bdate_trunc\(|\bstring_agg\(|\barg_(min|max)\(|\bunhex\(",
    re.IGNORECASE,
)
"""What engines spell differently: it is said by a macro in `macros/engines`, and nowhere else."""

NOWHERE = {
    "a hash that other engines do not have": r"\b(hash|md5_number|xxhash\w*)\(",
    "dbt's own arithmetic of dates": r"\b(dateadd|date_add|datediff|date_diff)\b",
    "an order that does not say where NULL stands": (
        r"\b(asc|desc)\b(?!\s+nulls\s+last\b)|\border by (?!jinja\b)[\w.]+\s*\)"
    ),
    "different values counted by window": r"\bcount\(\s*distinct\b[^()]*\)\s*over\b",
    "a division by what may be zero": r"/\s*(?!\s*(nullif\(|[0-9]))",
}
"""What no SQL of the project says, its macros for the engines included."""

DECIDES_NOTHING = {"a hash that other engines do not have": ["first_copies"]}
"""Macros for the engines where it changes no answer: keys whose numbers are alike are compared by their texts."""

PARSING = {
    *("instant", "due_instant", "json_struct", "json_text_list", "is_json_text_list"),
    *("json_reference", "json_reference_list", "each_json_object", "written_struct", "written_columns"),
}
"""Macros that read a vendor's text. A record is read once, in staging."""


def _ours(manifest: dict[str, dict[str, Node]], folder: str = "macros/") -> list[Node]:
    """The project's macros in a folder."""
    ours = [macro for macro in manifest["macros"].values() if macro["package_name"] == "assettrail"]
    return [macro for macro in ours if macro["original_file_path"].startswith(folder)]


def _sql(text: str) -> str:
    """The SQL of a model or a macro: neither Jinja nor comments, and texts emptied."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "jinja", text, flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", "", text)
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def _texts(models: list[Node], macros: list[Node]) -> Iterator[tuple[str, str]]:
    """Name and SQL of models and macros."""
    yield from ((node["name"], _sql(node["raw_code"])) for node in models)
    yield from ((macro["name"], _sql(macro["macro_sql"])) for macro in macros)


def _called(manifest: dict[str, dict[str, Node]], node: Node) -> set[str]:
    """Names of the macros that a model calls, those included that they call."""
    open_ones, found = list(node["depends_on"]["macros"]), set()
    while open_ones:
        name = open_ones.pop()
        if name not in found and name.startswith("macro.assettrail."):
            found.add(name)
            open_ones.extend(manifest["macros"][name]["depends_on"]["macros"])
    return {name.rsplit(".", 1)[-1] for name in found}


def test_models_and_rules_keep_to_sql_that_both_engines_read(
    manifest: dict[str, dict[str, Node]], models: list[Node]
) -> None:
    """What only one engine reads belongs into a macro for the engines, or moving to the other one is a rewrite."""
    macros = _ours(manifest, "macros/rules/") + _ours(manifest, "macros/staged/")
    wrong = {name: found.group() for name, sql in _texts(models, macros) if (found := ENGINE_WORDS.search(sql))}
    assert wrong == {}


@pytest.mark.parametrize("what", NOWHERE)
def test_nothing_says_what_gives_another_answer_elsewhere(
    manifest: dict[str, dict[str, Node]], models: list[Node], what: str
) -> None:
    """The same SQL with another order or hash shows when two engines give two verdicts, and nobody knows why."""
    forbidden = re.compile(NOWHERE[what], re.IGNORECASE)
    macros = _ours(manifest)
    found = [name for name, sql in _texts(models, macros) if forbidden.search(sql)]
    assert found == DECIDES_NOTHING.get(what, [])


def test_staging_alone_reads_vendors_texts(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A text that two layers read is read in two ways."""
    wrong = {
        (node["name"], macro)
        for node in models
        if node["schema"] != "staging"
        for macro in _called(manifest, node) & PARSING
    }
    # It says which records staging reads, so that it asks the landing itself: docs/decisions/0055-*.md
    assert wrong == {("int_partitions__affected", "instant")}


def test_the_rules_notice_what_they_forbid() -> None:
    """A rule that finds nothing whatever is written holds nothing up."""
    said = {
        "a hash that other engines do not have": "select hash(x)",
        "dbt's own arithmetic of dates": "select {{ x }}, dateadd('day', 1, x)",
        "an order that does not say where NULL stands": "order by a desc nulls last, b asc",
        "different values counted by window": "select count(distinct a.b) over (partition by c)",
        "a division by what may be zero": "select a / (b * 10)",
    }
    assert said.keys() == NOWHERE.keys()
    assert [what for what, text in said.items() if not re.search(NOWHERE[what], _sql(text), re.IGNORECASE)] == []
    kept = "select a / 10, b / nullif(c, 0), 'x / y desc' -- a desc\n order by a desc nulls last {# b / c #}"
    assert [what for what, rule in NOWHERE.items() if re.search(rule, _sql(kept), re.IGNORECASE)] == []
    for text in ("a::text", "regexp_replace(a, '', '')", "timestamptz '2026-01-01'", "interval '1' day"):
        assert ENGINE_WORDS.search(_sql(text)), text
