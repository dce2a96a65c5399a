"""A home whose build file is kept from build to build, and the same landing built from nothing beside it.

Here belongs building and comparing. What comes late is told in `late_events`.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.dbt.conftest import dbt
from tests.dbt.landing_fixture import Landing
from tests.dbt.late_events import LATE_EVENTS
from tests.dbt.small_world import land_world
from tests.dbt.small_world_uses import USES

WORDS = (
    *("build", "--no-write-json"),
    *("--select", "+fct_asset_uses", "+bridge_asset_uses_candidates", "+fct_exposure_versions"),
    *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
)
OF_ONE_BUILD = {
    f"intermediate.{name}"
    for name in (
        "int_references__unioned",
        "int_claims__changed",
        "int_assets__affected",
        "int_versions__affected",
        "int_plain_versions__affected",
        "int_partitions__affected",
        "int_increments__weighed",
        "int_exposures__bounded",
        "int_exposures__instants",
        "int_exposures__judged",
    )
} | {
    "staging.stg_cloudinary__notifications_anew",
    *(f"staging.stg_exstream__{stream}_anew" for stream in ("asset_uses", "communications", "renderings")),
}
"""What is derived anew is no content: a build from nothing derives everything anew."""
PARTS_OF_ONE_BUILD = {
    "intermediate.int_subjects__fingerprinted": ("* exclude (is_changed)", "fingerprint is not null"),
    "intermediate.int_asset_versions__observed": ("* exclude (observed_before_to)", "true"),
    "intermediate.int_claims__reached": ("* exclude (told_anew_from)", "true"),
    "intermediate.int_inventory__known": ("* exclude (changed_from)", "true"),
    "intermediate.int_approvals__affected": ("asset_id_cloudinary", "is_doubtful"),
    "intermediate.int_exposures__reached": ("* exclude (judged_anew_from)", "true"),
    "intermediate.int_candidates__judged": ("*", f"reference_key not between {12 * 16**30} and {13 * 16**30 - 1}"),
    "intermediate.int_references__judged": ("*", "reference_type is distinct from 'exposure'"),
}
"""Columns and rows that are content, of tables that hold others besides. What is judged of exposures is of one build:
what it comes to stands in the marts. References of exposures are those of the digit `c`."""
VERDICT_TABLES = ("marts.fct_asset_uses", "marts.fct_exposures", "intermediate.int_references__judged")

Contents = dict[str, list[tuple[object, ...]]]


@dataclass
class World:
    """A home whose build file is kept from build to build."""

    landing: Landing
    folder: Path

    def build(self, *words: str) -> None:
        """Build what the verdict rests on: an increment where a kept build's batches are laid."""
        self.landing.project()
        done = dbt(self.folder, *WORDS, *words, home=self.landing.home)
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
        (home / "landing").symlink_to(self.landing.home / "landing")
        shutil.copyfile(self.landing.home / "projection/log_batches.parquet", home / "projection/log_batches.parquet")
        done = dbt(self.folder, *WORDS, home=home)
        assert done.returncode == 0, done.stdout + done.stderr
        return contents(home)


def contents(home: Path) -> Contents:
    """All rows of all tables of a home's build, sorted; what is of one build alone is left out."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {
            name: connection.execute(f"select {columns} from {name} where {rows} order by all").fetchall()
            for (name,) in names
            if name not in OF_ONE_BUILD
            for columns, rows in (PARTS_OF_ONE_BUILD.get(name, ("*", "true")),)
        }


def affected(home: Path) -> set[str]:
    """The communications that the last build derived anew."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute("select communication_id_exstream from intermediate.int_partitions__affected")
        return {str(name) for (name,) in rows.fetchall()}


def uses_derived_anew(home: Path) -> int:
    """How many uses the last build judged."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        row = connection.execute("select count(*) from staging.stg_exstream__asset_uses_anew").fetchone()
    return int(row[0]) if row else 0


def made_world(folder: Path) -> World:
    """The small world in a folder, built once in full."""
    landing = Landing(folder / "home")
    land_world(landing)
    made = World(landing, folder)
    made.build()
    assert affected(landing.home) == set()
    return made


def require_same_after(world: World, names: Sequence[str]) -> None:
    """Let late events happen, build an increment, and require what a build from nothing gives in every table."""
    events, before = [LATE_EVENTS[name] for name in names], contents(world.landing.home)
    world.keep_what_was_read()
    for event in events:
        event.happen(world.landing)
    world.build()
    after, anew = require_equal(world), affected(world.landing.home)
    assert frozenset().union(*(event.affects for event in events)) <= anew
    assert len(anew) < len(USES) or any(event.may_affect_all for event in events)
    changed = [table for table in VERDICT_TABLES if before[table] != after[table]]
    assert changed or not any(event.changes_a_verdict for event in events)


def require_equal(world: World) -> Contents:
    """Require of the kept build what a build from nothing gives in every table; what is in it."""
    after, from_nothing = contents(world.landing.home), world.build_from_nothing()
    assert after.keys() == from_nothing.keys()
    unlike = [table for table in after if after[table] != from_nothing[table]]
    assert {table: _difference(after[table], from_nothing[table]) for table in unlike} == {}
    return after


def _difference(rows: list[tuple[object, ...]], expected: list[tuple[object, ...]]) -> tuple[object, object]:
    """Rows that are only in the one, and only in the other, told shortly."""
    one, other = set(map(repr, rows)), set(map(repr, expected))
    return sorted(one - other)[:2], sorted(other - one)[:2]
