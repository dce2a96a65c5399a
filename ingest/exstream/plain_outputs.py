"""The `file` elements of a delivery file that are written as most are, told by their shape alone.

Here belongs the shape: elements and attributes in the engine's order, and texts without anything that XML reads in
another way than it stands (references, comments, carriage returns, characters that XML does not allow). What has this
shape means what it says wherever a `file` element may stand; everything else is the parser's (`delivery_file`). Not
here: what an output is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

FILE_START: Final = "<file "
LONGEST_PLAIN_FILE: Final = 1 << 16
"""In characters: a longer one is left to the parser."""

_NOT_PLAIN: Final = r"<>&\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_TEXT: Final = rf"[^{_NOT_PLAIN}]*+"
_VALUE: Final = rf"[^\"\t\n{_NOT_PLAIN}]*+"
_SPACE: Final = r"[ \t\n]*+"
_KEY: Final = rf'<key name="{_VALUE}">{_TEXT}</key>'
_CUSTOMER: Final = rf'<customer number="{_VALUE}">{_SPACE}(?:{_KEY}{_SPACE})*+</customer>'
_FILE: Final = re.compile(
    rf'<file name="({_VALUE})">{_SPACE}((?:{_CUSTOMER}{_SPACE})*+)'
    rf"(?:<pageCount>({_TEXT})</pageCount>{_SPACE})?+(?:<fileSize>({_TEXT})</fileSize>{_SPACE})?+</file>"
)
_ONE_CUSTOMER: Final = re.compile(rf'<customer number="({_VALUE})">(.*?)</customer>', re.DOTALL)
_ONE_KEY: Final = re.compile(r'<key name="([^"]*+)">([^<]*+)</key>')


def plain_files(text: str) -> Iterator[re.Match[str]]:
    """The plain files in a text: path, customers (for `plain_customers`), page count and size as they are written."""
    return _FILE.finditer(text)


def plain_customers(text: str) -> Iterator[tuple[str, dict[str, str], bool]]:
    """The customers of a plain file: number, keys by name, and whether a key stands twice with two values."""
    for number, content in _ONE_CUSTOMER.findall(text):
        found = _ONE_KEY.findall(content)
        keys = dict(found)
        yield number, keys, len(keys) < len(found) and len(keys) < len(set(found))
