"""Many times at once: what is said of each is what is said of it alone."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.exstream.asset_use_report import is_plain_instant
from ingest.exstream.plain_instants import are_plain_instants
from ingest.schema import TEXT

USUAL = "2024-02-29T23:59:59Z"
TIMES = st.one_of(
    st.sampled_from([USUAL, "2023-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "2024-13-01T00:00:00Z"]),
    st.sampled_from(["2024-02-29T24:00:00Z", "2024-02-29T23:60:00Z", "2024-02-29T23:59:60Z", "2024-02-30T00:00:00Z"]),
    st.sampled_from(["2024-02-29 23:59:59Z", "2024-02-29T23:59:59z", "2024-02-29T23:59:5½", "20240229T235959.00Z"]),
    st.sampled_from(
        ["2024-02-29T23:59+01:00", "2024-02-29T23:59:59.5Z", "2024-W09-4T23:59:59Z", "", "9999-12-31T00:00:00Z"]
    ),
    st.datetimes().map(lambda found: found.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")),
    st.text(min_size=20, max_size=20),
    st.tuples(st.integers(0, 19), st.characters(max_codepoint=127)).map(
        lambda at: USUAL[: at[0]] + at[1] + USUAL[at[0] + 1 :]
    ),
)


@given(st.lists(TIMES))
@example(["2024-02-29T23:59:59Z", "2023-02-29T23:59:59Z"])
@example(["2024-02-29T19:59:59Z", "2024-02-29T24:00:00Z"])
def test_each_time_is_told_as_alone(times: list[str]) -> None:
    """Harm prevented: a time that is no instant lands, or one that is goes the slow way and changes the rows' order."""
    written = pa.array(["before", *times], TEXT)[1:]
    assert are_plain_instants(written).tolist() == [is_plain_instant(time) for time in times]
