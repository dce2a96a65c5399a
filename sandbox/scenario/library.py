"""The media library while a plan is made: assets with their histories, and names drawn for them.

An asset history writes its events and remembers what was uploaded, approved and named when. It gives no
verdicts. Planted and background assets are made here alike, so that nothing in them tells which is which.
"""

from dataclasses import dataclass, field
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.events import (
    Approve,
    BytesReference,
    Delete,
    DeliveryLink,
    MarkDraft,
    MediaEvent,
    Move,
    NameReference,
    Rename,
    Restore,
    Revoke,
    SetContext,
    Terms,
    Upload,
)
from sandbox.scenario.videos import resource_type_of

_TRANSFORMATIONS = (
    "f_auto,q_auto",
    "c_fill,g_auto,h_360,w_640",
    "c_limit,f_auto,q_auto,w_1200",
    "c_scale,w_320",
    "",
)
#: The share of assets of which the vendor keeps backups; those that are restored are among them.
_BACKED_UP = 0.2


@dataclass(frozen=True, slots=True)
class Version:
    """One upload: bytes (content key) that became live at an instant; the instant is its version number."""

    content: str
    uploaded_at: int


@dataclass(slots=True)
class AssetHistory:
    """One asset: its events so far, its versions, its grants and its names."""

    handle: str
    image_format: str
    folder: str
    campaign: str
    product_line: str
    gtin: str | None
    chance: Random
    names: list[tuple[int, str]]
    is_backed_up: bool = False
    events: list[MediaEvent] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    grants: list[tuple[int, Version]] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)
    _last_terms: Terms = field(default_factory=Terms)
    _has_named_bytes: bool = False

    def upload(self, at: int, content: str | None = None, *, actor: str | None = None) -> Version:
        """Upload new bytes (or the bytes of an earlier content key) at an instant, by anybody or by `actor`."""
        version = Version(content or f"{self.handle}/{len(self.versions)}", at)
        public_id = self.name_at(at)
        self.events.append(
            Upload(
                at=at,
                asset=self.handle,
                content=version.content,
                image_format=self.image_format,
                public_id=public_id,
                folder=self.folder,
                display_name=public_id.rsplit("/", 1)[-1].replace("-", " "),
                actor=actor or self.chance.choice(vocabulary.UPLOADERS),
                is_overwrite=bool(self.versions),
                campaign=self.campaign,
                product_line=self.product_line,
                gtin=self.gtin,
                is_backed_up=self.is_backed_up,
            )
        )
        self.versions.append(version)
        return version

    def restore(self, at: int, version: Version) -> Version:
        """Make the bytes of an earlier version current again, deleted or not: they get a version of their own.

        Raises ValueError for an asset of which no backups are kept.
        """
        if not self.is_backed_up:
            raise ValueError(f"{self.handle} is not backed up: nothing of it can be restored")
        restored = Version(version.content, at)
        self.events.append(
            Restore(
                at=at,
                asset=self.handle,
                public_id=self.name_at(at),
                content=version.content,
                image_format=self.image_format,
                uploaded_at=version.uploaded_at,
                actor=vocabulary.ARCHIVIST,
            )
        )
        self.versions.append(restored)
        return restored

    def uploader_of(self, version: Version) -> str:
        """Who uploaded a version."""
        uploads = [event for event in self.events if isinstance(event, Upload) and event.at == version.uploaded_at]
        return next(event.actor for event in uploads if event.content == version.content)

    def approve(
        self,
        at: int,
        version: Version,
        terms: Terms,
        *,
        names_bytes: bool = True,
        actor: str | None = None,
        told_after: int = 0,
    ) -> None:
        """Approve a version's bytes; without `names_bytes` they have to be the live ones. Anybody does, or `actor`.

        Raises ValueError where an update of metadata would not say what is meant: it can neither take
        back a hash, a declared instant or a set that stands there already.
        """
        self._refuse_taking_back(terms, names_bytes)
        actor = actor or self.chance.choice(vocabulary.APPROVERS)
        name = self.name_at(at)
        self.events.append(Approve(at, self.handle, name, version.content, names_bytes, actor, terms, told_after))
        self.grants.append((at, version))
        self._last_terms, self._has_named_bytes = terms, names_bytes or self._has_named_bytes

    def revoke(self, at: int, version: Version, *, told_after: int = 0) -> None:
        """Revoke the approval of a version's bytes."""
        self._has_named_bytes = True
        actor = self.chance.choice(vocabulary.APPROVERS)
        self.events.append(Revoke(at, self.handle, self.name_at(at), version.content, actor, told_after))

    def mark_draft(self, at: int) -> None:
        """Say draft; allowed only while nothing was approved."""
        if self.grants:
            raise ValueError(f"{self.handle} was approved: marking it draft would end an approval")
        actor = self.chance.choice(vocabulary.UPLOADERS)
        self.events.append(MarkDraft(at, self.handle, self.name_at(at), actor))

    def rename(self, at: int, public_id: str) -> None:
        """Go on under another public id from an instant."""
        self.events.append(Rename(at, self.handle, self.name_at(at), public_id, vocabulary.ARCHIVIST))
        self.names.append((at, public_id))

    def move(self, at: int, folder: str) -> None:
        """Go into another folder from an instant, under the same public id."""
        self.events.append(Move(at, self.handle, self.name_at(at), folder, vocabulary.ARCHIVIST))
        self.folder = folder

    def delete(self, at: int) -> None:
        """Destroy the asset."""
        self.events.append(Delete(at, self.handle, self.name_at(at), vocabulary.ARCHIVIST))

    def set_context(self, at: int, key: str, value: str) -> None:
        """Write a value into the context."""
        self.events.append(SetContext(at, self.handle, self.name_at(at), key, value, vocabulary.ARCHIVIST))

    def _refuse_taking_back(self, terms: Terms, names_bytes: bool) -> None:
        said = self._last_terms
        pairs = (
            (said.valid_from, terms.valid_from),
            (said.valid_to, terms.valid_to),
            (said.segments, terms.segments),
            (said.jurisdictions, terms.jurisdictions),
            (said.offers, terms.offers),
            (self._has_named_bytes, names_bytes),
        )
        if any(before and not now for before, now in pairs):
            raise ValueError(f"{self.handle}: an approval would leave out what the metadata already says")

    def name_at(self, at: int) -> str:
        """The public id at an instant (the first one before any rename)."""
        return [name for since, name in self.names if since <= at][-1]

    def is_renamed_near(self, at: int, margin: int) -> bool:
        """Whether a rename lies within `margin` seconds of an instant."""
        return any(abs(since - at) < margin for since, _ in self.names[1:])

    def by_bytes(self, version: Version, *, has_etag: bool = True) -> BytesReference:
        """An embedded reference by asset id, version and (if asked) hash."""
        return BytesReference(self.handle, version.content, version.uploaded_at, has_etag)

    def by_name(self, version: Version, at: int) -> NameReference:
        """An embedded reference by the public id valid at an instant, and version."""
        return NameReference(self.name_at(at), version.uploaded_at)

    def link(self, version: Version | None, at: int, *, public_id: str | None = None) -> DeliveryLink:
        """A delivery URL by the name valid at an instant (or another); without a version it names none."""
        return DeliveryLink(
            public_id=public_id or self.name_at(at),
            version=version.uploaded_at if version else None,
            transformation=self.chance.choice(_TRANSFORMATIONS),
            extension=self.chance.choice(("", f".{self.image_format}")),
            resource_type=resource_type_of(self.image_format),
        )


