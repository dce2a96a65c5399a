"""The times of many communications, told at once to be instants of the form that nearly all have.

Here belongs that look at whole columns of characters. What a single time means is `asset_use_report`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.exstream.asset_use_report import is_plain_instant

_LEAST: Final = np.frombuffer(b"0000-00-00T00:00:00Z", np.uint8)
_MOST: Final = np.frombuffer(b"9999-99-99T29:59:59Z", np.uint8)
_LAST_HOUR: Final = 23
_DIGITS_OF_DATE: Final = (0, 1, 2, 3, 5, 6, 8, 9)
_WORTHS: Final = 10 ** np.arange(7, -1, -1, dtype=np.int32)


def are_plain_instants(texts: pa.StringArray) -> NDArray[np.bool_]:
    """What `is_plain_instant` says of each text, none of which is NULL; it is asked once for each day."""
    _, offsets, written = texts.buffers()
    edges = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if not len(texts) or (np.diff(edges) != len(_LEAST)).any():
        return np.fromiter(map(is_plain_instant, texts.to_pylist()), np.bool_, len(texts))
    digits = np.frombuffer(written, np.uint8)[edges[0] : edges[-1]].reshape(-1, len(_LEAST)) - _LEAST
    fits: NDArray[np.bool_] = np.all(digits <= _MOST - _LEAST, axis=1)
    fits &= 10 * digits[:, 11] + digits[:, 12] <= _LAST_HOUR
    days = digits[:, _DIGITS_OF_DATE].astype(np.int32) @ _WORTHS
    no_days = [day for day in np.unique(days[fits]).tolist() if not _is_day(day)]
    if no_days:
        fits &= ~np.isin(days, no_days)
    others = np.flatnonzero(~fits)
    fits[others] = [is_plain_instant(texts[at].as_py()) for at in others.tolist()]
    return fits


def _is_day(digits: int) -> bool:
    """Whether eight digits are a date."""
    written = f"{digits:08}"
    return is_plain_instant(f"{written[:4]}-{written[4:6]}-{written[6:]}T00:00:00Z")
