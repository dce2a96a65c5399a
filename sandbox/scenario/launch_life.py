"""Launches, and what partners look for, ask for and report, as business as usual: a few of each, all in order.

Everything hangs on publications that are made anyway, so that no asset, letter or case changes by it, and nothing here
may become an exception.
"""

from collections.abc import Mapping, Sequence
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.background import TRANSITION
from sandbox.scenario.community_desk import Community
from sandbox.scenario.events import ChangeObject, CommunityEvent, CreateObject, Publish, Withdraw
from sandbox.scenario.launch_readiness import GO, READY, SaidLaunch
from sandbox.scenario.library import AssetHistory
from sandbox.scenario.said import Said
from sandbox.scenario.searches import FOUND, FOUND_OR_NOT_TOLD, SaidSearch, topic_of
from sandbox.scenario.stages import DAY, END, HOUR, iso

HOW_MANY = 3
_LONGEST = 12 * DAY
_UNTIL_LAUNCH = 7 * DAY
_FEEDBACK = ("slow_loading", "incorrect_cropping", "poor_mobile_rendering")


def launch_life(
    seed: int,
    communities: Sequence[Community],
    usual: Sequence[CommunityEvent],
    assets: Sequence[AssetHistory],
    said: Said,
    how_many: int = HOW_MANY,
) -> list[CommunityEvent]:
    """`how_many` launches with all that belongs to one, each around another asset; fewer where there are fewer.

    `usual` is the communities' business as usual: what is still shown of it at the end is launched, where nothing
    happens to the asset around the launch, so that no letter carries an older version by then. `said` takes what is
    said of it: all is in order.
    """
    chance = Random(f"{seed}/launch-life")
    partners = {community.community_id: community.partners for community in communities}
    histories = {asset.handle: asset for asset in assets}
    gone = {event.publication_id for event in usual if isinstance(event, Withdraw)}
    gone |= {event.replaces for event in usual if isinstance(event, Publish) and event.replaces}
    able = {
        shown.asset: shown
        for shown in usual
        if isinstance(shown, Publish)
        and shown.at < END - _LONGEST
        and partners[shown.community_id]
        and shown.publication_id not in gone
        and _is_settled(histories[shown.asset], shown.at + HOUR + _UNTIL_LAUNCH)
    }
    chosen = chance.sample(sorted(able.values(), key=lambda shown: shown.publication_id), min(how_many, len(able)))
    return [
        event
        for number, shown in enumerate(chosen, start=1)
        for event in _around(chance, number, shown, partners[shown.community_id], said)
    ]


def _is_settled(asset: AssetHistory, launched: int) -> bool:
    """Whether what is live at a launch was approved so long ago that nobody uses the version before any more."""
    live = [version for version in asset.versions if version.uploaded_at < launched][-1]
    return any(version is live and granted < launched - TRANSITION - HOUR for granted, version in asset.grants)


def _around(chance: Random, number: int, shown: Publish, partners: tuple[str, ...], said: Said) -> list[CommunityEvent]:
    """One launch of what a publication shows, and the share of one of the partners in it."""
    partner = chance.choice(partners)
    start = shown.at + HOUR
    launch = f"LAU-{number:04d}"
    where: Mapping[str, object] = {"communityId": shown.community_id}
    theirs = {**where, "partnerId": partner}
    product, campaign = chance.choice(vocabulary.PRODUCT_LINES), chance.choice(vocabulary.CAMPAIGNS)
    due = iso(start + 5 * DAY)
    launched = {"name": f"{campaign} {product}", "launchAt": iso(start + _UNTIL_LAUNCH), "readinessDueAt": due}
    needed = {"launchId": launch, "ordinal": 0, **where, "market": shown.region, "language": shown.language}
    required = {f"{launch}/0": READY}
    said.launches.append(SaidLaunch(launch, GO, frozenset(partners), required=required, heard={partner}))
    search, terms = f"SRCH-{number:04d}", f"{campaign} {shown.rendition}"
    wanted = {"user": user_of(partner), "terms": terms, "productLine": product, "campaign": campaign}
    wanted |= {"market": shown.region}
    topic = topic_of(terms, product, campaign, shown.region)
    said.searches.append(SaidSearch(search, FOUND, topic, FOUND_OR_NOT_TOLD))
    message = {"launchId": launch, "author": shown.actor, "authorRole": "team", "body": f"All is ready for {campaign}."}
    return [
        _made(
            start,
            "launches",
            {
                "launchId": launch,
                "communityIds": [shown.community_id],
                "productLine": product,
                "campaign": campaign,
                **launched,
            },
        ),
        _made(start, "launch-requirements", {**needed, "format": shown.image_format, "dueAt": due}, shown),
        _made(start + HOUR, "launch-messages", {"messageId": f"LMSG-{number:04d}", **message}),
        *_work(start, number, {"launchId": launch, **theirs}, shown),
        *_reports(chance, start, number, theirs, shown),
        _made(start + DAY, "searches", {"searchId": search, **theirs, **wanted, "resultCount": chance.randint(1, 9)}),
        _made(
            start,
            "community-needs",
            {**where, "region": shown.region, "language": shown.language, "device": shown.device},
            shown,
        ),
        *_sending(start + DAY, number, {**theirs, "publicationId": shown.publication_id}, shown),
    ]


