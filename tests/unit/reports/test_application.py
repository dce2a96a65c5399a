"""What every address of the reports answers: headers, twins, errors, snapshots."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import duckdb
import httpx
import pytest

from reports.headers import CONTENT_SECURITY_POLICY
from reports.shelf import SnapshotShelf
from tests.browser.example.names import (
    ANSWERED_CASE,
    BANNER,
    EARLY_LETTER,
    HOSTILE_LETTER,
    LETTER,
    SEVERAL_LETTER,
    TWIN_LETTER,
    WAITING_CASE,
    etag_of,
)
from tests.browser.example_snapshot import point_to, publish_example
from tests.browser.live_reports import client_of

PATHS = ["/", f"/communications/{LETTER}", "/exceptions", f"/assets/{BANNER}", f"/cases/{ANSWERED_CASE}", "/search?q=C"]
TWINS = ["/index.json", *(path + ".json" for path in PATHS[1:5]), "/search.json?q=C"]
PROBLEMS = ["/communications/nobody", "/exceptions?colour=red", "/nowhere", "/static/nothing.css", "/cases/x.json"]


class _Words(HTMLParser):
    """Collects the text of a page, without its styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        """Take one piece of text."""
        self.words.append(data)


def text_of(page: str) -> str:
    """Return the text of a page, white space made one."""
    parser = _Words()
    parser.feed(page)
    return " ".join(" ".join(parser.words).split())


