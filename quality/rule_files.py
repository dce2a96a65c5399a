"""Files of rules that an operator writes in place of those that are shipped: read whole, or refused with every mistake.

Here belongs what such a file must be. Which rules there are, with their columns, is told by whoever asks (dbt's
project); when a build reads them is the business of `orchestration.own_rules`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from assettrail.errors import ConfigurationError

SUFFIX = ".csv"
TOLD_MISTAKES = 20
EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""How a rule says that it holds since ever and without an end."""
_MOST = 2**31 - 1
_PASSED_OVER = re.compile(r"\.|README", re.IGNORECASE)
"""How names of files begin that are no rules and no mistake."""


@dataclass(frozen=True)
class RuleTable:
    """What a file of rules must be: its columns with their types in their order, and what holds between its rows.

    Rows that agree in the columns `of` follow each other in time, from `starts` to before `ends`. `closed` has the
    values that a column may have, `always_for` the values of the only column in `of` that need a rule at every instant,
    `asked_for` the values of an open column that the models themselves ask for.
    """

    name: str
    types: Mapping[str, str]
    of: tuple[str, ...]
    starts: str
    ends: str
    may_be_empty: frozenset[str] = frozenset()
    closed: Mapping[str, tuple[str, ...]] | None = None
    always_for: tuple[str, ...] = ()
    asked_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """The columns of open words, which only records can tell right from wrong."""
        return tuple(
            name
            for name, kind in self.types.items()
            if kind == "varchar" and name not in (self.closed or {}) and (name in self.of or name.endswith("_code"))
        )


@dataclass(frozen=True)
class RuleFile:
    """A file that was read: the SHA-256 (lower-case hex) of its bytes, its number of rows, and them in one form."""

    sha256: str
    rows: int
    text: str


class _Wrong(Exception):
    """A value is not of its column; the text says what was expected."""


def read_rule_files(folder: Path, tables: Mapping[str, RuleTable]) -> dict[str, RuleFile]:
    """Return the files of rules in a folder by the name of the rule.

    Raises ConfigurationError with every mistake, each with its file and line, where one is not what `tables` says, has
    another name, or cannot be read; then none of them is returned.
    """
    found: dict[str, RuleFile] = {}
    mistakes: list[str] = []
    written: list[_Word] = []
    try:
        entries = sorted(entry for entry in folder.iterdir() if not _PASSED_OVER.match(entry.name))
    except OSError as error:
        raise _refused(folder, [f"{type(error).__name__}: {error}"]) from error
    for entry in entries:
        table = tables.get(entry.name.removesuffix(SUFFIX)) if entry.name.endswith(SUFFIX) else None
        if table is None:
            known = ", ".join(f"{name}{SUFFIX}" for name in sorted(tables))
            mistakes.append(f"{entry.name}: no rule has this name; expected one of {known}")
            continue
        try:
            stated = entry.read_bytes()
        except OSError as error:
            mistakes.append(f"{entry.name}: {type(error).__name__}: {error.strerror}")
            continue
        read, rows, wrong = _read(stated, table)
        mistakes += [f"{entry.name}, {each}" for each in wrong]
        written += _words(entry.name, rows, table)
        found[table.name] = read
    mistakes += _two_spellings(written)
    if mistakes:
        raise _refused(folder, mistakes)
    return found


def _refused(folder: Path, mistakes: Sequence[str]) -> ConfigurationError:
    told = "\n  - ".join(mistakes[:TOLD_MISTAKES])
    more = f"\n  - and {len(mistakes) - TOLD_MISTAKES} more" if len(mistakes) > TOLD_MISTAKES else ""
    return ConfigurationError(
        tried=f"to read your own rules in {folder} (setting rules.folder)",
        found=f"{len(mistakes)} mistake(s):\n  - {told}{more}",
        expected="CSV files (UTF-8, commas) named as the rules that they replace, each whole and with its header, as "
        "docs/rules.md describes them",
        remedy="correct each line above and run again; nothing was built by these rules, the last snapshot stays up",
    )


def _read(stated: bytes, table: RuleTable) -> tuple[RuleFile, list[tuple[int, _Row]], list[str]]:
    mistakes: list[str] = []
    rows = list(_rows(stated, table, mistakes))
    if not mistakes:
        mistakes += _between(rows, table)
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(table.types)
    lines.writerows([_as_text(row[name]) for name in table.types] for _, row in rows)
    return RuleFile(hashlib.sha256(stated).hexdigest(), len(rows), written.getvalue()), rows, mistakes


_Row = Mapping[str, object]


@dataclass(frozen=True)
class _Word:
    """A word in a column, the file that it is written in, and the line; both are empty for a word of the models."""

    column: str
    text: str
    file: str = ""
    line: int = 0

    @property
    def sound(self) -> tuple[str, str]:
        """What two spellings of one word have in common: letters and digits, whatever their case."""
        return self.column, "".join(filter(str.isalnum, self.text.casefold()))

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.file}, line {self.line}" if self.file else "the models"


def _words(file: str, rows: Sequence[tuple[int, _Row]], table: RuleTable) -> Iterator[_Word]:
    for name in table.words:
        yield from (_Word(name, word) for word in table.asked_for.get(name, ()))
        yield from (_Word(name, str(row[name]), file, line) for line, row in rows if row[name] is not None)


