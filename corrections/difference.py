"""The exact difference that a correction makes: what is there, what shall be there, and on which object.

Here belongs the value that a person approves, its hash, and what each kind of correction is about. Where it is kept is
`outbox`, how a kind is carried out stands in the module that `effects.by_kind` names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal, get_args

from assettrail.errors import ContractBroken
from corrections.pushing.pushed_file import PushedFile
from corrections.renditions.improvement import Improvement
from evidence.leaves import canonical_json

Kind = Literal[
    "replacement_link",
    "republish_approved_version",
    "withdraw_recalled",
    "publish_variant",
    "replace_foreign_variant",
    "withdraw_foreign_variant",
    "publish_searched_asset",
    "publish_asked_format",
    "post_readiness",
    "review_template_image",
    "send_artwork",
    "advise_transformation",
    "advise_thumbnail",
    "improve_rendition",
    "push_file",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

ObjectType = Literal[
    "case",
    "publication",
    "community_need",
    "search_topic",
    "format_request",
    "launch",
    "image",
    "distribution",
    "address",
    "thumbnail",
    "feedback",
    "asset",
]
OBJECT_TYPES: Final[Mapping[Kind, ObjectType]] = {
    "replacement_link": "case",
    "republish_approved_version": "publication",
    "withdraw_recalled": "publication",
    "publish_variant": "community_need",
    "replace_foreign_variant": "publication",
    "withdraw_foreign_variant": "publication",
    "publish_searched_asset": "search_topic",
    "publish_asked_format": "format_request",
    "post_readiness": "launch",
    "review_template_image": "image",
    "send_artwork": "distribution",
    "advise_transformation": "address",
    "advise_thumbnail": "thumbnail",
    "improve_rendition": "feedback",
    "push_file": "asset",
}
"""What each kind corrects: while a write to one object is uncertain, no other kind may touch it."""

ADVICE: Final[frozenset[Kind]] = frozenset({"advise_transformation", "advise_thumbnail"})
"""Kinds that nothing is sent for: a person accepts or declines, and what is used later confirms it."""

MEASURED_KINDS: Final[frozenset[str]] = frozenset({"improve_rendition"})
"""What is proposed from measuring renditions: no model of a snapshot asks for it, and none takes it back."""

_SHOW_NO_VERSION: Final[frozenset[Kind]] = frozenset(
    {"withdraw_recalled", "withdraw_foreign_variant", "post_readiness", "advise_transformation", "push_file"}
)
_ADDED_LATER = ("target_id", "rendition", "text", "target_version", "improvement", "file")


@dataclass(frozen=True)
class Version:
    """One version of an asset; each part is None where the vendor's record does not say it."""

    number: int | None
    etag: str | None


@dataclass(frozen=True)
class Rendition:
    """How the desired version shall be shown: the words of a publication, and Cloudinary's transformation."""

    name: str | None = None
    region: str | None = None
    language: str | None = None
    device: str | None = None
    transformation: str | None = None


@dataclass(frozen=True)
class Difference:
    """One correction of one object: the case `case_id`, the publication `publication_id`, or else `target_id`.

    `expected` is the version that the object shows by the snapshot, `desired` the one that it shall show; it has no
    number where nothing shall be shown. `format_code` is the desired version's file format, None for raw files, whose
    public id carries it. `rendition` is how a new publication shall look, `text` what a message shall say.
    `target_version` is the vendor's own version of an image (`target_id`: domain/resource id) that templates show. A
    readiness list is about no asset: its asset, name and type are empty; so is advice on a transformation.
    `improvement` is why a rendition is better, `file` what becomes an asset's new version: then `desired` has its etag,
    and no number, which Cloudinary gives.
    """

    correction_key: str
    kind: Kind
    community_id: str | None
    case_id: str | None
    publication_id: str | None
    asset_id: str
    public_id: str
    resource_type: str
    expected: Version
    desired: Version
    format_code: str | None
    target_id: str | None = None
    rendition: Rendition | None = None
    text: str | None = None
    target_version: int | None = None
    improvement: Improvement | None = None
    file: PushedFile | None = None

    def __post_init__(self) -> None:
        shows_none = self.kind in _SHOW_NO_VERSION
        if not self.object_id or (self.desired.number is None) != shows_none:
            raise ContractBroken(
                tried=f"to read the correction {self.correction_key}",
                found=f"kind {self.kind}, object {self.object_id!r}, desired version {self.desired.number}",
                expected=f"the id of the {OBJECT_TYPES[self.kind]}, and "
                + ("no version" if shows_none else "the version that it shall show"),
                remedy="correct the model fct_proposed_corrections and publish again; nothing was proposed",
            )

    @property
    def object_id(self) -> str:
        """The vendor's id of the object that is corrected; empty when it is missing."""
        by_type = {"case": self.case_id, "publication": self.publication_id}
        return by_type.get(OBJECT_TYPES[self.kind], self.target_id) or ""

    @property
    def object_key(self) -> str:
        """The object across all kinds of correction: while one is uncertain, no other may touch it."""
        return f"{OBJECT_TYPES[self.kind]}:{self.object_id}"

    @property
    def desired_number(self) -> int:
        """The number of the desired version."""
        assert self.desired.number is not None  # noqa: S101 - refused in __post_init__
        return self.desired.number

    @property
    def hash(self) -> str:
        """SHA-256 in hex over the canonical JSON: what an approval is bound to."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def correlation_id(self) -> str:
        """The id that the write carries. The same difference has the same id, however often it is tried."""
        return f"assettrail-{self.hash[:32]}"

    def to_json(self) -> str:
        """Return the canonical JSON; fields of later releases are in it where they say something, so hashes stay."""
        values = asdict(self)
        return canonical_json({k: v for k, v in values.items() if k not in _ADDED_LATER or v is not None}).decode()

    @classmethod
    def from_json(cls, text: str) -> Difference:
        """Read the canonical JSON. Raises ContractBroken when it is not a difference."""
        try:
            values = json.loads(text)
            expected, desired = Version(**values.pop("expected")), Version(**values.pop("desired"))
            rendition, better = values.pop("rendition", None), values.pop("improvement", None)
            file = values.pop("file", None)
            return cls(
                expected=expected,
                desired=desired,
                rendition=None if rendition is None else Rendition(**rendition),
                improvement=None if better is None else Improvement.from_values(better),
                file=None if file is None else PushedFile.from_values(file),
                **values,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ContractBroken(
                tried="to read a difference from the outbox",
                found=f"{type(error).__name__}: {error}",
                expected="the JSON that this release writes",
                remedy="reject the correction; the next publish proposes it anew",
            ) from error
