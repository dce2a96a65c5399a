"""Pseudonyms for recipients, and masking of identifiers in free text: neither ever lands as it came.

Here belong the keyed hash that stands for a recipient and the patterns that free text is searched for. Who
counts as a recipient is the vendor's folder; people who act in a role (uploader, approver) keep id and name.
"""

import hmac
import re
import unicodedata
from typing import Final, Literal, Protocol, get_args, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evidence.keys import KeyRing, key_name
from evidence.many_hashes import hmac_of_each

RecipientKind = Literal["customer", "account", "policy", "email", "telephone"]
"""What a recipient's identifier is; values of two kinds never meet."""
_SPACE, _DELETE = 0x20, 0x7F
RECIPIENT_KINDS: Final[tuple[RecipientKind, ...]] = get_args(RecipientKind)

_URL: Final = r"https?://[^\s<>\"']{1,2048}"
_INSTANT: Final = (
    r"(?<![\w-])\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])"
)
_TRADE_NUMBER: Final = r"\b(?:GTIN|EAN|GLN)(?:-\d{1,2})?[ :]{0,3}\d{8,14}(?!\w)"
_QUERY: Final = re.compile(r"[?#]")
_KEPT: Final = re.compile(f"(?P<url>{_URL})|{_INSTANT}|{_TRADE_NUMBER}")
_EMAIL: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_TELEPHONE: Final = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}|00\d{1,3}|\(\d{2,5}\)|0\d{1,4})(?:[\s./()-]{0,2}\d){6,14}(?![\w])"
    r"|(?<![\w.-])\d{3}[ .-]\d{3}[ .-]\d{4}(?![\w-])"
)
_NAMED_ACCOUNT: Final = re.compile(
    r"\b(?P<word>account|acct|policy|customer|contract|member|iban|card)"
    r"(?P<link>(?:[\s.:#=-]|\bno\b|\bnr\b|\bid\b|\bnumber\b|\bis\b){0,8})"
    r"(?P<value>(?=[A-Z0-9-]{0,30}\d{3})[A-Z0-9][A-Z0-9-]{3,33}(?: \d{2,6}){0,5})",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_LETTERED_NUMBER: Final = re.compile(r"\b[A-Z]{1,4}-\d{5,14}\b")
_LONG_NUMBER: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){7,18}(?![\w-])")

_NUMBER: Final = re.compile(r"\d(?:\d{4}|(?:\D{0,3}\d){6})")
_IBAN_START: Final = re.compile(r"[A-Z]{2}\d{2}")
_THREE_DIGITS: Final = re.compile(r"\d{3}")
_NAMING: Final = ("account", "acct", "policy", "customer", "contract", "member", "iban", "card")
"""What stands in every text that one of the patterns above finds something in; each is looked for at once."""


class MakesPseudonyms(Protocol):
    """What readers need of `Pseudonymizer`."""

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        ...

    def pseudonym(self, kind: str, value: str) -> str:
        """The stable stand-in for a recipient's identifier."""
        ...


@runtime_checkable
class PseudonymsByRun(Protocol):
    """Pseudonyms whose key depends on the run of the engine, as after a rotation of keys."""

    def of_run(self, flow_instance_id: str) -> MakesPseudonyms:
        """The pseudonyms of one run."""
        ...


def recipients_of_run(recipients: MakesPseudonyms, flow_instance_id: str) -> MakesPseudonyms:
    """The pseudonyms for the files of one run: those of its own key where keys go by run, else the same."""
    return recipients.of_run(flow_instance_id) if isinstance(recipients, PseudonymsByRun) else recipients


