"""The dbt command as builds start it: what was parsed for one home holds for every home.

Here belongs what dbt is told of itself before it starts, and nothing of what it builds. dbt parses every file anew when
the connection differs from that of the last parse, because templates see the connection as `target`. Homes differ in
the path of the build file; here no template sees it, thus none can depend on it.
"""

from __future__ import annotations

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.cli.main import cli

_PATH = "path"


def hide_path() -> None:
    """Take the path of the build file out of what this process's templates, and the state of a parse, know of it."""
    shown = DuckDBCredentials._connection_keys  # noqa: SLF001 - dbt has no other place that says it

    def keys(credentials: DuckDBCredentials) -> tuple[str, ...]:
        return tuple(name for name in shown(credentials) if name != _PATH)  # type: ignore[no-untyped-call]

    DuckDBCredentials._connection_keys = keys  # type: ignore[method-assign]  # noqa: SLF001


if __name__ == "__main__":
    hide_path()
    cli()