def _sending(at: int, number: int, theirs: Mapping[str, object], shown: Publish) -> list[CommunityEvent]:
    """The image is sent to the partner, for the catalogue where it is a JPEG, and acknowledged a day later."""
    distribution, gtin = f"DIS-{number:04d}", vocabulary.gtin14(number)
    catalogued = {"gtin": gtin} if shown.image_format == "jpg" else {}
    sent = {"distributionId": distribution, **theirs, **catalogued, "fileName": f"{gtin}_A1C1.{shown.image_format}"}
    answer = {"acknowledgementId": f"ACK-{number:04d}", "kind": "portal", "code": "accepted"}
    answer |= {"partnerId": str(theirs["partnerId"]), "distributionId": distribution}
    return [_made(at, "distributions", sent, shown), _made(at + DAY, "acknowledgements", answer, shown)]


def _work(start: int, number: int, theirs: Mapping[str, object], shown: Publish) -> list[CommunityEvent]:
    """A task that is done, a flag that is resolved and a format request that is answered, each before it is due."""
    due = {"dueAt": iso(start + 6 * DAY)}
    task, flag, request = f"TASK-{number:04d}", f"FLAG-{number:04d}", f"FRQ-{number:04d}"
    wanted = {"publicationId": shown.publication_id, "format": "webp", "text": "We need it smaller."}
    answered = {"status": "answered", "answerPublicationId": shown.publication_id}
    return [
        _made(start, "tasks", {"taskId": task, **theirs, "kind": "confirm_assets", **due}),
        ChangeObject(start + 2 * DAY, "tasks", task, (("status", "done"),)),
        _made(start + DAY, "flags", {"flagId": flag, **theirs, "text": "The print version is missing.", **due}, shown),
        ChangeObject(start + 2 * DAY, "flags", flag, (("status", "resolved"),)),
        _made(start + DAY, "format-requests", {"formatRequestId": request, **theirs, **wanted, **due}, shown),
        ChangeObject(start + 3 * DAY, "format-requests", request, tuple(answered.items())),
    ]


def _reports(
    chance: Random, start: int, number: int, theirs: Mapping[str, object], shown: Publish
) -> list[CommunityEvent]:
    """Feedback that is answered."""
    feedback = f"FB-{number:04d}"
    reported = {
        "publicationId": shown.publication_id,
        "category": _FEEDBACK[number % len(_FEEDBACK)],
        "rendition": shown.rendition,
        "device": chance.choice(vocabulary.DEVICES),
    }
    answered = {"status": "answered", "answer": "Please load it once more: the old file was still in the cache."}
    return [
        _made(start + 2 * DAY, "feedback", {"feedbackId": feedback, **theirs, **reported}, shown),
        ChangeObject(start + 4 * DAY, "feedback", feedback, tuple(answered.items())),
    ]


def user_of(partner: str) -> str:
    """The one who acts for a partner in the portal."""
    return f"{partner.lower()}.desk"


def _made(at: int, objects: str, fields: Mapping[str, object], about: Publish | None = None) -> CreateObject:
    return CreateObject(at, objects, tuple(fields.items()), about)