@pytest.mark.parametrize("path", [*PATHS, *TWINS, *PROBLEMS, "/health", "/static/reports.css"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    """One answer without them is the one that an attacker frames, sniffs or reads from a cache."""
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "'unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"


def test_a_fingerprinted_stylesheet_may_be_kept(client: httpx.Client) -> None:
    """A stylesheet that is fetched anew for each page makes every page slow."""
    link = re.findall(r'href="(/static/reports\.css\?v=[0-9a-f]{12})"', client.get("/").text)[0]
    assert "immutable" in client.get(link).headers["cache-control"]


def test_no_page_holds_inline_style_or_script(client: httpx.Client) -> None:
    """What the policy refuses would leave the page broken in every browser."""
    for path in [*PATHS, *PROBLEMS[:3]]:
        page = client.get(path).text
        assert not re.search(r"<(script|style|iframe)\b|\sstyle=|\son[a-z]+=\"", page), path
        assert not re.search(r'(src|href)="(https?:)?//(?!127\.0\.0\.1|res\.cloudinary\.com)', page), path


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:8765", "LOCALHOST:1"])
def test_names_of_this_machine_are_answered(client: httpx.Client, host: str) -> None:
    """An officer who types localhost must get the reports."""
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", "", "10.0.0.7:8765"])
def test_a_foreign_name_is_refused(client: httpx.Client, host: str) -> None:
    """A foreign page that lets its own name lead to this machine would read the reports (DNS rebinding)."""
    answer = client.get("/exceptions", headers={"host": host})
    assert answer.status_code == 421
    assert "exception" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_reports_only_read(client: httpx.Client, method: str) -> None:
    """A page that takes a write is a way around four eyes."""
    answer = client.request(method, "/exceptions")
    assert answer.status_code == 405
    assert "The reports only read" in answer.text


def test_the_twin_of_the_dossier_has_the_figures_of_the_page(client: httpx.Client) -> None:
    """Two forms of one report that disagree are both worthless as evidence."""
    page = text_of(client.get(f"/communications/{LETTER}").text)
    twin = client.get(f"/communications/{LETTER}.json").json()
    assert twin["communication"]["worst_verdict"] == "NOT_APPROVED"
    assert f"of its {twin['communication']['use_count']} asset uses" in page
    assert len(twin["findings"]) == 8
    for finding in twin["findings"]:
        use = finding["use"]
        assert finding["sentence"] in page
        assert finding["current_text"] in page
        for name in ("asset_use_id", "asset_use_key", "verdict", "etag", "version_number", "approver_id"):
            assert use[name] is None or str(use[name]) in page, name
        for name in ("granted_at", "ended_at", "valid_from", "valid_to", "version_live_from", "version_live_to"):
            assert use[name] is None or use[name][:19].replace("T", " ") in page, name


def test_the_open_end_is_never_a_date(client: httpx.Client) -> None:
    """The year 9999 on a page reads like a promise that nobody made."""
    for path in [*PATHS, *TWINS]:
        text = client.get(path).text
        assert "9999" not in text, path
        assert "1970-01-01" not in text, path


def test_the_twin_of_the_exceptions_has_the_figures_of_the_page(client: httpx.Client) -> None:
    """A count that differs between screen and export starts a dispute instead of a correction."""
    page = text_of(client.get("/exceptions?standing=standing").text)
    twin = client.get("/exceptions.json?standing=standing").json()["exceptions"]
    assert twin["exception_count"] == len(twin["rows"]) == twin["standing_count"] == 2
    assert f"{twin['exception_count']} of {twin['total_count']} exceptions fit the filters" in page
    for row in twin["rows"]:
        assert row["subject_id"] in page


def test_the_twin_of_the_asset_has_the_figures_of_the_page(client: httpx.Client) -> None:
    """Where-used is what a recall is planned by: each figure with its grain, the same in both forms."""
    page = text_of(client.get(f"/assets/{BANNER}").text)
    twin = client.get(f"/assets/{BANNER}.json").json()
    used = twin["where_used"]
    assert twin["asset_use_count"] == 132
    assert used["communication_count"] == 131
    assert f"{twin['asset_use_count']} asset uses in {used['communication_count']} communications" in page
    assert f"{twin['in_order_count']} of these uses proven" in page
    assert sum(week["asset_use_count"] for week in used["weeks"]) == twin["asset_use_count"]
    assert sum(row["asset_use_count"] for row in used["verdicts"]) == twin["asset_use_count"]
    assert sum(version["asset_use_count"] for version in used["versions"]) == twin["asset_use_count"]
    assert "3 publications, 2 live in 2 communities" in page
    assert [one["publication_id"] for one in used["publications"]] == ["PUB-000003", "PUB-000002", "PUB-000001"]


def test_the_twin_of_the_overview_has_the_figures_of_the_page(client: httpx.Client) -> None:
    """The first figures of the day must be the ones that the pages behind them show."""
    page = text_of(client.get("/").text)
    twin = client.get("/index.json").json()
    assert f"{twin['exception_count']} exceptions" in page
    total = client.get("/exceptions.json").json()["exceptions"]["total_count"]
    assert twin["exception_count"] == total
    assert sum(row["asset_use_count"] for row in twin["overview"]["verdicts"]) == 142


def test_the_uses_of_an_asset_are_paged_without_gap_or_double(client: httpx.Client) -> None:
    """A use that falls between two pages is a customer whom the recall forgets."""
    seen: list[str] = []
    after = ""
    while True:
        used = client.get(f"/assets/{BANNER}.json{after}").json()["where_used"]
        seen += [use["asset_use_id"] for use in used["uses"]]
        if used["uses_after"] is None:
            break
        after = f"?after={used['uses_after']}"
    assert len(seen) == len(set(seen)) == 132


def test_going_back_in_the_exceptions_shows_the_same_page(client: httpx.Client) -> None:
    """Rows that move while one pages back and forth are worked twice or never."""
    first = client.get("/exceptions.json").json()["exceptions"]
    second = client.get(f"/exceptions.json?after={first['after']}").json()["exceptions"]
    back = client.get(f"/exceptions.json?before={second['before']}").json()["exceptions"]
    assert [row["exception_key"] for row in back["rows"]] == [row["exception_key"] for row in first["rows"]]
    assert second["preceding_count"] == len(first["rows"])


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("colour=red", "colour"),
        ("standing=maybe", "standing"),
        ("control=ctl_nothing", "ctl_nothing"),
        ("after=yesterday", "yesterday"),
        ("after=1.a&before=1.b", "both after= and before="),
        ("text=" + "x" * 301, "text"),
        ("after=999999999999999999.a", "place"),
    ],
)
def test_a_question_that_no_page_understands_is_refused(client: httpx.Client, query: str, word: str) -> None:
    """A misspelt filter that is passed over shows everything, and is read as if it had been filtered."""
    page = client.get(f"/exceptions?{query}")
    twin = client.get(f"/exceptions.json?{query}")
    assert page.status_code == twin.status_code == 400
    assert word in text_of(page.text)
    assert set(twin.json()) == {"problem", "tried", "found", "expected", "remedy", "near_matches"}


