"""When exceptions were seen, on pages, in files and on the command line; and snapshots that do not tell it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from assettrail.command_line.exceptions import application
from reports.exceptions.seen import is_seen_told, read_seen
from reports.people.narrowed import NarrowedSnapshot
from reports.problems import NothingFound
from tests.browser.example.exceptions import SEEN
from tests.browser.example_snapshot import WAITING_CASE, key_of, publish_example
from tests.browser.live_reports import client_of
from tests.unit.reports.test_application import text_of

NEW = key_of("exception", "ctl_outdated_community_assets", "PUB-000002")
BACK = key_of("exception", "ctl_unanswered_corrected_cases", WAITING_CASE)
GONE = key_of("exception", "gone")
NEWEST = "20260504T080000Z-4711"
NOT_TOLD = "was made before it was recorded"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home whose snapshot tells when exceptions were seen, and one whose snapshot is older than that."""
    folder = tmp_path_factory.mktemp("seen")
    for name in ("new", "old"):
        publish_example(folder / name)
    with duckdb.connect(str(folder / "old" / "snapshots" / "current" / "assettrail.duckdb")) as connection:
        connection.execute("drop schema log cascade")
    return folder / "new", folder / "old"


@pytest.fixture(scope="module")
def client(homes: tuple[Path, Path]) -> Iterator[httpx.Client]:
    with client_of(homes[0]) as opened:
        yield opened


@pytest.fixture(scope="module")
def old(homes: tuple[Path, Path]) -> Iterator[httpx.Client]:
    with client_of(homes[1]) as opened:
        yield opened


def test_the_list_tells_what_is_new_and_what_has_come_back(client: httpx.Client) -> None:
    """Harm prevented: what broke again after it was mended is worked as if it had never been looked at."""
    rows = {row["exception_key"]: row for row in client.get("/exceptions.json").json()["exceptions"]["rows"]}
    assert GONE not in rows
    assert (rows[NEW]["is_new"], rows[NEW]["first_seen_snapshot"], rows[NEW]["times_reopened"]) == (True, NEWEST, 0)
    assert (rows[BACK]["is_new"], rows[BACK]["times_reopened"]) == (False, 2)
    assert rows[BACK]["reopened_at"] == "2026-05-01T08:00:00Z"
    words = text_of(client.get("/exceptions?standing=standing").text)
    assert "first seen 2026-05-04" in words
    assert "stands now new" in words
    assert "reopened 2 times, last 2026-05-01" in words


def test_its_own_page_tells_the_snapshots(client: httpx.Client) -> None:
    """Harm prevented: an officer asks since when something stands, and is told when it happened."""
    words = text_of(client.get(f"/dispositions/{BACK}").text)
    assert "First seen (UTC) 2026-04-22 08:00:00 snapshot 20260422T080000Z-4711, of 4,711 entries of the log" in words
    assert "2 times, last 2026-05-01 08:00:00 UTC" in words
    assert "never: it did not go" in text_of(client.get(f"/dispositions/{NEW}").text)
    gone = client.get(f"/dispositions/{GONE}")
    assert gone.status_code == 404
    assert "gone since 2026-03-02 08:00:00 UTC, snapshot 20260302T080000Z-4711" in text_of(gone.text)


def test_files_carry_it(client: httpx.Client) -> None:
    """Harm prevented: what leaves as a file says less than the page."""
    table = csv.DictReader(io.StringIO(client.get("/exceptions.csv").text.lstrip("\ufeff")))
    (row,) = [row for row in table if row["exception_key"] == BACK]
    assert (row["times_reopened"], row["reopened_snapshot"]) == ("2", "20260501T080000Z-4711")
    written = pq.read_table(io.BytesIO(client.get("/exceptions.parquet").content)).to_pylist()
    assert {row["exception_key"] for row in written if row["is_new"]} == {NEW}


def test_a_snapshot_that_does_not_tell_says_so(old: httpx.Client) -> None:
    """Harm prevented: an older snapshot fails, or says "never" where nothing is known."""
    assert NOT_TOLD in text_of(old.get("/exceptions").text)
    page = text_of(old.get(f"/dispositions/{BACK}").text)
    assert NOT_TOLD in page
    assert "never" not in page
    told = old.get("/exceptions.json").json()["exceptions"]
    assert not told["is_seen_told"]
    assert {row["times_reopened"] for row in told["rows"]} == {None}
    assert old.get("/exceptions.csv").status_code == 200
    assert old.get(f"/dispositions/{GONE}").status_code == 404


def test_what_no_snapshot_had_until_then_is_told_so(tmp_path: Path) -> None:
    """Harm prevented: in a snapshot as known then, what was published only later reads as not recorded."""
    publish_example(tmp_path)
    with duckdb.connect(str(tmp_path / "snapshots" / "current" / "assettrail.duckdb")) as connection:
        connection.execute(f"delete from {SEEN}")
    with client_of(tmp_path) as opened:
        assert "in no published snapshot until then" in text_of(opened.get("/exceptions").text)
        assert "in no published snapshot until then" in text_of(opened.get(f"/dispositions/{BACK}").text)


def test_somebody_restricted_sees_what_is_his_and_nothing_that_is_gone(homes: tuple[Path, Path]) -> None:
    """Harm prevented: the keys and days of exceptions in other countries, for who may not see their letters."""
    database = homes[0] / "snapshots" / "current" / "assettrail.duckdb"
    narrowed = NarrowedSnapshot(database, {})
    with narrowed.cursor(["US-TX"]) as cursor:
        mine = {key for (key,) in cursor.execute("select exception_key from marts.fct_exceptions").fetchall()}
        assert is_seen_told(cursor)
        assert {key for (key,) in cursor.execute(f"select exception_key from {SEEN}").fetchall()} == mine
        assert mine
        assert read_seen(cursor, GONE) is None
    narrowed.close()


def run(home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What the command prints."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(home))
    answer = CliRunner().invoke(application, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_the_command_line_tells_the_same(homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: the day on which something was first seen is known to the page only."""
    listed = run(homes[0], monkeypatch, "list", "--standing")
    (line,) = [line for line in listed.splitlines() if line.startswith(BACK[:12])]
    assert "2026-04-22 08:00" in line
    assert "2, last 2026-05-01" in line
    assert "2026-05-04 08:00, new" in listed
    shown = run(homes[0], monkeypatch, "show", BACK[:12])
    assert "2 times, last 2026-05-01 08:00:00 UTC, snapshot 20260501T080000Z-4711" in shown
    told = json.loads(run(homes[0], monkeypatch, "show", BACK[:12], "--json"))
    assert (told["seen"]["times_reopened"], told["seen"]["first_seen_at"]) == (2, "2026-04-22T08:00:00Z")
    gone = run(homes[0], monkeypatch, "history", GONE[:12])
    assert "2026-03-02 08:00:00 UTC, snapshot 20260302T080000Z-4711" in gone
    with pytest.raises(NothingFound, match="gone since"):
        run(homes[0], monkeypatch, "show", GONE[:12])


def test_the_command_line_says_of_an_older_snapshot_that_it_does_not_tell(
    homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: an upgrade after which nothing of before can be listed."""
    for words in (("list",), ("show", BACK[:12]), ("history", BACK[:12])):
        assert NOT_TOLD in run(homes[1], monkeypatch, *words)
    assert json.loads(run(homes[1], monkeypatch, "show", BACK[:12], "--json"))["seen"] is None
