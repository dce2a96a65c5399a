"""A small world with one example of every verdict, control and correction, as landed rows.

Here belong the rows and what has to come out of them; how they are landed is `landing_fixture`.
The ids of communications, publications and cases say what they are an example of.
"""

from random import Random

from tests.dbt import small_world_communities
from tests.dbt import small_world_outputs as outputs
from tests.dbt import small_world_templates as templates
from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world_assets import (
    ABSENCES,
    DETAILS,
    FIELDS,
    MISSED_AT,
    NOTIFICATIONS,
    RESOURCES,
    SEEN_AT,
    _listed,
)
from tests.dbt.small_world_decisions import DECISIONS, PLACES
from tests.dbt.small_world_deliveries import ADDRESSES
from tests.dbt.small_world_own_records import ACCESSES, DISPOSITIONS
from tests.dbt.small_world_partners import (
    APPLICATION_ADVICES,
    CASES,
    DOCUMENTS,
    FUNCTIONAL_ACKNOWLEDGEMENTS,
    MESSAGES,
    OWN_MESSAGES,
    PUBLICATIONS,
    TRANSITIONS,
)
from tests.dbt.small_world_rows import COVERED_FROM, LISTED, WINDOW, Batch, approve, embedded
from tests.dbt.small_world_uses import TARGETS, USES


