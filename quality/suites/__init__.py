"""One suite of expectations per landing stream: what the source promised about a batch.

Here belongs what would corrupt the meaning of a batch if it did not hold. A value that a vendor's growing list may
gain (a new status, a new channel) does not hold a batch; staging keeps it as it is. Whether a row can be read at all
is decided before, in `ingest.rows`; whether a model or the business is in order is decided later. Importing this
package imports Great Expectations, which takes seconds: import it where it is used.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from ingest.schema import TEXT, StreamSchema
from quality.suites import cloudinary, corrections, exstream, trading_grid
from quality.suites.promises import at_least_one_row, key_is_unique, not_blank, not_null, valid_json

_PROMISES: Final[Mapping[str, Mapping[str, Callable[[], list[Expectation]]]]] = MappingProxyType(
    {
        "cloudinary": cloudinary.PROMISES,
        "exstream": exstream.PROMISES,
        "trading_grid": trading_grid.PROMISES,
        "corrections": corrections.PROMISES,
    }
)


def expectations_of(schema: StreamSchema) -> list[Expectation]:
    """The stream's expectations: those that every stream has by its shape, then its own.

    The row count is always among them, as expectations on values hold on an empty file.
    """
    required_text = [name for name, kind in schema.columns.items() if name in schema.required and kind == TEXT]
    return [
        at_least_one_row(),
        *(not_null(name) for name in schema.columns if name in schema.required),
        *([not_blank(required_text)] if required_text else []),
        key_is_unique(schema.key),
        *(valid_json(name) for name in schema.columns if name in schema.json_columns),
        *_PROMISES[schema.system][schema.name](),
    ]
