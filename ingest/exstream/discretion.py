"""What of an engine run's files may land, where recipients' data could stand between what is evidence.

Here belong the lists of what is kept (everything else stays sealed in the raw store) and the cleaning of addresses,
targets and file names; pure. A name cannot be told from any other word, so that only members that are listed land.
Not here: pseudonyms themselves and the masking of identifiers in free text (`ingest.pseudonym`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from ingest.pseudonym import mask_identifiers

TEXT = "(text)"
"""What stands where a text was taken out."""

_REPORT_MEMBERS = frozenset(
    {"selection_id", "retrieval_id", "request_id", "rule", "event", "campaign", "candidates", "chosen", "outcome"}
    | {"latency_ms", "returned", "asset_id", "public_id", "version", "etag", "url", "resource_type", "type"}
    | {"format", "width", "height", "bytes"}
)
"""Members of the asset-use report's own objects: decisions, and references to assets."""

_ABOUT_THE_RECIPIENT = frozenset({"inputs", "asked"})
"""Members whose content an installation chooses: like a profile, they hold what its settings name."""

_IS_SUSPECT = re.compile(r"[?#@!%$]|_text:|/text/", re.IGNORECASE)
_ENCODED_QUERY = re.compile(r"%(25)*(3F|23).*", re.IGNORECASE | re.DOTALL)
_ANALYTICS = re.compile(r"(?:^|&)_a=([A-Za-z0-9_-]{1,64})(?:&|$)")
_USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*:)?//[^/@]*@", re.IGNORECASE)
_TEXT_IMAGE = re.compile(r"(/image/text/(?:s--[\w-]+--/)?(?:v\d+/)?[^/]+)/.+$", re.DOTALL)
_TEXT_LAYER = re.compile(r"(?:^|[/,])[lu]_text:(?:[\w.#-]+:)?", re.IGNORECASE)
_QUOTED = re.compile(r"!.*", re.DOTALL)
_PLAIN_ID = re.compile(rb'"[A-Za-z0-9_.-]{1,200}"')
_TOKEN = re.compile(r"[A-Za-z0-9_./:-]{1,200}")
_QUEUE_FOLDER = re.compile(r"Queue_\d{1,6}(?:_(?P<queue>.+))?", re.DOTALL)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}")
_FILE_DIGITS = 24
_MOST_DECODINGS = 3
_REMEMBERED_TEXTS = 4096


@dataclass(frozen=True)
class Kept:
    """What an installation lets land: keys of the delivery file, and fields of profiles and selection inputs."""

    delivery_keys: frozenset[str]
    profile_fields: frozenset[str]

    def keys(self, found: Mapping[str, str]) -> dict[str, str]:
        """The keys of one output that land."""
        return {name: value for name, value in found.items() if name in self.delivery_keys}

    def profile(self, found: object) -> object:
        """A profile, or inputs of a decision, with the listed fields only and identifiers in their texts masked."""
        return _listed(found, self.profile_fields, _masked)

    def decision(self, found: object) -> object:
        """A selection, retrieval, rendition request or reference: the report's own members and what profiles keep."""
        if isinstance(found, list):
            return [self.decision(part) for part in found]
        if not isinstance(found, dict):
            return clean_reference(found) if isinstance(found, str) else found
        return self.members(found)

    def members(self, found: Mapping[str, object]) -> dict[str, object]:
        """Those members of a selection, retrieval, rendition request or reference that land."""
        own = {name: self.decision(part) for name, part in found.items() if name in _REPORT_MEMBERS}
        return own | {name: self.profile(part) for name, part in found.items() if name in _ABOUT_THE_RECIPIENT}


@lru_cache(maxsize=_REMEMBERED_TEXTS)
def _masked(text: str) -> str:
    """A text with identifiers masked; the inputs of decisions are mostly the same few words."""
    return mask_identifiers(text)


def _listed(found: object, names: frozenset[str], clean: Callable[[str], str]) -> object:
    if isinstance(found, dict):
        return {name: _listed(part, names, clean) for name, part in found.items() if name in names}
    if isinstance(found, list):
        return [_listed(part, names, clean) for part in found]
    return clean(found) if isinstance(found, str) else found


