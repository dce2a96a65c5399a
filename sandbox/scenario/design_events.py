"""What can happen in the design repository: resources are made, filled, and moved from state to state.

A resource is named by its type and name, which are unique there; the repository's own ids are put in by whoever plays
the event. An image holds the bytes of a content key, a template or a part of one names what it shows, and a page in
HTML holds delivery URLs. How an event is played does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.scenario.events import DeliveryLink

TEMPLATE = "exstrcommunicationset"
PAGE = "exstrpage"
HTML_PAGE = "exstrhtml5"
IMAGE = "image"


@dataclass(frozen=True, slots=True)
class DesignName:
    """The type and name by which a resource is found."""

    resource_type: str
    name: str


@dataclass(frozen=True, slots=True)
class ImageContent:
    """The bytes of a content key."""

    content: str
    image_format: str


@dataclass(frozen=True, slots=True)
class Composition:
    """A template or page: the resources that it shows."""

    objects: tuple[DesignName, ...]


@dataclass(frozen=True, slots=True)
class HtmlContent:
    """A page in HTML: the addresses of its images."""

    links: tuple[DeliveryLink, ...]


DesignContent = ImageContent | Composition | HtmlContent


@dataclass(frozen=True, slots=True)
class CreateDesign:
    """A resource is made as a draft with content and metadata tags."""

    at: int
    design: DesignName
    content: DesignContent
    tags: tuple[tuple[str, str], ...]
    actor: str


@dataclass(frozen=True, slots=True)
class ReplaceDesignContent:
    """The content of a draft is replaced."""

    at: int
    design: DesignName
    content: DesignContent
    actor: str


@dataclass(frozen=True, slots=True)
class ChangeDesignState:
    """The newest version goes to another state; from approved to draft makes the next version."""

    at: int
    design: DesignName
    state: str
    actor: str
    comment: str = ""


DesignEvent = CreateDesign | ReplaceDesignContent | ChangeDesignState
