"""Files of a delivery file told by their shape: the same outputs as the parser gives, whatever stands there."""

from __future__ import annotations

import io
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from assettrail.errors import RecordRejected
from ingest.exstream import delivery_file, delivery_text
from ingest.exstream.delivery_file import delivery_batches
from ingest.exstream.delivery_outputs import DeliveryOutput
from ingest.exstream.plain_outputs import plain_files

TEXTS = [
    "A1",
    "Söhne",
    "a &amp; b",
    "a > b",
    "",
    " ",
    "]]>",
    "a\r\nb",
    "<![CDATA[<file>]]>",
    "<!-- c -->",
    "\x01",
    "&#65;",
]
PLAIN = ["A1", "Söhne", "", "17", "a\nb", "it's"]
TEXT = st.sampled_from(PLAIN * 4 + TEXTS)
VALUE = st.sampled_from(["7", "12", "x", "", "a&amp;b", "a>b", "a<b", 'q"', "t\tt"])
KEY = st.builds(lambda name, text: f'<key name="{name}">{text}</key>', st.sampled_from(["A", "A", "B", "&#66;"]), TEXT)
OTHER = st.sampled_from(["", "\n  ", "<other/>", "<key name='A'>1</key>", '<!-- <file name="x"></file> -->', "text"])
CUSTOMER = st.builds(
    lambda number, keys, other: f'<customer number="{number}">{other.join(keys)}</customer>',
    st.sampled_from(["7", "8", "9"]) | VALUE,
    st.lists(KEY, max_size=3),
    OTHER,
)
COUNT = st.sampled_from(["<pageCount>2</pageCount>", "", "<fileSize>9</fileSize>", "<pageCount>x</pageCount>"])


@st.composite
def files(draw: st.DrawFn, nested: bool = True) -> str:
    """One file element, mostly plain; sometimes with another one in it, or with an end that is missing."""
    name = draw(st.sampled_from(["/f/1", "/f/2"]) | VALUE)
    inside = draw(OTHER).join(draw(st.lists(CUSTOMER, max_size=3)))
    if nested and draw(st.integers(0, 9)) == 0:
        inside += draw(files(nested=False))
    end = "" if draw(st.integers(0, 19)) == 0 else "</file>"
    return f'<file name="{name}">{inside}{draw(COUNT)}{draw(COUNT)}{end}'


QUEUES = st.builds(
    lambda files, other: f'<queue name="q" mimeType="m" pdl="p">{other.join(files)}</queue>',
    st.lists(files(), max_size=4),
    OTHER,
)


def read(text: str) -> tuple[list[DeliveryOutput], list[int]] | str:
    """The outputs and the numbers of what was refused, or why the file is not believed."""
    try:
        batches = list(delivery_batches(io.BytesIO(text.encode())))
    except RecordRejected as error:
        return error.found.partition(":")[0]
    return (
        [output for batch in batches for output in batch.outputs],
        [refused.number for batch in batches for refused in batch.refused],
    )


@settings(max_examples=250, deadline=None)
@given(queues=st.lists(QUEUES | OTHER | files(), max_size=3), piece=st.sampled_from([7, 61, 257, 1 << 18]))
def test_shape_and_parser_agree(queues: list[str], piece: int) -> None:
    """A letter that one of two ways of reading attributes to another customer is a false lineage."""
    text = f"<outputList>{''.join(queues)}</outputList>"
    with patch.object(delivery_text, "CHUNK_BYTES", piece):
        found = read(text)
        with patch.object(delivery_file, "plain_files", lambda _: iter(())):
            assert found == read(text)


def test_what_engines_write_is_plain() -> None:
    """A shape that fits nothing would leave all to the parser, and nobody would notice but by the clock."""
    written = (
        '<file name="/mnt/x/Queue_1/1.pdf"><customer number="1"><key name="AccountNumber">0001</key></customer>\n'
        "  <pageCount>2</pageCount><fileSize>48213</fileSize></file>"
    )
    (found,) = plain_files(f"<queue>{written}</queue>")
    assert found.group() == written
