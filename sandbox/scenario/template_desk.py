"""The desk at which a case of a template is planted: assets with versions, the images made of them, and a template.

A planter (see `template_causes.py`) says when versions came and were approved, reckoned backwards from the end of the
scenario, what the template shows, and what that makes of it. Nothing here evaluates a rule.
"""

from collections.abc import Callable, Sequence
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.correction_kinds import REVIEW_IMAGE
from sandbox.scenario.decision_desk import PlantedDecision
from sandbox.scenario.design_events import (
    HTML_PAGE,
    IMAGE,
    PAGE,
    TEMPLATE,
    ChangeDesignState,
    Composition,
    CreateDesign,
    DesignContent,
    DesignEvent,
    DesignName,
    HtmlContent,
    ImageContent,
    ReplaceDesignContent,
)
from sandbox.scenario.events import DeliveryLink, Terms
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE

BEHIND = "ctl_templates_behind_approved_versions"
#: Metadata tags of the design repository, as the customer names them.
UNIT_TAG, REGION_TAG = "business_unit", "region"
PUBLIC_ID_TAG, VERSION_TAG = "cloudinary_public_id", "cloudinary_version"
BUSINESS_UNITS = ("personal-lines", "life-and-health", "commercial-lines")
DESIGNERS = ("x.tanaka", "y.lund", "z.moreno")
REVIEWERS = ("q.baptiste", "r.szabo")
_MEDIA_TYPES = (IMAGE, HTML_PAGE)


class DesignNumbers:
    """Numbers for names in the design repository, never given twice and without order."""

    def __init__(self, chance: Random, capacity: int) -> None:
        """`capacity` bounds how many can be drawn."""
        self._numbers = chance.sample(range(1_000, 1_000 + 9 * capacity), capacity)

    def draw(self) -> int:
        """The next number."""
        return self._numbers.pop()


