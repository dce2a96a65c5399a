"""The kinds of promise that suites are made of, as Great Expectations expectations on DuckDB.

Here belongs the wording and the SQL of each kind. Regular-expression expectations do not exist on DuckDB, so that
those are `UnexpectedRowsExpectation`s; their queries select only the row hash, so that no value of a row leaves the
file. Every description is a sentence that `assettrail batches show` prints when the promise is broken.
"""

from collections.abc import Sequence
from typing import Final

from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation

from quality.suites.together import CONDITION, KEY

EARLIEST_VERSION = 1_262_304_000
"""2010-01-01T00:00:00Z in epoch seconds: no Cloudinary version is older."""

LATEST_VERSION = 4_102_444_800
"""2100-01-01T00:00:00Z in epoch seconds: a larger one counts milliseconds."""

_OF_BATCH: Final = "select _row_hash from {batch}"


def at_least_one_row() -> Expectation:
    """A landed file has a row: expectations on values hold on an empty one."""
    return ExpectTableRowCountToBeBetween(min_value=1, description="the batch has at least one row")


def not_null(column: str) -> Expectation:
    """A required value is there."""
    return ExpectColumnValuesToNotBeNull(
        column=column, description=f"{column} has a value", meta={CONDITION: f"{column} is null"}
    )


def key_is_unique(key: Sequence[str]) -> Expectation:
    """No key stands twice in a batch: two contents for one event or one thing would contradict each other.

    A query, as the expectation on compound keys does not say which rows they are on a query asset.
    """
    names = ", ".join(key)
    return UnexpectedRowsExpectation(
        unexpected_rows_query=f"{_OF_BATCH} qualify count(*) over (partition by {names}) > 1",
        description=f"the key {names} is unique in the batch",
        meta={KEY: list(key)},
    )


def one_of(column: str, values: Sequence[str]) -> Expectation:
    """A value of a closed list, where another value would be counted wrongly. NULL passes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return ExpectColumnValuesToBeInSet(
        column=column,
        value_set=list(values),
        description=f"{column} is one of {', '.join(values)}",
        meta={CONDITION: f"{column} not in ({listed})"},
    )


def not_negative(column: str) -> Expectation:
    """A count or size of 0 or more. NULL passes."""
    return ExpectColumnValuesToBeBetween(
        column=column, min_value=0, description=f"{column} is not negative", meta={CONDITION: f"{column} < 0"}
    )


def version_epoch(column: str) -> Expectation:
    """A Cloudinary version: epoch seconds between 2010 and 2100. NULL passes."""
    return ExpectColumnValuesToBeBetween(
        column=column,
        min_value=EARLIEST_VERSION,
        max_value=LATEST_VERSION,
        description=f"{column} is epoch seconds between 2010 and 2100",
        meta={CONDITION: f"{column} not between {EARLIEST_VERSION} and {LATEST_VERSION}"},
    )


def not_blank(columns: Sequence[str]) -> Expectation:
    """Required texts say something."""
    # What white space begins with stands before or behind all other ASCII: comparing costs a fifth of trimming.
    blank = " or ".join(f"({column} not between '!' and '~' and ltrim({column}) = '')" for column in columns)
    return never(blank, f"no blank text in {', '.join(columns)}")


def valid_json(column: str) -> Expectation:
    """Text that holds one JSON value. NULL passes."""
    return never(f"{column} is not null and not json_valid({column})", f"{column} holds JSON", column)


def sha256(column: str) -> Expectation:
    """A SHA-256. NULL passes."""
    condition = f"not regexp_full_match({column}, '[0-9a-f]{{{{64}}}}')"
    return never(condition, f"{column} is a SHA-256 (64 lower-case hexadecimal digits)", column)


def md5(column: str) -> Expectation:
    """An MD5, which is what Cloudinary's etag is. NULL passes.

    Those of a report come again, and DuckDB trims each value of a column's dictionary once, where it looks for a
    regular expression in each row.
    """
    condition = f"strlen({column}) <> 32 or ltrim({column}, '0123456789abcdef') <> ''"
    return never(condition, f"{column} is an MD5 (32 lower-case hexadecimal digits)", column)


def instant(column: str) -> Expectation:
    """Vendor time text that staging reads as one instant, from 1990 on. NULL passes.

    Epoch milliseconds, ISO 8601 with Z or an offset, or a plain date. A time without a zone, or epoch seconds taken
    for milliseconds, would become NULL or 1970 without a word.
    """
    iso = "[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
    zoned = f"{iso}[T ][0-9:.]+ ?(Z|z|[+-][0-9]{{{{2}}}}(:?[0-9]{{{{2}}}})?)"
    # No text is of two of these forms; the one that nearly all have is asked for first.
    read = (
        f"case when regexp_full_match({column}, '{zoned}') then try_cast({column} as timestamptz)"
        f" when regexp_full_match({column}, '-?[0-9]{{{{1,15}}}}')"
        f" then make_timestamptz(try_cast({column} as bigint) * 1000)"
        f" when regexp_full_match({column}, '{iso}') then try_cast({column} || 'T00:00:00Z' as timestamptz) end"
    )
    early = "timestamptz '1990-01-01 00:00:00+00'"
    return never(
        f"{column} is not null and coalesce({read} < {early}, true)",
        f"{column} is an instant with its zone, from 1990 on",
        column,
    )


def pseudonym(column: str = "recipient_pseudonym", key_id: str = "pseudonym_key_id") -> Expectation:
    """A recipient is a keyed hash that names its key, never an identifier. NULL passes."""
    return never(
        f"{column} is not null and ({key_id} is null or not regexp_full_match({column}, '[0-9a-f]{{{{64}}}}'))",
        f"{column} is a pseudonym and {key_id} names its key",
        column,
    )


def never(condition: str, description: str, column: str | None = None) -> Expectation:
    """No row meets a condition: SQL over the batch's columns, literal braces written twice."""
    meta = {CONDITION: condition} | ({} if column is None else {"column": column})
    return UnexpectedRowsExpectation(
        unexpected_rows_query=f"{_OF_BATCH} where {condition}", description=description, meta=meta
    )
