"""The whole path on the sandbox: every verdict and control against the answer key, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.demo.answer_key import is_perfect
from assettrail.demo.play import SYSTEMS, Played
from assettrail.settings import load_settings
from corrections.difference import ADVICE
from evidence.keys import load_verification_key
from evidence.verify import verify_log
from publish.reading import current_snapshot, labelled_names, open_snapshot, snapshot_names
from tests.integration.copied_home import copied
from tests.warm_processes import run_assettrail


def assettrail(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in the environment of the played demo."""
    return run_assettrail(*words, env=os.environ, timeout=900)


def test_every_verdict_and_control_meets_the_answer_key(played: Played) -> None:
    """Harm prevented: a wrong verdict about a customer's letter, or a violation nobody is told of."""
    wrong = {
        name: value
        for name, value in played.summary["answer_key"].items()
        if value["precision"] != 1.0 or value["recall"] != 1.0
    }
    assert not wrong
    assert all(value["expected"] >= 5 for value in played.summary["answer_key"].values())
    assert is_perfect(played.summary["answer_key"])


def test_a_time_that_a_clock_showed_twice_or_never_is_refused(played: Played) -> None:
    """Harm prevented: a receipt is put before or behind what was shared by a guess between two readings of a clock."""
    lines = (played.installation.sandbox / "events.jsonl").read_text(encoding="utf-8").splitlines()
    told = [each for each in map(json.loads, lines) if each["kind"] == "drop_acknowledgement"]
    wanted = {
        words: sorted(each["written"] for each in told if each["written"].startswith(hour))
        for words, hour in (("twice", "2026-02-15T02:"), ("never", "2026-03-22T02:"))
    }
    pattern = str(played.installation.home / "quarantine" / "trading_grid" / "acknowledgements" / "*.parquet")
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute("SELECT reason FROM read_parquet(?)", [pattern]).fetchall()
    found = [re.search(r"found (\S+), which clocks in Africa/Casablanca showed (\w+)", str(row[0])) for row in rows]
    refused = sorted((each[2], each[1]) for each in found if each)
    assert refused == sorted((words, text) for words, texts in wanted.items() for text in texts)
    assert len(refused) == len(rows) >= 6


