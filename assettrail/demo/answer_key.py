"""What the pipeline found against what the scenario planted.

Here belongs the comparison of sets. The key is written by the scenario when a case is planted; nothing here
knows a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

REFERENCE_REASONS = ("unresolved_reference", "several_candidates")
"""Reasons of a verdict that rest on how an asset is named."""


@dataclass(frozen=True)
class Score:
    """Expected and found numbers of subjects, with precision and recall (1.0 is perfect)."""

    expected: int
    found: int
    precision: float
    recall: float


def score(expected: Iterable[str], found: Iterable[str]) -> Score:
    """Compare two sets of subjects; where the key expects nothing and nothing was found, both figures are 1."""
    wanted, got = set(expected), set(found)
    both = len(wanted & got)
    return Score(
        expected=len(wanted),
        found=len(got),
        precision=both / len(got) if got else 1.0,
        recall=both / len(wanted) if wanted else 1.0,
    )


def found_controls(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the subjects of every control's exceptions in a snapshot, by control."""
    rows = connection.execute("SELECT control_name, subject_id FROM marts.fct_exceptions").fetchall()
    found: dict[str, set[str]] = {}
    for control, subject in rows:
        found.setdefault(str(control), set()).add(str(subject))
    return found


def found_corrections(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the subjects of a snapshot's proposed corrections, by kind."""
    found: dict[str, set[str]] = {}
    query = "SELECT kind, subject_id FROM marts.fct_proposed_corrections WHERE NOT is_in_effect"
    for kind, subject in connection.execute(query).fetchall():
        found.setdefault(str(kind), set()).add(str(subject))
    return found


def found_verdicts(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the asset uses of a snapshot by verdict."""
    rows = connection.execute("SELECT verdict, asset_use_id FROM marts.fct_asset_uses").fetchall()
    found: dict[str, set[str]] = {}
    for verdict, use in rows:
        found.setdefault(str(verdict), set()).add(str(use))
    return found


def found_exposures(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the live links of a snapshot by the verdict over their exposure: over all of it, and so far."""
    rows = connection.execute("SELECT verdict, verdict_so_far, asset_use_id FROM marts.fct_exposures").fetchall()
    return _by_exposure((str(use), str(verdict), str(so_far)) for verdict, so_far, use in rows)


def found_output_links(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the images of a snapshot that only an output tells, by verdict."""
    query = "SELECT verdict, output_link_id FROM marts.fct_output_links WHERE is_beside_report"
    rows = connection.execute(query).fetchall()
    return _of_output_links((str(link), str(verdict)) for verdict, link in rows)


def found_publications(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the publications of a snapshot by verdict: when they were shown, and now of those that still are."""
    rows = connection.execute(
        "SELECT publication_id_trading_grid, verdict_at_publication, verdict_now FROM marts.fct_publications"
    ).fetchall()
    return _by_publication(
        {str(name): str(verdict) for name, verdict, _ in rows},
        {str(name): str(verdict) for name, _, verdict in rows if verdict is not None},
    )


def found_publication_reasons(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the publications of a snapshot that name no known asset or what may be several, by which of both it is."""
    rows = connection.execute(
        "SELECT publication_id_trading_grid, verdict_reason_at_publication, verdict_reason_now "
        "FROM marts.fct_publications"
    ).fetchall()
    return _by_publication(
        {str(name): str(reason) for name, reason, _ in rows if reason in REFERENCE_REASONS},
        {str(name): str(reason) for name, _, reason in rows if reason in REFERENCE_REASONS},
    )


def found_searches(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the searches of a snapshot by what they found, and what was looked for by what came of it."""
    searches = connection.execute(
        "SELECT search_id_trading_grid, is_empty, result_count IS NULL FROM marts.fct_searches"
    ).fetchall()
    topics = connection.execute(
        "SELECT concat(search_terms, '/', product_line_code, '/', campaign_code, '/', market_code), is_not_found "
        "FROM reports.rpt_partner_searches"
    ).fetchall()
    return _by_search(
        {str(name): "empty" if empty else "not_told" if untold else "found" for name, empty, untold in searches},
        {str(topic): "not_found" if missing else "found_or_not_told" for topic, missing in topics},
    )


def found_readiness(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return the required assets of a snapshot's launches by what they are, launches by go and no-go, and silence."""
    required = connection.execute(
        "SELECT concat(launch_id_trading_grid, '/', ordinal), readiness_reason FROM reports.rpt_launch_requirements"
    ).fetchall()
    launches = connection.execute(
        "SELECT launch_id_trading_grid, readiness_code, concat(silent_partner_count, ' of ', partner_count, ' silent') "
        "FROM reports.rpt_launch_readiness"
    ).fetchall()
    return _by_readiness(
        {str(name): str(code) for name, code in required},
        {str(name): str(code) for name, code, _ in launches},
        {str(name): str(silence) for name, _, silence in launches},
    )


def found_answers(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Return all that has an answer of its own in a snapshot, beside the subjects of controls, by answer."""
    return {
        **found_verdicts(connection),
        **found_exposures(connection),
        **found_output_links(connection),
        **found_publications(connection),
        **found_publication_reasons(connection),
        **found_searches(connection),
        **found_readiness(connection),
    }


def answers_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return all that has an answer of its own in the key, beside the subjects of controls, by answer."""
    return {
        **verdicts_of(key),
        **exposures_of(key),
        **output_links_of(key),
        **publications_of(key),
        **publication_reasons_of(key),
        **searches_of(key),
        **readiness_of(key),
    }


def scores(expected: Mapping[str, Iterable[str]], found: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Any]]:
    """Return the score of every name that either side knows."""
    names = sorted(set(expected) | set(found))
    return {name: asdict(score(expected.get(name, ()), found.get(name, ()))) for name in names}


def verdicts_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's asset uses by verdict."""
    uses: dict[str, set[str]] = {}
    for use, verdict in key["verdicts"].items():
        uses.setdefault(verdict, set()).add(use)
    return uses


def exposures_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's live links by the verdict over their exposure: over all of it, and so far."""
    return _by_exposure((use, verdict, key["exposures_so_far"][use]) for use, verdict in key["exposures"].items())


def output_links_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's images that only an output tells, by verdict."""
    return _of_output_links(key["output_links"].items())


def searches_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's searches by what they found, and what was looked for by what came of it."""
    return _by_search(key["searches"], key["search_topics"])


def readiness_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's required assets by what they are, launches by go and no-go, and the silence of partners."""
    return _by_readiness(key["required_assets"], key["launches"], key["silence"])


def publications_of(key: Mapping[str, Any], *, is_corrected: bool = False) -> dict[str, set[str]]:
    """Return the key's publications by verdict, before or after corrections took effect."""
    now = "publications_after_corrections" if is_corrected else "publications_now"
    return _by_publication(key["publications"], key[now])


def publication_reasons_of(key: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the key's publications that name no known asset or what may be several, by which of both it is."""
    return _by_publication(key["publication_reasons"], key["publication_reasons_now"])


def planted_publications(key: Mapping[str, Any], found: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the publications that were found, without those that the key does not have: corrections published them."""
    return {name: publications & key["publications"].keys() for name, publications in found.items()}


def _by_publication(shown: Mapping[str, str], now: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for words, verdicts in (("at publication", shown), ("of a publication now", now)):
        for publication, verdict in verdicts.items():
            found.setdefault(f"{verdict} {words}", set()).add(publication)
    return found


def _of_output_links(links: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for link, verdict in links:
        found.setdefault(f"{verdict} of an output link", set()).add(link)
    return found


def _by_search(searches: Mapping[str, str], topics: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for words, codes in (("of a search", searches), ("of a search topic", topics)):
        for subject, code in codes.items():
            found.setdefault(f"{code} {words}", set()).add(subject)
    return found


def _by_readiness(
    required: Mapping[str, str], launches: Mapping[str, str], silence: Mapping[str, str]
) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for words, codes in (("of a required asset", required), ("of a launch", launches)):
        for subject, code in codes.items():
            found.setdefault(f"{code} {words}", set()).add(subject)
    # How many are silent is part of the answer: one partner more or less makes another subject of it.
    for launch, words in silence.items():
        code = "heard" if words.startswith("0 of") else "silent"
        found.setdefault(f"{code} of a launch's partners", set()).add(f"{launch}: {words}")
    return found


def _by_exposure(links: Iterable[tuple[str, str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for use, verdict, so_far in links:
        found.setdefault(f"{verdict} over exposure", set()).add(use)
        found.setdefault(f"{so_far} over exposure so far", set()).add(use)
    return found


def is_perfect(answer_key: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether every score is 1.0 with at least one planted case behind it."""
    return all(
        value["precision"] == 1.0 and value["recall"] == 1.0 and value["expected"] > 0 for value in answer_key.values()
    )
