"""What can happen in the scenario: one frozen class per kind of event, and the parts of a communication.

An event names assets by a handle and bytes by a content key; the vendor's ids and the hashes of the bytes
are put in by a resolution (see `records.py`), so that a plan needs neither a vendor nor an image. Every `at`
is an instant in epoch seconds, UTC. How an event is played does not belong here.
"""

from dataclasses import dataclass

from sandbox.scenario.design_events import DesignEvent
from sandbox.scenario.drop_events import DropAcknowledgement


@dataclass(frozen=True, slots=True)
class CreateMetadataFields:
    """The structured metadata fields are set up in the product environment."""

    at: int


@dataclass(frozen=True, slots=True)
class CreateTriggers:
    """Notification triggers start: what happens from now on is told to the poll channel."""

    at: int


@dataclass(frozen=True, slots=True)
class Upload:
    """New bytes under a public id; the first one makes the asset, later ones overwrite it."""

    at: int
    asset: str
    content: str
    image_format: str
    public_id: str
    folder: str
    display_name: str
    actor: str
    is_overwrite: bool
    campaign: str
    product_line: str
    gtin: str | None
    is_backed_up: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What an approval declares: validity (None: open) and eligibility sets (empty: everybody)."""

    valid_from: int | None = None
    valid_to: int | None = None
    segments: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approve:
    """Metadata says approved; without `names_bytes` it binds to what is live. It is told `told_after` seconds later."""

    at: int
    asset: str
    public_id: str
    content: str
    names_bytes: bool
    actor: str
    terms: Terms
    told_after: int = 0


@dataclass(frozen=True, slots=True)
class Revoke:
    """Metadata says revoked, naming the bytes. It is told `told_after` seconds later."""

    at: int
    asset: str
    public_id: str
    content: str
    actor: str
    told_after: int = 0


@dataclass(frozen=True, slots=True)
class MarkDraft:
    """Metadata says draft; only on assets that were never approved."""

    at: int
    asset: str
    public_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Rename:
    """The asset goes on under another public id."""

    at: int
    asset: str
    from_public_id: str
    to_public_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Move:
    """The asset goes into another folder; its public id stays."""

    at: int
    asset: str
    public_id: str
    folder: str
    actor: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Backed-up bytes, uploaded at `uploaded_at`, are made current again, as a version of their own; deleted or not."""

    at: int
    asset: str
    public_id: str
    content: str
    image_format: str
    uploaded_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The asset is destroyed."""

    at: int
    asset: str
    public_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class SetContext:
    """A value is written into the asset's context."""

    at: int
    asset: str
    public_id: str
    key: str
    value: str
    actor: str


@dataclass(frozen=True, slots=True)
class BytesReference:
    """An image referenced by asset id and version, with or without the hash of its bytes; None: by no version."""

    asset: str
    content: str
    version: int | None
    has_etag: bool


@dataclass(frozen=True, slots=True)
class NameReference:
    """An image referenced by public id and version; None: by no version."""

    public_id: str
    version: int | None


@dataclass(frozen=True, slots=True)
class DeliveryLink:
    """A delivery URL of the media service, as the sender wrote it; its version is the sender's belief.

    `is_by_hand`: written without any version, where the vendor's SDK writes `v1`.
    """

    public_id: str
    version: int | None
    transformation: str
    extension: str
    resource_type: str = "image"
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ForeignAssetReference:
    """An embedded reference to an asset id that no media service knows."""

    asset_id: str
    version: int
    etag: str


@dataclass(frozen=True, slots=True)
class ForeignLink:
    """A URL that is no delivery URL."""

    url: str


Reference = BytesReference | NameReference | DeliveryLink | ForeignAssetReference | ForeignLink


@dataclass(frozen=True, slots=True)
class Use:
    """One asset in one rendering, and where it leads if it is a thumbnail or a preview."""

    ordinal: int
    placeholder: str
    reference: Reference
    target: Reference | None = None

    @property
    def binding(self) -> str:
        """`live_url` for links, `embedded` for bytes in the output."""
        return "live_url" if isinstance(self.reference, DeliveryLink | ForeignLink) else "embedded"


@dataclass(frozen=True, slots=True)
class Selection:
    """A rule chose one of several assets for a customer; candidates and choice are named, not pinned to bytes."""

    rule: str
    event: str
    candidates: tuple[Reference, ...]
    chosen: Reference
    campaign: str | None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The media service was asked for approved assets by document type, segment and jurisdiction."""

    document_type: str
    segment: str
    jurisdiction: str
    returned: tuple[BytesReference | ForeignAssetReference, ...]


@dataclass(frozen=True, slots=True)
class Rendition:
    """What the media service answered: an address (`is_secure`: https) and, as far as told, what is served there."""

    link: DeliveryLink
    image_format: str
    width: int | None
    size_bytes: int | None
    is_secure: bool = True
    query: str = ""


@dataclass(frozen=True, slots=True)
class RenditionRequest:
    """The rendition that fits a channel and a customer's preference was asked for."""

    channel: str
    preference: str
    returned: Rendition | None
    latency_ms: int
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Rendering:
    """One channel of one communication, with the decisions behind it.

    `template_images` are links that its template shows by itself: they stand in the output and in no report.
    """

    rendering_id: str
    channel: str
    queue_name: str
    uses: tuple[Use, ...]
    selection: Selection | None = None
    retrieval: Retrieval | None = None
    rendition_request: RenditionRequest | None = None
    template_images: tuple[DeliveryLink, ...] = ()


