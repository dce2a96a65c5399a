"""What Trading Grid / Active Community promises about each landing stream, by the configurable contract.

Here belong formats, and the lists that decide how a record is counted: a receipt of an unknown kind, or a message of
an unknown role, would be counted wrongly. Statuses of partners, members, communities and cases are the customer's and
may grow: they are not closed here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from quality.suites.promises import instant, md5, never, not_negative, one_of, sha256

ACCESS_KINDS: Final = ("delivered", "opened", "downloaded")
ACKNOWLEDGEMENT_KINDS: Final = ("portal", "997", "824", "CONTRL")
AUTHOR_ROLES: Final = ("partner", "team")
DIRECTIONS: Final = ("in", "out")
ITEM_KINDS: Final = ("gtin", "product", "product_color")
STREAMS_WITH_ABSENCES: Final = ("communities", "partners", "members", "publications")
CATALOGUE_ACTIONS: Final = ("insert", "update", "replace", "delete")
_NO_ASSET: Final = (
    "coalesce(nullif(trim(asset_id), ''), nullif(trim(public_id), ''), nullif(trim(asset_url), '')) is null"
)


def communities() -> list[Expectation]:
    """One row per community."""
    return [instant("updated_at_raw")]


def partners() -> list[Expectation]:
    """One row per partner."""
    return [instant("updated_at_raw")]


def members() -> list[Expectation]:
    """One row per membership of a partner in a community."""
    return [instant("updated_at_raw")]


def publications() -> list[Expectation]:
    """One row per publication: when it was shown and which asset it shows."""
    return [
        instant("published_at_raw"),
        instant("withdrawn_at_raw"),
        instant("updated_at_raw"),
        not_negative("asset_version"),
        md5("etag"),
        sha256("content_sha256"),
        never(
            "coalesce(nullif(trim(asset_id), ''), nullif(trim(public_id), ''), nullif(trim(url), '')) is null",
            "a publication names an asset id, a public id or a url",
        ),
    ]


def accesses() -> list[Expectation]:
    """One row per delivery, opening or download."""
    return [one_of("kind", ACCESS_KINDS), instant("at_raw")]


def acknowledgements() -> list[Expectation]:
    """One row per acknowledgement; the hash, where there is one, is a hash."""
    return [one_of("kind", ACKNOWLEDGEMENT_KINDS), instant("at_raw"), sha256("content_sha256")]


def cases() -> list[Expectation]:
    """One row per case: it was opened before it was changed."""
    return [instant("opened_at_raw"), instant("updated_at_raw"), not_negative("asset_version")]


def thread_messages() -> list[Expectation]:
    """One row per message of a case: whether our team wrote it decides whether the case is answered."""
    return [one_of("author_role", AUTHOR_ROLES), instant("posted_at_raw"), not_negative("linked_version")]


def documents() -> list[Expectation]:
    """One row per document of a mailbox; its status is the vendor's list, which grows."""
    return [one_of("direction", DIRECTIONS), instant("created_at_raw"), instant("updated_at_raw")]


def catalogue_images() -> list[Expectation]:
    """One row per image of an item."""
    return [
        one_of("item_kind", ITEM_KINDS),
        one_of("action", CATALOGUE_ACTIONS),
        never(
            "(case when gtin is null then 0 else 1 end) + (case when product is null then 0 else 1 end) <> 1",
            "an image belongs to a GTIN or to a product, not to both",
        ),
    ]


def functional_acknowledgements() -> list[Expectation]:
    """One row per group and set that a 997 answers: whether it could be read, and nothing more."""
    return [
        one_of("level", ("group", "set")),
        instant("at_raw"),
        not_negative("ordinal"),
        never(
            "level = 'set' and acknowledged_set_control_number is null",
            "an answered set has its control number",
        ),
    ]


def application_advices() -> list[Expectation]:
    """One row per answer of an 824."""
    return [instant("at_raw"), not_negative("ordinal")]


