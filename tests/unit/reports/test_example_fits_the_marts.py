"""The example that the pages are tested on has the tables that the warehouse publishes."""

from __future__ import annotations

import pytest

from tests.browser.example.described import described
from tests.browser.example.exceptions import SEEN
from tests.browser.example_snapshot import TABLES


@pytest.mark.parametrize("table", [table for table in TABLES if table != SEEN])
def test_the_columns_of_the_example_are_those_of_the_mart(table: str) -> None:
    """Pages that pass on a table that nobody publishes break on the first real snapshot.

    What publishing itself writes beside the marts has its columns from there.
    """
    published = described(table.partition(".")[0])[table]
    example = dict(column.split() for column in TABLES[table].split(","))
    assert example.keys() <= published.keys()
    assert {name: published[name] or kind for name, kind in example.items()} == example