class Pseudonymizer:
    """Makes pseudonyms under one key; the same value of the same kind always gets the same one."""

    def __init__(self, keys: KeyRing | bytes) -> None:
        self._key = keys if isinstance(keys, bytes) else keys.pseudonym_key
        self._begun = hmac.new(self._key, digestmod="sha256")

    def __reduce__(self) -> "tuple[type[Pseudonymizer], tuple[bytes]]":
        """Another process that reads for this one begins with the key."""
        return type(self), (self._key,)

    @property
    def key_id(self) -> str:
        """A name of the key (16 hex digits) that tells keys apart and reveals nothing of them."""
        return key_name(self._key, "pseudonym")

    def pseudonym(self, kind: str, value: str) -> str:
        """HMAC-SHA-256 (lower-case hex) over kind, a zero byte and the normalised value.

        `kind` is what the value is (account, policy, customer, email, telephone); values of two kinds never
        meet.
        """
        message = self._begun.copy()  # The key is worked in once, not for each value.
        message.update(_message(kind, normalised(kind, value)))
        return message.hexdigest()

    def pseudonyms(self, kind: str, values: pa.StringArray) -> pa.StringArray:
        """What `pseudonym` gives for each of many values, in order; told at once, without a call for each."""
        if kind != "telephone" and _is_plain(values):
            plain = pc.ascii_lower(values).cast(pa.binary())
        else:
            plain = pa.array([normalised(kind, value) for value in values.to_pylist()], pa.binary())
        return hmac_of_each(self._key, pc.binary_join_element_wise(_message(kind, ""), plain, b""))


def pseudonyms_of(recipients: MakesPseudonyms, kind: str, values: pa.StringArray) -> pa.StringArray:
    """The pseudonyms of many values, in order; who makes its own is asked for each."""
    if isinstance(recipients, Pseudonymizer):
        return recipients.pseudonyms(kind, values)
    return pa.array([recipients.pseudonym(kind, value) for value in values.to_pylist()], pa.string())


def _is_plain(values: pa.StringArray) -> bool:
    """Whether values have nothing but ASCII that is seen, of which only the case is to be normalised."""
    _, offsets, written = values.buffers()
    if not len(values) or written is None:
        return True
    edges = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    read = np.frombuffer(written, dtype=np.uint8)[edges[0] : edges[-1]]
    return bool(((read > _SPACE) & (read < _DELETE)).all())


def _message(kind: str, plain: str) -> bytes:
    return f"{kind}\x00{plain}".encode()


def normalised(kind: str, value: str) -> str:
    """The value without the differences of writing that do not make another person.

    NFKC, no white space, no case; telephone numbers as `+` and digits.
    """
    unified = value if value.isascii() else unicodedata.normalize("NFKC", value)
    plain = "".join(unified.casefold().split())
    if kind != "telephone":
        return plain
    digits = re.sub(r"\D", "", plain)
    if plain.startswith("00"):
        return "+" + digits[2:]
    return ("+" if plain.startswith("+") else "") + digits


def may_hold_identifier(text: str) -> bool:
    """Whether `mask_identifiers` could change a text, by one quick look; where not, it certainly would not."""
    return (
        "@" in text
        or "%40" in text
        or _NUMBER.search(text) is not None
        or _IBAN_START.search(text) is not None
        or (_THREE_DIGITS.search(text) is not None and _names_an_account(text))
    )


def _names_an_account(text: str) -> bool:
    """Whether a word stands there that accounts are named by; letters beyond ASCII may be another case of one."""
    if not text.isascii():
        return True
    lower = text.lower()
    return any(word in lower for word in _NAMING)


def mask_identifiers(text: str) -> str:
    """Free text with e-mail addresses, telephone numbers and account, policy or card numbers replaced.

    Addresses (URLs) keep their digits, as versions and ids of assets are digits too, but neither e-mail addresses nor,
    in their query, named or lettered numbers of accounts. ISO dates stay, and GTIN, EAN and GLN numbers that are named
    as such. Errs on the side of masking.
    """
    parts: list[str] = []
    end = 0
    for kept in _KEPT.finditer(text):
        parts += [
            _masked(text[end : kept.start()]),
            _masked_address(kept.group()) if kept["url"] else kept.group(),
        ]
        end = kept.end()
    return "".join([*parts, _masked(text[end:])])


def _masked_address(address: str) -> str:
    at = _QUERY.search(address)
    end = at.start() if at else len(address)
    return _EMAIL.sub("[e-mail]", address[:end]) + _without_names(address[end:])


def _masked(text: str) -> str:
    return _LONG_NUMBER.sub("[number]", _without_names(text))


def _without_names(text: str) -> str:
    """A text without what is an identifier by its form or by the word before it; any other number stays."""
    text = _EMAIL.sub("[e-mail]", text)
    text = _IBAN.sub("[account]", text)
    text = _NAMED_ACCOUNT.sub(lambda found: f"{found['word']}{found['link']}[account]", text)
    text = _LETTERED_NUMBER.sub("[account]", text)
    return _TELEPHONE.sub("[telephone]", text)
