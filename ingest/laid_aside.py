"""Tables that are laid aside in Arrow files, each opened when its turn comes.

Here belong writing such a file, what stands for it until it is looked at, and how the two kinds of table are told
apart. A page of a file that was looked at counts as memory for as long as its table is held: whoever goes through
many tables holds one at a time. Where the files lie, and when they go, is their source's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa


@dataclass(frozen=True)
class TableFile:
    """A table in an Arrow file: where it lies, and how many rows it has."""

    path: Path
    num_rows: int

    def open(self) -> pa.Table:
        """The table as it lies in the file, not in memory."""
        return pa.ipc.open_file(pa.memory_map(str(self.path))).read_all()


LandableTable: TypeAlias = pa.Table | TableFile
"""Rows of one stream, read as columns: in memory, or laid aside."""


def opened(table: LandableTable) -> pa.Table:
    """The table itself."""
    return table.open() if isinstance(table, TableFile) else table


def laid_aside(path: Path, table: pa.Table) -> TableFile:
    """Lay a table aside in a new file. Raises OSError when it cannot be written."""
    whole = table.unify_dictionaries().combine_chunks()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)
    return TableFile(path, table.num_rows)
