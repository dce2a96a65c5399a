"""A naive second opinion on templates: plain loops over what happened in the design repository.

Shares no code with the product or the sandbox and uses no SQL. What an approval says it asks the oracle of verdicts
(`naive.py`); which version a template may still show stands here once more, in words of its own.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
BEHIND = "ctl_templates_behind_approved_versions"
TEMPLATE_CONTROLS = (BEHIND,)
#: Days that a template may stay behind, from this instant on.
GRACE_DAYS = (("0001-01-01T00:00:00+00:00", 30), ("2026-04-01T00:00:00+00:00", 10))
TEMPLATE_TYPE = "exstrcommunicationset"


@dataclass
class Design:
    """A resource of the repository: the state, approval instant and content of each of its versions."""

    resource_type: str
    tags: dict[str, str]
    states: list[str] = field(default_factory=list)
    contents: list[Record] = field(default_factory=list)
    approved_at: dict[int, str] = field(default_factory=dict)

    def in_use(self) -> int | None:
        """The newest approved version, from 0 on; None where there is none."""
        return max((number for number, state in enumerate(self.states) if state == "APPROVED"), default=None)


@dataclass(frozen=True)
class Assets:
    """What the oracle of verdicts tells of assets."""

    of_bytes: Callable[[str], list[str]]
    named: Callable[[str, str], str | None]
    etags_of_version: Callable[[str, int], set[str]]
    etags_until: Callable[[str, str], set[str]]
    live_now: Callable[[str], set[str]]
    verdict_now: Callable[[str, str, str | None], str]
    newest_now: Callable[[str, str | None], str | None]


def read(records: list[Record]) -> dict[str, Design]:
    """The repository as it stands behind the last record, by resource name."""
    designs: dict[str, Design] = {}
    for record in records:
        name = record.get("resource_name")
        if name is None:
            continue
        if record["kind"] == "create_design":
            designs[name] = Design(record["resource_type"], record["tags"], ["DRAFT"], [record])
        elif record["kind"] == "design_content":
            designs[name].contents[-1] = record
        else:
            _change_state(designs[name], record["state"], record["occurred_at"])
    return designs


def _change_state(design: Design, state: str, at: str) -> None:
    if design.states[-1] == "APPROVED" and state == "DRAFT":
        design.states.append(state)
        design.contents.append(design.contents[-1])
        return
    design.states[-1] = state
    if state == "APPROVED":
        design.approved_at[len(design.states) - 1] = at


def judge(records: list[Record], assets: Assets) -> dict[str, list[str]]:
    """Subjects of the controls of templates."""
    return {BEHIND: sorted(subject for subject, _, _ in _behind(records, assets))}


def propose(records: list[Record], assets: Assets) -> list[str]:
    """The subjects whose image is put to review: nobody works on it, and what is approved is what is delivered."""
    designs = read(records)
    return sorted(
        subject
        for subject, asset, newest in _behind(records, assets)
        if designs[subject.split("/")[1]].states[-1] == "APPROVED" and assets.live_now(asset) == {newest}
    )


def reviewed(records: list[Record], assets: Assets, images: Collection[str], at: str) -> list[Record]:
    """What happens when the images that were put to review are approved there, for those of these names."""
    more = []
    newest_of = {subject: newest for subject, _, newest in _behind(records, assets)}
    for subject in propose(records, assets):
        name = subject.split("/")[1]
        if name in images:
            said = {"resource_name": name, "occurred_at": at}
            more += [
                {**said, "kind": "design_state", "state": "DRAFT"},
                {**said, "kind": "design_content", "etag": newest_of[subject], "objects": [], "links": []},
                {**said, "kind": "design_state", "state": "APPROVED"},
            ]
    return more


def _behind(records: list[Record], assets: Assets) -> Iterator[tuple[str, str, str]]:
    """Each image by which a template is behind: subject, asset, and the newest bytes approved for the template."""
    designs = read(records)
    for name, template in designs.items():
        if template.resource_type != TEMPLATE_TYPE:
            continue
        for subject, asset, etags in _shown(name, template, designs, assets):
            verdicts = {assets.verdict_now(asset, etag, template.tags.get("region")) for etag in etags}
            newest = assets.newest_now(asset, template.tags.get("region"))
            is_wrong = len(verdicts) == 1 and verdicts <= {"NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE", "SUPERSEDED"}
            if newest is not None and newest not in etags and is_wrong:
                yield subject, asset, newest


def _shown(
    name: str, template: Design, designs: dict[str, Design], assets: Assets
) -> Iterator[tuple[str, str, set[str]]]:
    """What a template shows now: subject, asset, and which bytes of it that may be."""
    for shown in sorted(_reached(template, designs)):
        image = designs[shown]
        number = image.in_use()
        if number is None:
            continue
        content, at = image.contents[number], image.approved_at[number]
        if image.resource_type == "image":
            for asset, etags in _of_image(content, image.tags, at, assets):
                yield f"{name}/{shown}", asset, etags
        for ordinal, link in enumerate(content["links"], start=1):
            linked = assets.named(link["public_id"], at)
            if linked is not None:
                yield f"{name}/{shown}/{ordinal}", linked, assets.live_now(linked)


def _reached(design: Design, designs: dict[str, Design]) -> set[str]:
    number = design.in_use()
    if number is None:
        return set()
    objects = set(design.contents[number]["objects"])
    return objects | {further for one in objects for further in _reached(designs[one], designs)}


def _of_image(content: Record, tags: dict[str, str], at: str, assets: Assets) -> Iterator[tuple[str, set[str]]]:
    if "cloudinary_public_id" not in tags:
        owners = assets.of_bytes(content["etag"])
        if len(owners) == 1:
            yield owners[0], {content["etag"]}
        return
    asset = assets.named(tags["cloudinary_public_id"], at)
    if asset is None:
        return
    if asset in assets.of_bytes(content["etag"]):
        yield asset, {content["etag"]}
    elif "cloudinary_version" in tags:
        yield asset, assets.etags_of_version(asset, int(tags["cloudinary_version"]))
    else:
        yield asset, assets.etags_until(asset, at)