def _two_spellings(written: Sequence[_Word]) -> Iterator[str]:
    """Say which words are written in two ways in two files: one of them is in no record, and its rule finds nothing.

    What the models ask for is right; of two files the one that is read first is taken to be. A file that has both
    spellings means both: records may have them.
    """
    alike: dict[tuple[str, str], list[_Word]] = {}
    for word in written:
        alike.setdefault(word.sound, []).append(word)
    for (_, sound), words in alike.items():
        pairs = {(word.file, word.text) for word in words if word.file}
        if not sound or len(pairs) > len({file for file, _ in pairs}):
            continue
        known = min(words, key=lambda word: bool(word.file))
        for word in words:
            if word.text != known.text:
                right = f"{known.text!r}, as it stands in {known.place}"
                yield f"{word.place}, {word.column}: found {word.text!r}; expected {right}"


def _rows(stated: bytes, table: RuleTable, mistakes: list[str]) -> Iterator[tuple[int, _Row]]:
    """Give each row with its line; what is wrong is added to `mistakes`."""
    try:
        lines = csv.reader(io.StringIO(stated.decode("utf-8-sig"), newline=""), strict=True)
        header = next(lines, [])
        if header != list(table.types):
            mistakes.append(f"line 1: found the header {','.join(header)!r}; expected {','.join(table.types)!r}")
            return
        for cells in lines:
            if cells:
                yield lines.line_num, _row(cells, table, lines.line_num, mistakes)
    except UnicodeDecodeError as error:
        line = stated[: error.start].count(b"\n") + 1
        mistakes.append(f"line {line}: found the byte {stated[error.start]:#04x}; expected UTF-8")
    except csv.Error as error:
        mistakes.append(f"line {lines.line_num}: found no CSV ({error}); expected values with commas between them")


def _row(cells: Sequence[str], table: RuleTable, line: int, mistakes: list[str]) -> _Row:
    if len(cells) != len(table.types):
        mistakes.append(f"line {line}: found {len(cells)} values; expected {len(table.types)}")
        return dict.fromkeys(table.types)
    row: dict[str, object] = {}
    for (name, kind), cell in zip(table.types.items(), cells, strict=True):
        row[name] = None
        try:
            row[name] = _value(cell, name, kind, table)
        except _Wrong as wrong:
            mistakes.append(f"line {line}, {name}: found {cell!r}; expected {wrong}")
    return row


def _value(cell: str, name: str, kind: str, table: RuleTable) -> object:
    if not cell:
        if name in table.may_be_empty:
            return None
        raise _Wrong("a value")
    allowed = (table.closed or {}).get(name)
    if allowed and cell not in allowed:
        raise _Wrong(f"one of {', '.join(allowed)}")
    return _READ[kind.partition("(")[0]](cell, kind)


def _text(cell: str, _: str) -> str:
    if cell != cell.strip() or not cell.isprintable():
        raise _Wrong("a text without spaces around it and without control characters")
    return cell


def _whole_number(cell: str, _: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", cell) or int(cell) > _MOST:
        raise _Wrong(f"a whole number from 0 to {_MOST}")
    return int(cell)


def _decimal(cell: str, kind: str) -> str:
    digits, scale = map(int, re.findall(r"\d+", kind))
    if not re.fullmatch(rf"[0-9]{{1,{digits - scale}}}(\.[0-9]{{1,{scale}}})?", cell):
        raise _Wrong(f"a number with at most {digits - scale} digits before the point and {scale} behind it")
    return cell


def _truth(cell: str, _: str) -> bool:
    if cell not in {"true", "false"}:
        raise _Wrong("true or false")
    return cell == "true"


def _instant(cell: str, _: str) -> datetime:
    expected = "an instant with its offset, as 2026-03-01T00:00:00Z"
    try:
        told = datetime.fromisoformat(cell)
        if told.tzinfo is None:
            raise _Wrong(expected)
        return told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(expected) from None


_READ: Mapping[str, Callable[[str, str], object]] = {
    "varchar": _text,
    "integer": _whole_number,
    "decimal": _decimal,
    "boolean": _truth,
    "timestamptz": _instant,
}


def _as_text(value: object) -> str:
    """Return a value as every reader of CSV takes it; nothing for what is empty."""
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_Period = tuple[datetime, datetime, int]
"""From, to (not included), and the line that says so."""


def _between(rows: Sequence[tuple[int, _Row]], table: RuleTable) -> Iterator[str]:
    """Say which periods end before they begin, overlap, or leave a gap where there must be none."""
    periods: dict[tuple[object, ...], list[_Period]] = {(value,): [] for value in table.always_for}
    for line, row in rows:
        starts, ends = row[table.starts], row[table.ends]
        if not (isinstance(starts, datetime) and isinstance(ends, datetime)):
            raise AssertionError("a row without a mistake has its period")
        if ends <= starts:
            begin = f"{table.starts} {_told(starts)}"
            yield f"line {line}: found {table.ends} {_told(ends)}; expected an instant after {begin}"
        periods.setdefault(tuple(row[name] for name in table.of), []).append((starts, ends, line))
    for group, of_group in periods.items():
        of_group.sort()
        named = " ".join(map(str, group)) or "all rows"
        for (_, ends, line), (starts, _, next_line) in pairwise(of_group):
            if starts < ends:
                yield (
                    f"line {next_line}: found a rule for {named} from {_told(starts)} on, while that of line {line} "
                    f"holds until {_told(ends)}; expected that the earlier one ends where the later one begins"
                )
        if len(group) == 1 and group[0] in table.always_for:
            yield from (f"{each} for {named}; expected a rule at every instant" for each in _gaps(of_group))


def _gaps(periods: Sequence[_Period]) -> Iterator[str]:
    reached = EVER
    for starts, ends, line in periods:
        if starts > reached:
            yield f"line {line}: found no rule from {_told(reached)} to {_told(starts)}"
        reached = max(reached, ends)
    if reached < NEVER:
        yield f"at the end: found no rule from {_told(reached)} to {_told(NEVER)}"


def _told(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
