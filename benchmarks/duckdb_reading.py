"""The reference of the asset-use report: DuckDB's reader into Parquet; prints how many seconds it took.

Here belongs the statement of the reference alone, run in a process of its own by `ingest`.
"""

from __future__ import annotations

import sys
import time

import duckdb


def main() -> None:
    """Read the report of the first argument into the Parquet file of the second, on two threads."""
    report, target = sys.argv[1:]
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        started = time.perf_counter()
        connection.execute(
            f"COPY (SELECT * FROM read_json('{report}', format = 'newline_delimited')) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )
        sys.stdout.write(str(time.perf_counter() - started))


if __name__ == "__main__":
    main()
