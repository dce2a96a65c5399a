"""What a reading holds, whether its rows were read one by one or as columns."""

from collections.abc import Mapping

from ingest.laid_aside import opened
from ingest.reading import Reading
from ingest.schema import LOAD_COLUMNS


def values_of(reading: Reading) -> list[Mapping[str, object]]:
    """The values of all rows: first those read one by one, then those read as columns."""
    columns = [
        table.drop_columns([name for name in LOAD_COLUMNS if name in table.column_names])
        for table in map(opened, reading.tables)
    ]
    return [*(row.values for row in reading.rows), *(values for table in columns for values in table.to_pylist())]