def template_image_id(communication_id: str, rendering_id: str) -> str:
    """How events and answer key call the image that the template of a rendering shows: first of its output."""
    return f"{communication_id}/{rendering_id}/output/1"


@dataclass(frozen=True, slots=True)
class Communication:
    """One letter to one customer."""

    communication_id: str
    recipient_id: str
    account_number: str
    document_type: str
    template_id: str
    template_version: str
    segment: str
    jurisdiction: str
    language: str
    offers: tuple[str, ...]
    tenure_years: int
    generated_at: int
    renderings: tuple[Rendering, ...]


@dataclass(frozen=True, slots=True)
class Compose:
    """One batch job of the composition engine."""

    at: int
    communications: tuple[Communication, ...]


@dataclass(frozen=True, slots=True)
class RegisterCommunity:
    """A partner community with the region whose rules it follows."""

    at: int
    community_id: str
    name: str
    region: str
    language: str


@dataclass(frozen=True, slots=True)
class RegisterPartner:
    """A trading partner."""

    at: int
    partner_id: str
    name: str
    gln: str
    duns: str


@dataclass(frozen=True, slots=True)
class JoinCommunity:
    """A partner becomes a member of a community."""

    at: int
    community_id: str
    partner_id: str


@dataclass(frozen=True, slots=True)
class Publish:
    """One asset version shown in one community; `replaces` withdraws the publication it names.

    `reference` is how it names the asset, where it does not say all of it, or names something else than it shows.
    """

    at: int
    publication_id: str
    community_id: str
    region: str
    language: str
    device: str
    rendition: str
    actor: str
    asset: str
    public_id: str
    version: int
    content: str
    image_format: str
    replaces: str | None
    correlation: str | None = None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A publication is taken down."""

    at: int
    publication_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class DeletePublication:
    """A publication is deleted: the service tells nobody, and lists it no more."""

    at: int
    publication_id: str


@dataclass(frozen=True, slots=True)
class Access:
    """A partner was delivered, opened or downloaded a publication."""

    at: int
    access_id: str
    publication_id: str
    partner_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A partner acknowledged a publication, by portal or EDI."""

    at: int
    acknowledgement_id: str
    publication_id: str
    partner_id: str
    channel: str
    code: str
    content: str
    image_format: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A partner reports an asset; the reference is in one of the forms that partners use."""

    at: int
    case_id: str
    community_id: str
    partner_id: str
    category: str
    subject: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class PostMessage:
    """A message in a case's thread, with or without a link."""

    at: int
    message_id: str
    case_id: str
    author: str
    author_role: str
    text: str
    link: DeliveryLink | None
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class CloseCase:
    """The case is closed."""

    at: int
    case_id: str


@dataclass(frozen=True, slots=True)
class CreateObject:
    """An object beside publications and cases: a launch, what belongs to one, a search, feedback, a distribution.

    `objects` and the names in `fields` are the service's own; the asset in it is that of a publication.
    """

    at: int
    objects: str
    fields: tuple[tuple[str, object], ...]
    about: Publish | None


@dataclass(frozen=True, slots=True)
class ChangeObject:
    """Such an object is changed: done, resolved, answered."""

    at: int
    objects: str
    object_id: str
    fields: tuple[tuple[str, object], ...]


MediaEvent = (
    CreateMetadataFields
    | CreateTriggers
    | Upload
    | Approve
    | Revoke
    | MarkDraft
    | Rename
    | Move
    | Restore
    | Delete
    | SetContext
)
ExchangeEvent = (
    RegisterCommunity
    | RegisterPartner
    | JoinCommunity
    | Publish
    | Withdraw
    | DeletePublication
    | Access
    | Acknowledge
    | OpenCase
    | PostMessage
    | CloseCase
)
CommunityEvent = ExchangeEvent | CreateObject | ChangeObject | DropAcknowledgement
Event = MediaEvent | Compose | DesignEvent | CommunityEvent


def vendor_of(event: Event) -> str:
    """The vendor whose interface plays the event: cloudinary, exstream or trading_grid."""
    if isinstance(event, Compose | DesignEvent):
        return "exstream"
    return "cloudinary" if isinstance(event, MediaEvent) else "trading_grid"