class TemplateDesk:
    """What a planter works with: an asset library, and the design events that it writes."""

    def __init__(self, library: Library, numbers: DesignNumbers, cause: str, index: int) -> None:
        """`index` counts the repetitions of one cause and varies them."""
        self._library = library
        self._numbers = numbers
        self.cause = cause
        self.index = index
        self.chance = Random(f"{library.seed}/template/{cause}/{index}")
        self.region = self.chance.choice(tuple(vocabulary.JURISDICTIONS))
        self.events: list[DesignEvent] = []
        self.cases: list[PlantedDecision] = []
        self.reviewed: list[DesignName] = []

    # --- assets ---

    def asset(self) -> AssetHistory:
        """A new asset without versions."""
        return self._library.new_asset()

    def version(self, asset: AssetHistory, age: int, terms: Terms | None = None) -> Version:
        """Upload a version so that its approval is `age` seconds old at the end."""
        version = asset.upload(END - age - self.chance.randint(2 * HOUR, 8 * HOUR))
        asset.approve(END - age, version, terms or Terms())
        return version

    def old_and_new(self, age: int) -> tuple[AssetHistory, Version, Version]:
        """An asset whose first version is months old, and whose second one was approved `age` seconds ago."""
        asset = self.asset()
        old = self.version(asset, self.chance.randint(70, 90) * DAY)
        return asset, old, self.version(asset, age)

    def rename(self, asset: AssetHistory, age: int) -> None:
        """Let the asset go on under another name."""
        asset.rename(END - age, self._library.new_name(asset.product_line))

    # --- the design repository ---

    def image(
        self, asset: AssetHistory, version: Version, age: int, tags: Sequence[tuple[str, str]] = ()
    ) -> DesignName:
        """An approved image with the bytes of a version."""
        return self.made(self._name(IMAGE), ImageContent(version.content, asset.image_format), age, tags)

    def converted_image(self, asset: AssetHistory, public_id: str, version: Version | None, age: int) -> DesignName:
        """An approved image with bytes that no asset has; tags say what it was made from."""
        name = self._name(IMAGE)
        tags = [(PUBLIC_ID_TAG, public_id)]
        tags += [(VERSION_TAG, str(version.uploaded_at))] if version else []
        return self.made(name, ImageContent(f"design/{self._library.seed}/{name.name}", asset.image_format), age, tags)

    def unlinked_image(self, asset: AssetHistory, age: int) -> DesignName:
        """An approved image that neither its bytes nor its tags link to an asset."""
        name = self._name(IMAGE)
        return self.made(name, ImageContent(f"design/{self._library.seed}/{name.name}", asset.image_format), age)

    def page(self, age: int, *objects: DesignName) -> DesignName:
        """An approved page that shows these."""
        return self.made(self._name(PAGE), Composition(objects), age)

    def html_page(self, age: int, *links: DeliveryLink) -> DesignName:
        """An approved page in HTML with these addresses."""
        return self.made(self._name(HTML_PAGE), HtmlContent(links), age)

    def template(self, age: int, *objects: DesignName, name: str | None = None) -> DesignName:
        """An approved template that shows these, with its business unit and region."""
        template = DesignName(TEMPLATE, name) if name else self._name(TEMPLATE)
        tags = ((UNIT_TAG, self.chance.choice(BUSINESS_UNITS)), (REGION_TAG, self.region))
        return self.made(template, Composition(objects), age, tags)

    def made(
        self, design: DesignName, content: DesignContent, age: int, tags: Sequence[tuple[str, str]] = ()
    ) -> DesignName:
        """Make a resource whose first version was approved `age` seconds before the end."""
        self.drafted(design, content, age, tags)
        self.state(design, "REVIEW", age - 5 * MINUTE)
        self.state(design, "APPROVED", age - 10 * MINUTE)
        return design

    def drafted(
        self, design: DesignName, content: DesignContent, age: int, tags: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Make a resource, and leave it a draft."""
        self.events.append(CreateDesign(END - age, design, content, tuple(tags), self.chance.choice(DESIGNERS)))

    def draft_image(self, asset: AssetHistory, version: Version, age: int) -> DesignName:
        """An image with the bytes of a version that is left a draft."""
        design = self._name(IMAGE)
        self.drafted(design, ImageContent(version.content, asset.image_format), age)
        return design

    def commented(self, design: DesignName, state: str, age: int, comment: str, actor: str | None) -> None:
        """Move a resource to a state with an audited comment, as anybody or as `actor`."""
        moved = ChangeDesignState(END - age, design, state, actor or self.chance.choice(DESIGNERS), comment)
        self.events.append(moved)

    def changed(self, design: DesignName, content: DesignContent, age: int, *, is_approved: bool = True) -> None:
        """Give a resource a next version with other content; without `is_approved` it stays in review."""
        self.state(design, "DRAFT", age)
        self.events.append(ReplaceDesignContent(END - age + MINUTE, design, content, self.chance.choice(DESIGNERS)))
        self.state(design, "REVIEW", age - 5 * MINUTE)
        if is_approved:
            self.state(design, "APPROVED", age - 10 * MINUTE)

    def state(self, design: DesignName, state: str, age: int) -> None:
        """Move a resource to a state."""
        actor = self.chance.choice(REVIEWERS if state == "APPROVED" else DESIGNERS)
        self.events.append(ChangeDesignState(END - age, design, state, actor))

    def draft_template(self) -> DesignName:
        """The name of a template that is not there yet."""
        return self._name(TEMPLATE)

    def _name(self, resource_type: str) -> DesignName:
        number = self._numbers.draw()
        if resource_type == TEMPLATE:
            document = self.chance.choice(vocabulary.DOCUMENT_TYPES)
            return DesignName(TEMPLATE, f"TPL-{document[:4].upper()}-{number}")
        return DesignName(resource_type, f"{'IMG' if resource_type in _MEDIA_TYPES else 'PAGE'}-{number}")

    # --- what the case is ---

    def violates(self, template: DesignName, image: DesignName, *, is_reviewed: bool = False) -> None:
        """Say that the template is behind with this image, which a correction brings to review.

        Once it is there, the reviewer approves it, or leaves it waiting.
        """
        self.cases.append(
            PlantedDecision(self.cause, BEHIND, f"{template.name}/{image.name}", True, REVIEW_IMAGE, is_reviewed)
        )
        if is_reviewed:
            self.reviewed.append(image)

    def violates_while_worked_on(self, template: DesignName, image: DesignName) -> None:
        """Say that the template is behind with this image, which somebody is working on: no correction touches it."""
        self.cases.append(PlantedDecision(self.cause, BEHIND, f"{template.name}/{image.name}", is_violation=True))

    def misses(self, template: DesignName, image: DesignName, address: int | None = None) -> None:
        """Say that the template is not behind with this image, or this address of a page in HTML."""
        subject = f"{template.name}/{image.name}" + (f"/{address}" if address else "")
        self.cases.append(PlantedDecision(self.cause, BEHIND, subject, is_violation=False))


TemplatePlanter = Callable[[TemplateDesk], None]