def batches() -> list[Batch]:
    """The small world, one batch for each stream."""
    communications, renderings, uses = [], [], []
    for name, use in USES.items():
        key = {"domain": "claims", "communication_id": name}
        document_type, placeholder = PLACES.get(name, ("bill", "header"))
        communications.append(
            key
            | {
                "flow_instance_id": "run-1",
                "recipient_pseudonym": f"pseudonym of {name}",
                "document_type": document_type,
                "segment": use.segment,
                "jurisdiction": use.jurisdiction,
                "offer_ids": list(use.offers),
                "generated_at_raw": use.generated_at,
            }
        )
        rendering = {"rendering_id": "r1", "channel": "email", "queue_name": "mail"}
        renderings.append(key | rendering | DECISIONS.get(name, {}))
        place = {"rendering_id": "r1", "ordinal": 1, "placeholder": placeholder}
        target = {"target_reference": TARGETS[name]} if name in TARGETS else {}
        uses.append(key | place | {**use.reference, **ADDRESSES.get(name, {}), **target})
    uses.append(
        {"domain": "claims", "communication_id": "contradicted", "rendering_id": "r1", "ordinal": 1}
        | embedded("plain", "2026-01-12T10:00:00Z", "p1")
    )
    updated = {"updated_at_raw": "2026-01-05T00:00:00Z"}
    return [
        Batch("cloudinary", "notifications", NOTIFICATIONS),
        Batch("cloudinary", "resources", RESOURCES, LISTED),
        Batch(
            "cloudinary",
            "resources",
            [_listed("lost", "lost", "2026-01-12T10:00:00Z", "2026-01-12T10:00:00Z")],
            (None, SEEN_AT),
        ),
        Batch("cloudinary", "asset_absences", [], (None, SEEN_AT)),
        Batch("cloudinary", "asset_absences", ABSENCES, (SEEN_AT, MISSED_AT)),
        Batch("cloudinary", "asset_details", DETAILS),
        *(Batch("cloudinary", "metadata_fields", rows, (since, until)) for since, until, rows in FIELDS),
        Batch(
            "exstream",
            "flow_instances",
            [{"domain": "claims", "flow_instance_id": "run-1", "job_id": "job-1", "status": "completed"}],
        ),
        Batch("exstream", "communications", communications),
        Batch("exstream", "renderings", renderings),
        Batch("exstream", "asset_uses", uses),
        *(Batch("exstream", stream, rows) for stream, rows in templates.streams()),
        Batch(
            "exstream",
            "delivery_outputs",
            [
                {
                    "domain": "claims",
                    "job_id": "job-1",
                    "flow_instance_id": "run-1",
                    "docgen_uuid": "d1",
                    "queue_name": "mail",
                    "file_name": "mail-1.html",
                    "customer_number": 1,
                    "page_count": 2,
                    "recipient_pseudonym": "pseudonym of proven",
                },
                {
                    "domain": "claims",
                    "job_id": "job-1",
                    "flow_instance_id": "run-1",
                    "docgen_uuid": "d1",
                    "queue_name": "mail",
                    "file_name": "mail-2.html",
                    "customer_number": 2,
                    "page_count": 3,
                    "recipient_pseudonym": "pseudonym of an account",
                    "keys": {"CommunicationId": "proven-late", "RenderingId": "r1", "Sorting": "7"},
                },
                *outputs.OUTPUTS,
            ],
        ),
        Batch("exstream", "output_links", outputs.LINKS),
        Batch(
            "trading_grid",
            "communities",
            [
                {"community_id": "west", "name": "West", "region": "US-CA", **updated},
                {"community_id": "east", "name": "East", "region": "US-NY", **updated},
            ],
        ),
        Batch("trading_grid", "partners", [{"partner_id": "broker", "name": "Broker", **updated}]),
        Batch(
            "trading_grid",
            "members",
            [{"community_id": "west", "partner_id": "broker", "status": "active", **updated}],
        ),
        Batch("trading_grid", "publications", [*PUBLICATIONS, *small_world_communities.PUBLICATIONS]),
        *(Batch("trading_grid", stream, rows) for stream, rows in small_world_communities.STREAMS.items()),
        Batch(
            "trading_grid",
            "accesses",
            [
                {
                    "access_id": f"a{number}",
                    "publication_id": "in-order",
                    "partner_id": "broker",
                    "kind": kind,
                    "at_raw": "2026-01-17T00:00:00Z",
                }
                for number, kind in enumerate(("delivered", "opened", "opened"))
            ]
            + [small_world_communities.DOWNLOAD, small_world_communities.OF_A_STRANGER],
        ),
        Batch(
            "trading_grid",
            "acknowledgements",
            [
                {
                    "acknowledgement_id": "k1",
                    "kind": "997",
                    "code": "A",
                    "partner_id": "broker",
                    "publication_id": "in-order",
                    "at_raw": "2026-01-17T00:00:00Z",
                },
                {
                    "acknowledgement_id": "k2",
                    "kind": "997",
                    "code": "R",
                    "partner_id": "broker",
                    "publication_id": "in-order",
                    "at_raw": "2026-01-17T00:00:00Z",
                },
                {
                    "acknowledgement_id": "k3",
                    "kind": "portal",
                    "code": "accepted",
                    "partner_id": "broker",
                    "publication_id": "in-order",
                    "at_raw": "2026-01-17T00:00:00Z",
                },
                *small_world_communities.ACKNOWLEDGEMENTS,
            ],
        ),
        Batch("trading_grid", "documents", DOCUMENTS),
        Batch("trading_grid", "functional_acknowledgements", FUNCTIONAL_ACKNOWLEDGEMENTS),
        Batch("trading_grid", "application_advices", APPLICATION_ADVICES),
        Batch("trading_grid", "cases", CASES),
        Batch("trading_grid", "thread_messages", [*MESSAGES, *OWN_MESSAGES]),
        Batch("corrections", "transitions", TRANSITIONS),
        Batch("corrections", "dispositions", DISPOSITIONS),
        Batch("corrections", "accesses", ACCESSES),
    ]


def land_world(landing: Landing) -> None:
    """Land the small world in order, with what must not be seen: a held batch, and a notification once more."""
    for batch in batches():
        landing.land(batch.system, batch.stream, batch.rows, window=batch.window)
    landing.land(
        "cloudinary",
        "notifications",
        [approve("plain", "2026-01-12T11:00:00Z", "p1")],
        window=("2026-01-09T00:00:00+00:00", COVERED_FROM),
        outcome="held",
    )
    landing.land("cloudinary", "notifications", NOTIFICATIONS[:3], window=WINDOW)
    landing.project()


def land_world_shuffled(landing: Landing, seed: int) -> None:
    """Land the same rows in another order, cut into other batches."""
    chance = Random(seed)
    pieces: list[Batch] = []
    for batch in batches():
        rows = list(batch.rows)
        chance.shuffle(rows)
        cut = chance.randint(0, len(rows))
        pieces += [Batch(batch.system, batch.stream, part, batch.window) for part in (rows[:cut], rows[cut:])]
    chance.shuffle(pieces)
    for piece in pieces:
        landing.land(piece.system, piece.stream, piece.rows, window=piece.window)
    landing.project()
