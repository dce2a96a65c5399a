"""Names of the insurer's world: segments, jurisdictions, offers, product lines, people, templates.

Only words belong here, no behaviour beyond drawing a name.
"""

from dataclasses import dataclass
from random import Random

SEGMENTS = ("retail", "premier", "young-driver", "senior", "small-business")
#: Jurisdiction codes with the language of letters there and their weight among customers.
JURISDICTIONS: dict[str, tuple[str, int]] = {
    "US-CA": ("en", 14),
    "US-NY": ("en", 12),
    "US-TX": ("en", 12),
    "US-FL": ("es", 8),
    "DE": ("de", 14),
    "FR": ("fr", 10),
    "ES": ("es", 8),
    "IT": ("it", 8),
    "NL": ("nl", 6),
    "IE": ("en", 4),
    "AT": ("de", 4),
}
OFFERS = (
    "multi-policy-10",
    "telematics-start",
    "green-home",
    "loyalty-5",
    "winter-check",
    "glass-cover",
    "family-bundle",
    "paperless-2",
)
PRODUCT_LINES = ("motor", "home", "life", "travel", "liability", "pet", "legal", "business")
CAMPAIGNS = ("spring-drive", "safe-home", "renewal-2026", "summer-travel", "claims-care", "brand-core")
DOCUMENT_TYPES = ("statement", "bill", "policy", "renewal", "claim-letter", "welcome-pack")
CHANNELS = ("print", "email", "web", "mobile")
QUEUES = {"print": "archive", "email": "email_html", "web": "web_portal", "mobile": "mobile_app"}
PLACEHOLDERS = ("header", "hero", "offer", "signature", "footer", "product", "map", "badge")
TOPICS = ("banner", "hero", "icon", "seal", "portrait", "skyline", "family", "road", "roof", "chart", "badge")
UPLOADERS = ("a.keller", "b.moreau", "c.nguyen", "d.rossi", "e.santos", "f.okafor")
APPROVERS = ("l.brandt", "m.dubois", "n.ortega", "o.hughes", "p.visser")
#: Who renames, deletes and annotates in the media library.
ARCHIVIST = "g.haugen"
COMMUNITY_TEAM = ("t.lindqvist", "u.ferrari", "v.jansen", "w.abadi")
DEVICES = ("desktop", "tablet", "phone")
RENDITIONS = ("banner-1200", "tile-400", "print-300dpi", "story-1080")
CASE_CATEGORIES = ("outdated_visual", "wrong_logo", "wrong_disclaimer", "low_quality", "broken_link")
PARTNER_WORDS = ("Alpine", "Harbour", "Meridian", "Crescent", "Northgate", "Lakeside", "Summit", "Orchard")
PARTNER_KINDS = ("Brokers", "Repair Network", "Agency", "Assistance", "Logistics")
COMMUNITY_THEMES = ("Brokers", "Repairers", "Assistance", "Print Suppliers")
FORMATS = ("jpg", "png", "webp", "gif")
FORMAT_WEIGHTS = (62, 30, 4, 4)


@dataclass(frozen=True, slots=True)
class Template:
    """One letter template as the composition engine names it: by name, and by the number of its version in Design."""

    template_id: str
    version: str
    document_type: str


TEMPLATES = tuple(
    Template(f"TPL-{document_type[:4].upper()}-{number:02d}", str(number), document_type)
    for document_type in DOCUMENT_TYPES
    for number in (1, 2, 3)
)


def draw_jurisdiction(chance: Random) -> str:
    """A customer's jurisdiction, by weight."""
    return chance.choices(list(JURISDICTIONS), [weight for _, weight in JURISDICTIONS.values()])[0]


def draw_set(chance: Random, values: tuple[str, ...], smallest: int, largest: int) -> tuple[str, ...]:
    """A sorted sub-set of `values` with `smallest` to `largest` members."""
    return tuple(sorted(chance.sample(values, chance.randint(smallest, largest))))


def gtin14(number: int) -> str:
    """A GTIN-14 with its check digit for a running number."""
    body = f"0{4_006_381_000_000 + number:013d}"[:13]
    total = sum(int(digit) * (3 if i % 2 == 0 else 1) for i, digit in enumerate(body))
    return f"{body}{(10 - total % 10) % 10}"


def gln13(number: int) -> str:
    """A GLN with its check digit for a running number."""
    body = f"40123450{number:04d}"
    total = sum(int(digit) * (1 if i % 2 == 0 else 3) for i, digit in enumerate(body))
    return f"{body}{(10 - total % 10) % 10}"