def launches() -> list[Expectation]:
    """One row per launch: without its instant nothing can be late for it."""
    return [instant("launch_at_raw"), instant("readiness_due_at_raw"), instant("updated_at_raw")]


def launch_requirements() -> list[Expectation]:
    """One row per asset, market and format that a launch needs."""
    return [
        not_negative("ordinal"),
        instant("due_at_raw"),
        instant("updated_at_raw"),
        not_negative("asset_version"),
        never(
            f"{_NO_ASSET} and nullif(trim(description), '') is null",
            "a requirement names an asset or describes one",
        ),
    ]


def launch_messages() -> list[Expectation]:
    """One row per message of a launch's discussion."""
    return [one_of("author_role", AUTHOR_ROLES), instant("posted_at_raw")]


def tasks() -> list[Expectation]:
    """One row per task."""
    return [instant("created_at_raw"), instant("due_at_raw"), instant("done_at_raw"), instant("updated_at_raw")]


def flags() -> list[Expectation]:
    """One row per flag."""
    return [
        not_negative("requirement_ordinal"),
        not_negative("asset_version"),
        instant("raised_at_raw"),
        instant("due_at_raw"),
        instant("resolved_at_raw"),
        instant("updated_at_raw"),
    ]


def format_requests() -> list[Expectation]:
    """One row per request for another format; of what, has to be known."""
    return [
        not_negative("asset_version"),
        instant("requested_at_raw"),
        instant("due_at_raw"),
        instant("answered_at_raw"),
        instant("updated_at_raw"),
        never(f"{_NO_ASSET} and publication_id is null", "a format request names an asset or a publication"),
    ]


def feedback() -> list[Expectation]:
    """One row per report; its categories are the portal's list, which grows."""
    return [
        not_negative("asset_version"),
        instant("reported_at_raw"),
        instant("answered_at_raw"),
        instant("reopened_at_raw"),
        instant("updated_at_raw"),
        never(f"{_NO_ASSET} and publication_id is null", "feedback names an asset or a publication"),
    ]


def searches() -> list[Expectation]:
    """One row per search."""
    return [not_negative("result_count"), instant("at_raw")]


def community_needs() -> list[Expectation]:
    """One row per community, asset, region, language and device."""
    return [instant("updated_at_raw")]


def distributions() -> list[Expectation]:
    """One row per asset that was sent to a partner."""
    return [
        instant("at_raw"),
        not_negative("asset_version"),
        md5("etag"),
        sha256("content_sha256"),
        never(f"{_NO_ASSET} and content_sha256 is null", "a distribution names an asset or the hash of its bytes"),
    ]


def object_absences() -> list[Expectation]:
    """One row per object and complete listing that lacks it, or has it again."""
    return [
        one_of("stream", STREAMS_WITH_ABSENCES),
        instant("listed_at_raw"),
        instant("last_seen_at_raw"),
        never(
            "(stream in ('communities', 'members') and community_id is null) "
            "or (stream in ('partners', 'members') and partner_id is null) "
            "or (stream = 'publications' and publication_id is null)",
            "an absence names the object that is absent",
        ),
    ]


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType(
    {
        "communities": communities,
        "partners": partners,
        "members": members,
        "publications": publications,
        "accesses": accesses,
        "acknowledgements": acknowledgements,
        "cases": cases,
        "thread_messages": thread_messages,
        "documents": documents,
        "catalogue_images": catalogue_images,
        "functional_acknowledgements": functional_acknowledgements,
        "application_advices": application_advices,
        "launches": launches,
        "launch_requirements": launch_requirements,
        "launch_messages": launch_messages,
        "tasks": tasks,
        "flags": flags,
        "format_requests": format_requests,
        "feedback": feedback,
        "searches": searches,
        "community_needs": community_needs,
        "distributions": distributions,
        "object_absences": object_absences,
    }
)