def test_what_is_not_found_offers_what_may_have_been_meant(client: httpx.Client) -> None:
    """A slip in the last digit must not end the search for a customer's letter."""
    page = client.get("/communications/COM-2026-0004712")
    assert page.status_code == 404
    words = text_of(page.text)
    assert "COM-2026-0004712" in words
    assert f'href="/communications/{LETTER}"' in page.text
    assert "what its claims do not cover may exist all the same" in words
    near = client.get("/communications/COM-2026-0004712.json").json()["near_matches"]
    assert LETTER in [match["name"] for match in near]


@pytest.mark.parametrize(
    "wanted", ["", "%", "'", "\x00", "../../etc/passwd", "x" * 10_000, "\u202e\u05e9", "%25%27", "{{7*7}}", "a?b#c"]
)
@pytest.mark.parametrize("kind", ["communications", "assets", "cases"])
def test_no_id_breaks_a_page(client: httpx.Client, kind: str, wanted: str) -> None:
    """An id from a complaint's letter may hold anything; the answer is 404, never a mistake or a leak."""
    for ending in ("", ".json"):
        answer = client.get(f"/{kind}/{quote(wanted, safe='')}{ending}")
        assert answer.status_code == 404
        assert "“49”" not in answer.text


def test_a_hostile_id_is_found_by_its_own_address(client: httpx.Client) -> None:
    """A letter whose id holds slashes and quotes must be as reachable as any other."""
    page = client.get(f"/communications/{quote(HOSTILE_LETTER, safe='')}")
    assert page.status_code == 200
    assert HOSTILE_LETTER not in page.text, "it is escaped"
    assert HOSTILE_LETTER in text_of(page.text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (LETTER, f"/communications/{LETTER}"),
        (f"  {LETTER} ", f"/communications/{LETTER}"),
        (BANNER, f"/assets/{BANNER}"),
        ("brand/letterhead", None),
        (etag_of(BANNER, 1772442000), f"/assets/{BANNER}"),
        (ANSWERED_CASE, f"/cases/{ANSWERED_CASE}"),
        ("PUB-000002", f"/assets/{BANNER}#publications"),
    ],
)
def test_search_opens_the_one_exact_match(client: httpx.Client, text: str, address: str | None) -> None:
    """An id in hand must lead to its page at once."""
    answer = client.get("/search", params={"q": text})
    assert answer.status_code == 303
    assert address is None or answer.headers["location"] == address


def test_search_takes_wildcards_as_text(client: httpx.Client) -> None:
    """A percent sign that matches everything hides the one thing looked for."""
    assert client.get("/search.json", params={"q": "%"}).json()["search"]["similar"] == []
    similar = client.get("/search.json", params={"q": "com-2026-01000"}).json()["search"]["similar"]
    assert len(similar) == 12


def test_two_domains_with_one_id_are_told_apart(client: httpx.Client) -> None:
    """One of two letters that share an id, shown as if it were the only one, is the wrong letter half of the time."""
    assert "2 Exstream domains" in text_of(client.get(f"/communications/{TWIN_LETTER}").text)
    chosen = client.get(f"/communications/{TWIN_LETTER}.json?domain=life").json()
    assert chosen["communication"]["domain_code"] == "life"


