"""What publishing adds so that pages answer at once: the same figures as without it, and each found by its index."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from publish.serving import INDEXED, SERVED
from reports.communication_names import ids_beginning, keys_of
from reports.name_pieces import rows_that_may_hold
from reports.search import search
from tests.browser.example_snapshot import (
    BANNER,
    HOSTILE_LETTER,
    LETTER,
    TWIN_LETTER,
    key_of,
    publish_example,
)
from tests.browser.live_reports import client_of

PATHS = (
    "/index.json",
    f"/communications/{LETTER}.json",
    f"/communications/{TWIN_LETTER}.json",
    f"/assets/{BANNER}.json",
    "/exceptions.json",
    "/search.json?q=com-2026",
    f"/search.json?q={LETTER[:-1]}",
    "/search.json?q=nothing-like-it",
    "/sign-off/2026-04.json",
    f"/recipients/{key_of('recipient', LETTER)},{key_of('recipient', TWIN_LETTER)}.json",
)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home whose snapshot has what publishing adds, and one whose snapshot is older than that."""
    folder = tmp_path_factory.mktemp("serving")
    for name in ("new", "old"):
        publish_example(folder / name)
    with duckdb.connect(str(folder / "old" / "snapshots" / "current" / "assettrail.duckdb")) as connection:
        connection.execute("drop schema serving cascade")
    return folder / "new", folder / "old"


def _told(answer: httpx.Response) -> Any:
    """Return the figures of a page without what it read from our store, which tells the instant of reading."""
    told = answer.json()
    told["completeness"].pop("own_records", None)
    return told


def test_pages_say_the_same_of_a_snapshot_that_is_older(homes: tuple[Path, Path]) -> None:
    """A count made once that differs from the rows would let one page tell two numbers of the same letters."""
    with client_of(homes[0]) as new, client_of(homes[1]) as old:
        for path in PATHS:
            one, other = new.get(path), old.get(path)
            assert one.status_code == other.status_code == 200, path
            assert _told(one) == _told(other), path


def test_ids_are_found_as_by_looking_through_all(tmp_path: Path) -> None:
    """An id between two places that is not found is a letter that an officer holds in hand and is told not to exist."""
    with duckdb.connect(str(tmp_path / "ids.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema serving")
        connection.execute(
            "create table marts.fct_communications as select 'COM-' || lpad(n::varchar, 6, '0') || "
            "case when n % 3 = 0 then 'x' when n % 3 = 1 then 'X' else 'é' end as communication_id_exstream, "
            "sha256(n::varchar) as communication_key, 'DE' as jurisdiction_code from range(9000) as numbers (n)"
        )
        connection.execute(
            "insert into marts.fct_communications select 'SAME-ID', sha256('same' || n), 'DE' from range(5000) t(n)"
        )
        connection.execute("create table marts.fct_asset_uses (communication_key varchar)")
        for name in ("communication_names", "communication_places"):
            connection.execute(f"create table serving.{name} as {SERVED[name].question}")
        asked = [
            "COM-000000x",
            "COM-002047",
            "com-0020",
            "COM-002048é",
            "COM",
            "SAME-ID",
            "same",
            "Z",
            "A",
            "",
            "COM-0089",
        ]
        found = [(ids_beginning(connection, text, 12), sorted(keys_of(connection, text))) for text in asked]
        connection.execute("drop schema serving cascade")
        assert found == [(ids_beginning(connection, text, 12), sorted(keys_of(connection, text))) for text in asked]
        assert len(found[5][1]) == 5_000


def test_a_key_is_found_by_its_index(homes: tuple[Path, Path], tmp_path: Path) -> None:
    """Without the index a dossier reads all versions of all assets for the four that it shows."""
    copied = shutil.copy(homes[0] / "snapshots" / "current" / "assettrail.duckdb", tmp_path / "copy.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        rows = connection.execute("select schema_name || '.' || table_name, count(*) from duckdb_indexes() group by 1")
        assert dict(rows.fetchall()) == {table: len(columns) for table, columns in INDEXED.items()}


def test_a_hostile_id_is_only_an_id(homes: tuple[Path, Path]) -> None:
    """An id that ends the question would read what nobody asked for."""
    with client_of(homes[0]) as client:
        assert client.get("/search.json", params={"q": HOSTILE_LETTER}).json()["search"]["exact"]
        assert not client.get("/search.json", params={"q": "' or 1=1 --"}).json()["search"]["exact"]


def test_names_are_found_as_by_looking_at_each(homes: tuple[Path, Path], tmp_path: Path) -> None:
    """A name that the pieces of three letters lose is an asset that is told not to exist."""
    published = homes[0] / "snapshots" / "current" / "assettrail.duckdb"
    with duckdb.connect(shutil.copy(published, tmp_path / "without.duckdb")) as without:
        without.execute("drop table serving.name_pieces")
        without.execute("drop table serving.name_piece_counts")
        with duckdb.connect(str(published), read_only=True) as connection:
            texts = connection.execute(
                "select distinct unnest([name, begins, holds, holds_also]) from serving.similar_names"
            )
            names = sorted(text for (text,) in texts.fetchall() if text)
            chance = random.Random(7)
            asked = ["a", "ab", "zzz", "\n", "é", "ﬀ", "İ", *chance.sample(names, 12)]
            for name in chance.choices(names, k=40):
                start = chance.randrange(len(name))
                part = name[start : start + chance.choice((3, 4, 7, 20))]
                asked += [part, part.upper() + "x"]
            pieces = [rows_that_may_hold(connection, text.lower()) for text in asked]
            assert [] in pieces
            assert any(pieces)
            assert None in pieces
            for text in asked:
                assert search(connection, text) == search(without, text), text