class Library:
    """Makes assets and draws names; one random stream, so that a seed gives one library."""

    def __init__(self, seed: int, capacity: int) -> None:
        """`capacity` bounds how many names can be drawn."""
        self.chance = Random(f"{seed}/library")
        self.seed = seed
        self.assets: list[AssetHistory] = []
        self._numbers = self.chance.sample(range(1_000, 1_000 + 8 * capacity), 2 * capacity)

    def new_name(self, product_line: str) -> str:
        """A public id that no asset ever had."""
        topic = self.chance.choice(vocabulary.TOPICS)
        brand = self.chance.choice(("brand", "campaigns", "products"))
        return f"{brand}/{product_line}/{topic}-{self._numbers.pop()}"

    def new_asset(self, first_name: str | None = None) -> AssetHistory:
        """A new asset without history; `first_name` reuses a name that another asset gave up."""
        chance = Random(f"{self.seed}/asset/{len(self.assets)}")
        product_line = chance.choice(vocabulary.PRODUCT_LINES)
        name = first_name or self.new_name(product_line)
        asset = AssetHistory(
            handle=f"{self.seed}-a{len(self.assets):05d}",
            image_format=chance.choices(vocabulary.FORMATS, vocabulary.FORMAT_WEIGHTS)[0],
            folder=name.rsplit("/", 1)[0],
            campaign=chance.choice(vocabulary.CAMPAIGNS),
            product_line=product_line,
            gtin=vocabulary.gtin14(len(self.assets)) if chance.random() < 0.2 else None,
            chance=chance,
            names=[(0, name)],
            is_backed_up=Random(f"{self.seed}/backup/{len(self.assets)}").random() < _BACKED_UP,
        )
        self.assets.append(asset)
        return asset