def test_the_command_tells_machines_what_came_out(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a summary that machines cannot read."""
    monkeypatch.setattr("assettrail.demo.play.play_demo", lambda *_: nullcontext(played))
    shown = CliRunner().invoke(application, ["demo", "--json"])
    assert shown.exit_code == 0, shown.output
    summary = json.loads(shown.stdout)
    assert is_perfect(summary["answer_key"])
    assert {"rows", "verdicts", "exceptions", "corrections", "snapshot", "calls", "peak_mib"} <= set(summary)
    assert summary["seconds"].keys() == summary["processor_seconds"].keys()


def test_corrections_worked_and_changed_nothing_else(played: Played) -> None:
    """Harm prevented: a correction that is reported as sent, but that the vendor does not show."""
    for name, value in played.summary["answer_key_after_corrections"].items():
        assert (value["precision"], value["recall"]) == (1.0, 1.0), name
    for kind, value in played.summary["answer_key_of_corrections"].items():
        assert (value["precision"], value["recall"]) == (1.0, 1.0), kind
        assert value["expected"] >= 5, kind
        state = "proposed" if kind in ADVICE else "confirmed"
        assert played.summary["corrections"][kind] == {state: value["expected"]}, kind
    wanted = "select count(*) from marts.fct_proposed_corrections where kind = 'publish_searched_asset'"
    shown = assettrail("sql", "--format", "csv", wanted)
    assert shown.returncode == 0, shown.stderr
    searched = dict(played.summary["corrections"]["publish_searched_asset"])
    searched.pop("withdrawn", None)
    assert searched == {"proposed": int(shown.stdout.split()[1])}, "a person decides, of what is still wanted"


def test_templates_wait_for_their_reviewer(played: Played) -> None:
    """Harm prevented: an image that waits in Exstream for its reviewer passes for mended, or for forgotten."""
    control, kind = "ctl_templates_behind_approved_versions", "review_template_image"
    key = json.loads((played.installation.sandbox / "answer_key.json").read_text(encoding="utf-8"))
    shown = assettrail(
        "sql", "--format", "csv",
        f"select subject_id from reports.rpt_exceptions where control_name = '{control}' "
        "and awaited_code = 'exstream_approval' order by 1",
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    waiting, standing = set(shown.stdout.split()[1:]), set(key["after_corrections"][control])
    assert waiting - set(key["corrections"][kind]), "what a person put to review waits, too"
    assert waiting & set(key["corrections"][kind]) == standing & set(key["corrections"][kind]) != set()
    assert waiting < standing, "an image that a designer works on waits for nobody"


def test_the_log_holds(played: Played) -> None:
    """Harm prevented: evidence that does not verify on the day it is asked for."""
    settings = load_settings()
    report = verify_log(played.installation.home / "log", load_verification_key(settings.keys.folder))
    assert report.size > 100
    shown = assettrail("log", "verify")
    assert shown.returncode == 0, shown.stderr


def test_what_was_known_then_is_what_was_published_then(played: Played) -> None:
    """Harm prevented: asked what was known on a past day, the warehouse answers with what it learned since."""
    home = played.installation.home
    first, current = open_snapshot(home, snapshot_names(home)[0]), current_snapshot(home)
    assert first.name != current.name
    shown = assettrail("build", "--as-known-at", first.manifest["log"]["root_hash"][:16])
    assert shown.returncode == 0, shown.stderr
    assert f"published then as {first.name}: the same content in every table" in shown.stdout
    assert current_snapshot(home).name == current.name
    (label,) = labelled_names(home)
    then = open_snapshot(home, label)
    assert then.manifest["tables"] == first.manifest["tables"]
    assert then.manifest["made_by"] == first.manifest["made_by"]
    assert then.manifest["keys"].keys() == then.manifest["tables"].keys(), "each table can be compared by its key"
    assert verdicts(label) == verdicts(first.name) != ""
    unchanged = assettrail("diff", first.name, label)
    assert unchanged.returncode == 0, unchanged.stderr
    assert unchanged.stdout.endswith("nothing changed\n")


def test_a_change_is_put_down_to_the_record_that_made_it(played: Played) -> None:
    """Harm prevented: a case is answered since last week, and nobody can say by which record."""
    home = played.installation.home
    first, second = snapshot_names(home)[:2]
    shown = assettrail("diff", first, second, "--json")
    assert shown.returncode == 0, shown.stderr
    changed = {each["table"]: each for each in json.loads(shown.stdout)["tables"]}
    answered = {
        row["key"]: {record["stream"] for record in row["late_records"]}
        for row in changed["marts.fct_cases"]["rows"]
        if row["columns"].get("is_answered") == {"before": False, "after": True}
    }
    assert len(answered) >= 5
    assert all("thread_messages" in streams for streams in answered.values())
    closed = [row for row in changed["marts.fct_exceptions"]["rows"] if row["what"] == "removed"]
    assert {row["row"]["control_name"] for row in closed} == {
        "ctl_foreign_region_variants", "ctl_missing_variants", "ctl_outdated_artwork",
        "ctl_outdated_community_assets", "ctl_republications_without_change", "ctl_templates_behind_approved_versions",
        "ctl_unanswered_corrected_cases", "ctl_unanswered_feedback", "ctl_unanswered_format_requests",
    }  # fmt: skip
    assert all(row["late_records"] for row in closed)
    artwork = [row for row in closed if row["row"]["control_name"] == "ctl_outdated_artwork"]
    assert all("distributions" in {each["stream"] for each in row["late_records"]} for row in artwork), "what was sent"


def verdicts(snapshot: str) -> str:
    """Return the verdicts of all uses as an analyst reads them from a snapshot."""
    shown = assettrail(
        "sql", "--snapshot", snapshot, "--format", "csv",
        "select asset_use_key, verdict, verdict_reason from marts.fct_asset_uses order by 1",
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_a_second_run_adds_only_claims(played: Played, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Harm prevented: records counted twice because a run was repeated.

    Files whose bytes still wait stay where they are, as they would be news; that none is fetched twice is tested beside
    the source. That a build of the same records has the same content, the rebuild shows (`test_failures.py`). What the
    last build withdrew is news once.
    """
    from orchestration.running import run_job

    copy = copied(played.installation, tmp_path / "copy")
    home = copy.home
    monkeypatch.setenv("ASSETTRAIL_CONFIG", str(copy.config))
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CONTENTS_PER_RUN", "0")
    landed = landed_rows(home)
    run_job("ingest_corrections", home)
    withdrawn = played.summary["corrections"]["publish_searched_asset"].get("withdrawn", 0)
    assert landed_rows(home) - landed == 2 * withdrawn, "a correction, and its step"
    rows, size = landed_rows(home), current_snapshot(home).manifest["log"]["size"]
    for system in SYSTEMS:
        run_job(f"ingest_{system}", home)
    run_job("ingest_corrections", home)
    assert landed_rows(home) == rows
    report = verify_log(home / "log", load_verification_key(load_settings().keys.folder))
    assert report.size > size, "each stream claims its window once more"


def test_no_secret_is_in_any_output(played: Played) -> None:
    """Harm prevented: a vendor's secret in a log, a database or a page."""
    secrets = [path.read_text().strip() for path in played.installation.keys.glob("*.secret")]
    assert len(secrets) == 3
    found = [
        (path, name)
        for path in played.installation.home.rglob("*")
        if path.is_file()
        for name in secrets
        if name.encode() in path.read_bytes()
    ]
    assert not found
    for words in (["sources", "check"], ["batches", "list"], ["corrections", "list"]):
        shown = assettrail(*words)
        assert shown.returncode == 0, shown.stderr
        assert not [name for name in secrets if name in shown.stdout + shown.stderr]


def test_no_recipient_is_named_after_raw(played: Played) -> None:
    """Harm prevented: customers' numbers in a warehouse that analysts read."""
    reports = (played.installation.sandbox / "exstream-output").rglob("AssetUseReport.jsonl")
    lines = [line for report in reports for line in report.read_text(encoding="utf-8").splitlines()]
    recipients = {json.loads(line)["recipient_id"] for line in lines}
    assert recipients
    files = [path for path in played.installation.home.rglob("*") if path.is_file()]
    plain = [path for path in files if path.suffix not in {".parquet", ".duckdb"}]
    named = {match.decode() for path in plain for match in re.findall(rb"C-[0-9]{7}", path.read_bytes())}
    with duckdb.connect(":memory:") as connection:
        for path in files:
            if path.suffix == ".parquet":
                rows = connection.execute(
                    "SELECT DISTINCT unnest(regexp_extract_all(CAST(to_json(t) AS VARCHAR), 'C-[0-9]{7}')) "
                    "FROM read_parquet(?, hive_partitioning = false) AS t",
                    [str(path)],
                ).fetchall()
                named |= {str(row[0]) for row in rows}
    assert not named & recipients


def test_what_pages_show_is_what_the_report_says_and_has_its_verdict(played: Played) -> None:
    """Harm prevented: an image that a customer saw is told of another asset, another letter or another verdict."""
    database = current_snapshot(played.installation.home).database
    with duckdb.connect(str(database), read_only=True) as connection:
        links = connection.execute(
            "SELECT links.link_state, links.evidence_strength, "
            "links.verdict_reason IS NOT DISTINCT FROM coalesce(media.target_verdict_reason, uses.verdict_reason) "
            "FROM marts.fct_output_links AS links LEFT JOIN marts.fct_asset_uses AS uses USING (asset_use_key) "
            "LEFT JOIN marts.fct_rich_media_uses AS media "
            "ON links.asset_use_key = media.asset_use_key AND NOT links.is_shown"
        ).fetchall()
        missed = connection.execute(
            "SELECT uses.asset_use_id FROM marts.fct_asset_uses AS uses "
            "WHERE uses.rendering_key IN (SELECT rendering_key FROM marts.fct_output_links) "
            "AND uses.binding = 'live_url' AND uses.asset_key IS NOT NULL "
            "AND NOT EXISTS (SELECT * FROM marts.fct_output_links AS shown WHERE shown.is_shown "
            "AND shown.link_state = 'reported' AND shown.rendering_key = uses.rendering_key "
            "AND shown.delivery_url = uses.delivery_url)"
        ).fetchall()
    assert len(links) > 100
    key = json.loads((played.installation.sandbox / "answer_key.json").read_text(encoding="utf-8"))
    states = Counter(state for state, _, _ in links)
    assert states.keys() <= {"reported", "not_reported", "unlinked"}
    assert states["not_reported"] == len(key["output_links"])
    assert {strength for _, strength, _ in links} <= {"exact", None}
    assert not [link for link in links if link[:2] == ("reported", "exact") and not link[2]]
    assert missed == []


def test_each_letter_leads_to_the_version_of_its_template(played: Played) -> None:
    """Harm prevented: what a template showed cannot be followed to the letters that were composed with it."""
    database = current_snapshot(played.installation.home).database
    with duckdb.connect(str(database), read_only=True) as connection:
        letters = connection.execute(
            "SELECT letters.template_id_exstream = versions.template_id_exstream "
            "AND letters.template_version = CAST(versions.version_number AS VARCHAR), count(*) "
            "FROM marts.fct_communications AS letters "
            "LEFT JOIN marts.dim_template_versions AS versions USING (template_version_key) GROUP BY 1"
        ).fetchall()
    assert [led for led, _ in letters] == [True]


def landed_rows(home: Path) -> int:
    """Return the rows of all landed Parquet files."""
    pattern = str(home / "landing" / "*" / "*" / "date=*" / "*.parquet")
    with duckdb.connect(":memory:") as connection:
        row: Any = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [pattern]).fetchone()
    return int(row[0])
