"""The standing world: communities, partners, members, and what members do with publications.

Receipts are made for every publication alike, planted or not.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import Community, Numbers
from sandbox.scenario.events import (
    Access,
    Acknowledge,
    CommunityEvent,
    JoinCommunity,
    Publish,
    RegisterCommunity,
    RegisterPartner,
)
from sandbox.scenario.stages import DAY, END, HOUR, MINUTE, START

COMMUNITY_COUNT = 12
PARTNER_COUNT = 40
_ACKNOWLEDGEMENTS = (("portal", "accepted"), ("997", "A"), ("824", "TA"))


def make_world(seed: int) -> tuple[list[Community], list[CommunityEvent]]:
    """Twelve communities over all jurisdictions, forty partners, each in one to four communities."""
    chance = Random(f"{seed}/world")
    partners = [f"PARTNER-{number:03d}" for number in range(1, PARTNER_COUNT + 1)]
    events: list[CommunityEvent] = [
        RegisterPartner(
            at=START + HOUR,
            partner_id=partner,
            name=f"{chance.choice(vocabulary.PARTNER_WORDS)} {chance.choice(vocabulary.PARTNER_KINDS)} {number}",
            gln=vocabulary.gln13(number),
            duns=f"{400_000_000 + number:09d}",
        )
        for number, partner in enumerate(partners, start=1)
    ]
    members: list[list[str]] = [[] for _ in range(COMMUNITY_COUNT)]
    for number, partner in enumerate(partners):
        homes = {number % COMMUNITY_COUNT, *(chance.randrange(COMMUNITY_COUNT) for _ in range(3))}
        for home in sorted(homes):
            members[home].append(partner)
    regions = [*vocabulary.JURISDICTIONS, *vocabulary.JURISDICTIONS][:COMMUNITY_COUNT]
    communities: list[Community] = []
    for number, region in enumerate(regions):
        language = vocabulary.JURISDICTIONS[region][0]
        community = Community(f"COMMUNITY-{number + 1:02d}", region, language, tuple(members[number]))
        communities.append(community)
        name = f"{vocabulary.COMMUNITY_THEMES[number % 4]} {region}"
        events.append(RegisterCommunity(START + HOUR, community.community_id, name, region, language))
        events += [JoinCommunity(START + 2 * HOUR, community.community_id, p) for p in community.partners]
    return communities, events


def receipts(
    seed: int,
    communities: Sequence[Community],
    publications: Iterable[Publish],
    usual: AbstractSet[str],
    numbers: Numbers,
) -> list[CommunityEvent]:
    """Deliveries, openings, downloads and acknowledgements: three or four on average per publication.

    Only `usual` publications are downloaded: whether a planted one may be is for its planter to say.
    """
    chance = Random(f"{seed}/receipts")
    partners_of = {community.community_id: community.partners for community in communities}
    events: list[CommunityEvent] = []
    for shown in publications:
        partners = partners_of[shown.community_id]
        for partner in chance.sample(partners, min(len(partners), chance.randint(0, 3))):
            events += _receipts_of(chance, shown, partner, numbers, may_download=shown.publication_id in usual)
    return [event for event in events if event.at < END]


def _receipts_of(
    chance: Random, shown: Publish, partner: str, numbers: Numbers, *, may_download: bool
) -> list[CommunityEvent]:
    """What one partner does with one publication on the day or the days after it is shown."""
    delivered = shown.at + chance.randint(1, 9) * MINUTE
    looked = shown.at - shown.at % HOUR + chance.randint(1, 4) * DAY + chance.randint(0, 50) * MINUTE
    events: list[CommunityEvent] = [Access(delivered, numbers.draw("ACC"), shown.publication_id, partner, "delivered")]
    if chance.random() < 0.55:
        action = chance.choice(("opened", "opened", "downloaded" if may_download else "opened"))
        events.append(Access(looked, numbers.draw("ACC"), shown.publication_id, partner, action))
    if chance.random() < 0.6:
        channel, code = chance.choice(_ACKNOWLEDGEMENTS)
        at = looked + chance.randint(1, 9) * MINUTE
        events.append(
            Acknowledge(
                at,
                numbers.draw("ACK"),
                shown.publication_id,
                partner,
                channel,
                code,
                shown.content,
                shown.image_format,
            )
        )
    return events