def test_a_letter_outside_the_claims_says_so(client: httpx.Client) -> None:
    """Silence about a period that nobody watched would read as: nothing happened."""
    words = text_of(client.get(f"/communications/{EARLY_LETTER}").text)
    assert "do not cover the moment of composition" in words
    assert "No evidence" in words
    assert "do not cover the moment of composition" not in text_of(client.get(f"/communications/{LETTER}").text)


def test_every_page_says_what_its_claims_cover(client: httpx.Client) -> None:
    """A report never says none beyond the claims."""
    for path in PATHS:
        words = text_of(client.get(path).text)
        assert "covered by complete claims for 2026-01-10 00:00:00 to 2026-05-04 06:00:00" in words, path
        assert "all 212 passed" in words
        assert "20260504T060000Z-4711" in words


def test_a_linked_address_that_is_not_the_web_is_only_text(client: httpx.Client) -> None:
    """A link of a partner's message that runs a script runs it as the officer."""
    page = client.get(f"/cases/{WAITING_CASE}").text
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_nothing_published_yet_is_said_with_the_command_to_run(tmp_path: Path) -> None:
    """On the first day an empty page would look like a broken product."""
    with client_of(tmp_path) as client:
        for path in ("/", "/exceptions", "/health", "/index.json"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "assettrail build" in answer.text
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_damaged_snapshot_is_told_and_the_next_one_served(tmp_path: Path) -> None:
    """One bad file must not take the reports down until somebody restarts them."""
    folder = publish_example(tmp_path, "20260501T000000Z-1", letters=1)
    (folder / "assettrail.duckdb").write_bytes(b"this is no database")
    with client_of(tmp_path) as client:
        assert client.get("/").status_code == 503
        publish_example(tmp_path, "20260502T000000Z-2", letters=1)
        assert client.get("/").status_code == 200


def test_a_snapshot_without_a_table_is_told(tmp_path: Path) -> None:
    """A snapshot of another release must say so, not show a stack trace."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        connection.execute("drop table reports.rpt_cases")
    with client_of(tmp_path) as client:
        answer = client.get(f"/cases/{ANSWERED_CASE}")
    assert answer.status_code == 500
    assert "This snapshot cannot answer" in answer.text
    assert "Traceback" not in answer.text


def test_a_new_snapshot_is_picked_up_and_the_old_one_stays_readable(tmp_path: Path) -> None:
    """A report that keeps showing yesterday, or a pinned link that shows today, misleads."""
    first, second = "20260503T000000Z-100", "20260504T000000Z-200"
    publish_example(tmp_path, first, letters=3)
    with client_of(tmp_path) as client:
        assert client.get("/index.json").json()["overview"]["holdings"]["communication_count"] == 9
        publish_example(tmp_path, second, letters=5)
        assert client.get("/index.json").json()["overview"]["holdings"]["communication_count"] == 11
        pinned = client.get(f"/index.json?snapshot={first}").json()
        assert pinned["snapshot"]["name"] == first
        assert pinned["overview"]["holdings"]["communication_count"] == 9
        page = client.get(f"/?snapshot={first}").text
        assert f'href="/exceptions?snapshot={first}"' in page
        assert "which this address is pinned to" in page


@pytest.mark.parametrize("name", ["nothing", "..", "../../x", "current", ".current-next", "%00"])
def test_a_pin_to_what_is_not_kept_is_told(client: httpx.Client, name: str) -> None:
    """A pinned link must never show another snapshot, or a file outside the snapshots."""
    assert client.get("/", params={"snapshot": name}).status_code == 404


def test_readers_are_never_failed_while_snapshots_are_swapped(tmp_path: Path) -> None:
    """An officer in the middle of a page must not notice that the pipeline published."""
    names = ["20260503T000000Z-1", "20260504T000000Z-2"]
    for name in names:
        publish_example(tmp_path, name, letters=20)
    with client_of(tmp_path) as client:

        def ask(turn: int) -> tuple[int, str]:
            if turn % 5 == 0:
                point_to_atomically(tmp_path, names[turn % 2], turn)
            answer = client.get(f"/communications/{LETTER}.json")
            return answer.status_code, answer.json()["snapshot"]["name"]

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(ask, range(60)))
        assert {status for status, _ in answers} == {200}
        assert {name for _, name in answers} == set(names)


def point_to_atomically(home: Path, name: str, turn: int) -> None:
    """Swap the pointer from several threads: each by a link of its own."""
    fresh = home / "snapshots" / f".next-{turn}"
    fresh.symlink_to(name)
    fresh.replace(home / "snapshots" / "current")


def test_the_connection_reaches_no_file_and_writes_nothing(tmp_path: Path) -> None:
    """A flaw in a page must not open the machine: the connection itself is closed to it."""
    publish_example(tmp_path, letters=1)
    with SnapshotShelf(tmp_path).current().cursor(None) as cursor:
        with pytest.raises(duckdb.Error):
            cursor.execute("select * from read_text('/etc/hostname')").fetchall()
        with pytest.raises(duckdb.Error):
            cursor.execute("delete from marts.fct_cases")
        with pytest.raises(duckdb.Error):
            cursor.execute("set enable_external_access = true")


def test_an_id_that_ends_like_a_twin_has_a_page_and_a_twin_of_its_own(tmp_path: Path) -> None:
    """Partners choose their ids: a case `X.json` must not be hidden behind the twin of `X`, nor take its place."""
    folder = publish_example(tmp_path, letters=1)
    named = f"{ANSWERED_CASE}.json"
    with duckdb.connect(str(folder / "assettrail.duckdb")) as made:
        for table in ("marts.fct_cases", "reports.rpt_cases"):
            made.execute(
                f"UPDATE {table} SET case_id_trading_grid = ? WHERE case_id_trading_grid = ?", [named, WAITING_CASE]
            )
        made.execute("DROP SCHEMA serving CASCADE")  # what publishing made of the tables before
    with client_of(tmp_path) as client:
        found = client.get("/search", params={"q": named}).headers["location"]
        page = client.get(found)
        assert page.headers["content-type"].startswith("text/html")
        assert f"Case {named}" in text_of(page.text)
        twin = re.search(r'href="([^"]*\.json)"', page.text)
        assert twin is not None
        assert client.get(twin.group(1)).json()["title"] == f"Case {named}"
        assert client.get(f"/cases/{ANSWERED_CASE}.json").json()["title"] == f"Case {ANSWERED_CASE}"


def test_failed_checks_stand_in_the_footer(tmp_path: Path) -> None:
    """A report on a build with failed checks must not look like any other."""
    folder = publish_example(tmp_path, letters=1)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "checks": {"passed": 210, "failed": 2}}))
    with client_of(tmp_path) as client:
        page, trust = client.get("/").text, client.get("/trust").text
    assert "2 failed, 210 passed" in text_of(page).replace(" ,", ",")
    assert '<a href="/trust#checks">2 failed</a>' in page
    assert "manifest does not name them" in trust
    names = ["relationships_<b>", "is_key_of_uses"]
    told = {**manifest, "checks": {"passed": 210, "failed": 2}, "failed_checks": names}
    (folder / "manifest.json").write_text(json.dumps(told))
    with client_of(tmp_path) as client:
        trust, twin = client.get("/trust").text, client.get("/trust.json").json()["trust"]
    assert "<li><code>relationships_&lt;b&gt;</code></li><li><code>is_key_of_uses</code></li>" in trust
    assert twin["failed_checks"] == names


def test_controls_that_are_not_in_use_stand_in_the_footer(tmp_path: Path) -> None:
    """No exception of a control that nobody runs must not read as "in order"."""
    folder = publish_example(tmp_path, letters=1)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "controls_not_in_use": ["ctl_overdue_flags"]}))
    with client_of(tmp_path) as client:
        assert "Controls not in use ctl_overdue_flags: nothing is said" in text_of(client.get("/").text)
        assert client.get("/index.json").json()["snapshot"]["controls_not_in_use"] == ["ctl_overdue_flags"]


def test_what_was_known_then_says_so_on_every_page(tmp_path: Path) -> None:
    """A page of a past state of knowledge that looks like today's is a wrong report, and printed it stays one."""
    label = "as-known-00000100-0a1b2c3d"
    folder = publish_example(tmp_path, letters=1)
    shutil.copytree(folder, tmp_path / "as_known" / label)
    manifest = json.loads((folder / "manifest.json").read_text())
    facts = {"name": label, "as_known_at": "2026-03-01T08:00:00+00:00", "unsound": "no claim of exstream/asset_uses"}
    (tmp_path / "as_known" / label / "manifest.json").write_text(json.dumps({**manifest, **facts}))
    with client_of(tmp_path) as client:
        for page in ("/", "/exceptions", f"/communications/{LETTER}"):
            words = text_of(client.get(page, params={"snapshot": label}).text)
            assert "what was known at 2026-03-01 08:00:00 UTC" in words
            assert "As known at 2026-03-01 08:00:00 UTC, not published" in words
            assert "nothing could have been published then: no claim of exstream/asset_uses" in words
            assert "As known at" not in text_of(client.get(page).text)
        twin = client.get("/index.json", params={"snapshot": label}).json()
        assert twin["snapshot"]["as_known_at"] == "2026-03-01T08:00:00Z"
        assert client.get("/index.json").json()["snapshot"]["as_known_at"] is None


def test_an_empty_snapshot_has_every_page(tmp_path: Path) -> None:
    """On the first day the controls hold nothing, and no page may read that as all is well."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        tables = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, table in tables:
            connection.execute(f"delete from {schema}.{table}")
    with client_of(tmp_path) as client:
        assert "No communication is recorded in this snapshot" in text_of(client.get("/").text)
        words = text_of(client.get("/exceptions").text)
        assert "There is no claim at all about" in words
        assert "may exist all the same" in words
        shutil.rmtree(folder)


def test_the_pointer_of_the_example_is_a_link(example_home: Path) -> None:
    """The example must be published as `publish` does it, or these tests read what no reader would."""
    assert (example_home / "snapshots" / "current").is_symlink()
    point_to(example_home, "20260504T060000Z-4711")


def test_a_verdict_of_several_versions_lists_them_and_contradicts_nothing(client: httpx.Client) -> None:
    """A green verdict without the versions and approvals that it rests on is not evidence."""
    page = text_of(client.get(f"/communications/{SEVERAL_LETTER}").text)
    assert "each of them was approved" in page
    assert "2 versions fit this reference" in page
    assert "no approval" not in page.replace("no approval of exactly these bytes was in force", "")
    assert "none of these bytes" not in page
    twin = client.get(f"/communications/{SEVERAL_LETTER}.json").json()
    assert [one["version_number"] for one in twin["findings"][0]["candidates"]] == [1768212000, 1775030400]
    ambiguous = text_of(client.get(f"/communications/{LETTER}").text)
    assert ambiguous.count("2 versions fit this reference") == 1


def test_a_snapshot_of_before_the_candidates_can_still_be_read(tmp_path: Path) -> None:
    """Snapshots are kept for years: a page that needs a newer table would lose them."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        connection.execute("drop table marts.bridge_asset_uses_candidates")
    with client_of(tmp_path) as client:
        answer = client.get(f"/communications/{SEVERAL_LETTER}")
    assert answer.status_code == 200
    assert "each of them was approved" in text_of(answer.text)
