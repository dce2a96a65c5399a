"""An increment gives what a build from nothing gives, after every kind of late event."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.dbt.conftest import dbt
from tests.dbt.landing_fixture import Landing
from tests.dbt.late_events import LATE_EVENTS
from tests.dbt.small_world import USES, land_world

WORDS = (
    "build",
    *("--select", "+fct_asset_uses", "+bridge_asset_uses_candidates"),
    *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
)
OF_ONE_BUILD = {"intermediate.int_references__unioned", "intermediate.int_partitions__affected"}
"""What is derived anew is no content: a build from nothing derives everything anew."""
VERDICT_TABLES = ("marts.fct_asset_uses", "intermediate.int_references__judged")

Contents = dict[str, list[tuple[object, ...]]]


@dataclass
class World:
    """A home whose build file is kept from build to build."""

    landing: Landing
    folder: Path

    def build(self) -> None:
        """Build what the verdict rests on: an increment where a kept build's batches are laid."""
        self.landing.project()
        done = dbt(self.folder, *WORDS, home=self.landing.home)
        assert done.returncode == 0, done.stdout + done.stderr

    def keep_what_was_read(self) -> None:
        """Lay the batches of the kept build where an increment looks for them."""
        projection = self.landing.home / "projection"
        shutil.copyfile(projection / "log_batches.parquet", projection / "built_batches.parquet")

    def build_from_nothing(self) -> Contents:
        """Build the same landing in a home of its own; its contents."""
        home = self.folder / "from_nothing"
        shutil.rmtree(home, ignore_errors=True)
        for name in ("projection", "warehouse"):
            (home / name).mkdir(parents=True)
        os.symlink(self.landing.home / "landing", home / "landing")
        shutil.copyfile(self.landing.home / "projection/log_batches.parquet", home / "projection/log_batches.parquet")
        done = dbt(self.folder, *WORDS, home=home)
        assert done.returncode == 0, done.stdout + done.stderr
        return contents(home)


def contents(home: Path) -> Contents:
    """All rows of all tables of a home's build, sorted; what is of one build alone is left out."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = connection.execute("select schema_name || '.' || table_name from duckdb_tables() order by all").fetchall()
        return {
            name: connection.execute(
                f"select * {'exclude (is_changed)' if name.endswith('__fingerprinted') else ''} from {name} "
                f"{'where fingerprint is not null' if name.endswith('__fingerprinted') else ''} order by all"
            ).fetchall()
            for (name,) in names
            if name not in OF_ONE_BUILD
        }


def affected(home: Path) -> set[str]:
    """The communications that the last build derived anew."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute("select communication_id_exstream from intermediate.int_partitions__affected")
        return {str(name) for (name,) in rows.fetchall()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The small world, built once in full."""
    folder = tmp_path_factory.mktemp("increments")
    landing = Landing(folder / "home")
    land_world(landing)
    made = World(landing, folder)
    made.build()
    assert affected(landing.home) == set()
    return made


@pytest.mark.parametrize("name", LATE_EVENTS)
def test_an_increment_equals_a_build_from_nothing(world: World, name: str) -> None:
    """Harm prevented: a verdict that stays as it was after the record that decides it has come late.

    The events come one after another, each on the increment of the one before.
    """
    event, before = LATE_EVENTS[name], contents(world.landing.home)
    world.keep_what_was_read()
    event.happen(world.landing)
    world.build()
    after, anew = contents(world.landing.home), affected(world.landing.home)
    from_nothing = world.build_from_nothing()
    assert after.keys() == from_nothing.keys()
    assert {table: _difference(after[table], from_nothing[table]) for table in after if after[table] != from_nothing[table]} == {}
    assert event.affects <= anew
    assert len(anew) < len(USES)
    assert any(before[table] != after[table] for table in VERDICT_TABLES) or not event.changes_a_verdict


def _difference(rows: list[tuple[object, ...]], expected: list[tuple[object, ...]]) -> tuple[object, object]:
    """What is only in the one and only in the other, told shortly."""
    one, other = set(map(repr, rows)), set(map(repr, expected))
    return sorted(one - other)[:2], sorted(other - one)[:2]