def without_identifiers(found: Mapping[str, object], own: Iterable[str]) -> dict[str, object]:
    """Values without those whose key names a recipient, also in the suffixed variants that installations add."""
    return {
        name: value
        for name, value in found.items()
        if not any(name == key or name.startswith(f"{key}_") for key in own)
    }


def is_plain_id(name: str, text: bytes) -> bool:
    """Whether a member, as JSON, is an id that `Kept.members` leaves as it is, told without reading it."""
    return name in _REPORT_MEMBERS and _PLAIN_ID.fullmatch(text) is not None


def clean_reference(text: str) -> str:
    """An id, or an address as in `clean_address`. Ids look like account numbers and stay, e-mail addresses do not."""
    if "://" in text:
        return clean_address(text)
    return mask_identifiers(text) if "@" in text else text


def clean_address(url: str) -> str:
    """A delivery address without its query (but `_a`), fragment, user, and the texts that are drawn into the image.

    The texts of `l_text:` layers, text images and string variables become `(text)`. Everything else stays as it
    was written, so that the address still names the same asset.
    """
    if not _IS_SUSPECT.search(url):
        return url
    head, mark, query = _cut(url)
    head = _ENCODED_QUERY.sub("", _USER_INFO.sub(lambda found: f"{found[1] or ''}//", head))
    head = _TEXT_IMAGE.sub(rf"\1/{TEXT}", "".join(_clean_piece(piece) for piece in re.split(r"([/,])", head)))
    if "@" in head or "%40" in head:
        head = mask_identifiers(head)
    analytics = _ANALYTICS.search(query) if mark == "?" else None
    return f"{head}?_a={analytics[1]}" if analytics else head


def clean_target(target: str) -> str:
    """Where a reader is led: an address without query and with identifiers in its path masked, or a plain name.

    A text that is neither (a sentence, an e-mail address) becomes `(text)`.
    """
    if target.lower().startswith(("http://", "https://")):
        head = clean_address(target).partition("?")[0]
        try:
            parts = urlsplit(head)
        except ValueError:
            return TEXT
        return f"{parts.scheme}://{parts.netloc}{mask_identifiers(parts.path)}"
    return mask_identifiers(target) if _TOKEN.fullmatch(target) else TEXT


def clean_file_name(path: str, queue_name: str, pseudonym: Callable[[str, str], str]) -> str:
    """An output's path behind `output/` as its queue's folder, a keyed hash of the whole path, and its extension.

    File names of outputs are made of account numbers and names. The same path always gets the same hash, so that
    whoever holds the key and the file can show that they belong together.
    """
    folder = path.split("/", maxsplit=1)[0] if "/" in path else ""
    match = _QUEUE_FOLDER.fullmatch(folder)
    is_of_queue = folder == queue_name or (match is not None and match["queue"] in {None, queue_name})
    extension = re.search(rf"{_EXTENSION.pattern}\Z", path.rpartition("/")[2])
    # Hexadecimal, since pseudonyms of texts that differ in case or white space are the same.
    digest = pseudonym("file_name", path.encode("utf-8", "surrogatepass").hex())[:_FILE_DIGITS]
    return f"{f'{folder}/' if folder and is_of_queue else ''}{digest}{extension[0].lower() if extension else ''}"


def _cut(url: str) -> tuple[str, str, str]:
    """The address up to its query or fragment, the mark that begins it, and the query alone."""
    at = min((place for place in (url.find("?"), url.find("#")) if place >= 0), default=len(url))
    return url[:at], url[at : at + 1], url[at + 1 :].partition("#")[0]


def _clean_piece(piece: str) -> str:
    """One part of an address between slashes and commas, with a drawn text or string variable taken out."""
    plain = piece
    for _ in range(_MOST_DECODINGS):
        plain = unquote(plain)
    layer = _TEXT_LAYER.search(plain)
    if layer:
        return quote(plain[: layer.end()], safe=":/,$._-") + TEXT
    if plain.startswith(("$", "if_")) and "!" in plain:
        return quote(_QUOTED.sub("", plain), safe=":/,$._-") + f"!{TEXT}!"
    return piece
