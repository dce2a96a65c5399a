"""The dbt command as builds start it: what was parsed for one home holds for every home, and nothing works for nobody.

Here belongs what dbt is told of itself before it starts, and nothing of what it builds. dbt parses every file anew when
the connection differs from that of the last parse, because templates see the connection as `target`. Homes differ in
the path of the build file; here no template sees it, thus none can depend on it.

Two thirds of a small build are dbt's own work, and the largest part of that had no reader: events of the level `debug`,
some twenty for each model and test, that it puts into words and JSON before it finds that no log takes them; and the
manifest, which it writes when it has parsed the project and writes over when it has built.
"""

from __future__ import annotations

import gc
from typing import Any, cast

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.cli import requires
from dbt.cli.main import cli
from dbt.context.macros import MacroNamespace, NamespaceMember
from dbt.flags import get_flags
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_PATH = "path"
_BY_NAME = "macros_by_name"
_QUIET = (EventLevel.DEBUG, EventLevel.TEST)
_PARSE = "parse"
_OBJECTS_PER_COLLECTION = 100_000
"""Python looks for garbage after 700 new objects; dbt makes millions that it keeps (the project), and few circles."""


def hide_path() -> None:
    """Take the path of the build file out of what this process's templates, and the state of a parse, know of it."""
    shown = DuckDBCredentials._connection_keys  # noqa: SLF001 - dbt has no other place that says it

    def keys(credentials: DuckDBCredentials) -> tuple[str, ...]:
        return tuple(name for name in shown(credentials) if name != _PATH)  # type: ignore[no-untyped-call]

    DuckDBCredentials._connection_keys = keys  # type: ignore[method-assign]  # noqa: SLF001


def leave_out_unheard_events() -> None:
    """Make nothing of an event whose level no log of this process takes; `--debug` and `--log-level` are heard.

    An event that is to be judged as a warning goes its way whatever its level is. dbt's only listener beside the logs
    waits for a warning.
    """
    fire = EventManager.fire_event

    def fire_what_is_heard(
        manager: EventManager, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **named: Any
    ) -> None:
        is_quiet = (level or e.level_tag()) in _QUIET and not (any(rest) or any(named.values()))
        if not is_quiet or any(logger.level in _QUIET for logger in manager.loggers):
            fire(manager, e, level, *rest, **named)

    EventManager.fire_event = fire_what_is_heard  # type: ignore[method-assign, assignment]


def find_macros_at_once() -> None:
    """Let dbt find a macro by its name in one dictionary; it looks through six for each of 600, for each template."""

    def by_name(namespace: Any) -> dict[str, NamespaceMember]:
        if _BY_NAME not in namespace.__dict__:
            found: dict[str, NamespaceMember] = {}
            # The first dictionary that has a name wins: it is laid over the others at last.
            for dictionary in reversed(list(namespace._search_order())):  # noqa: SLF001 - dbt's own order of precedence
                found.update(dictionary)
            namespace.__dict__[_BY_NAME] = found
        return cast("dict[str, NamespaceMember]", namespace.__dict__[_BY_NAME])

    MacroNamespace.keys = lambda namespace: by_name(namespace).keys()  # type: ignore[method-assign, assignment]
    MacroNamespace.__getitem__ = lambda namespace, name: by_name(namespace)[name]  # type: ignore[method-assign]


def write_manifest_at_the_end() -> None:
    """Write no manifest of what was only parsed, unless that is all that was asked for.

    A command that goes on writes over it when it has run, with what it compiled: nobody reads the first one.
    """
    parse = requires.parse_manifest  # type: ignore[attr-defined]

    def parse_without_writing(config: Any, write_perf_info: bool, write: bool, *rest: Any) -> Any:
        is_all = get_flags().WHICH == _PARSE  # type: ignore[no-untyped-call]
        return parse(config, write_perf_info, write and is_all, *rest)

    requires.parse_manifest = parse_without_writing  # type: ignore[attr-defined, assignment]


def prepare() -> None:
    """Make this process one that builds as a run of the house does."""
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    hide_path()
    leave_out_unheard_events()
    find_macros_at_once()
    write_manifest_at_the_end()


if __name__ == "__main__":
    prepare()
    cli()
