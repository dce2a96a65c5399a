"""Lineage in columns: from a communication to its approvals.

Here belongs the geometry of boxes and of the lines between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.dossier.rows import Dossier, Use
from reports.drawing.paper import Tick
from reports.text import instant, short

NODE_WIDTH = 184
NODE_HEIGHT = 46
COLUMN_GAP = 36
ROW_GAP = 12
TITLE_LENGTH = 22


@dataclass(frozen=True)
class Node:
    """A box of the lineage."""

    key: str
    column: int
    x: int
    y: float
    title: str
    detail: str
    tone: str


@dataclass(frozen=True)
class Edge:
    """A line from one box to another, as an SVG path."""

    path: str


@dataclass(frozen=True)
class Lineage:
    """Communication, renderings, uses, versions and approvals in columns."""

    width: int
    height: int
    columns: tuple[Tick, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    node_width: int = NODE_WIDTH
    node_height: int = NODE_HEIGHT


@dataclass(frozen=True)
class Box:
    """A box to be placed; boxes of one key are one."""

    key: str
    title: str
    detail: str
    tone: str = "plain"


COLUMNS = ("Communication", "Rendering", "Asset use", "Asset version", "Approval")


def lineage(dossier: Dossier) -> Lineage | None:
    """Return the lineage of a communication; a version or approval that several uses share is one box."""
    if not dossier.findings:
        return None
    return in_columns([_chain(dossier, finding.use) for finding in dossier.findings], COLUMNS, leading=2)


def in_columns(chains: Sequence[Sequence[Box]], columns: Sequence[str], leading: int) -> Lineage | None:
    """Return chains of boxes in columns, a box that several share once; those of the `leading` column make the rows.

    None where there is no chain.
    """
    if not chains:
        return None
    ys: dict[str, float] = {}
    for chain in chains:
        ys.setdefault(chain[leading].key, 34 + len(ys) * (NODE_HEIGHT + ROW_GAP))
    for column in (*range(leading - 1, -1, -1), *range(leading + 1, len(columns))):
        _place(ys, chains, column, leading)
    boxes = {box.key: (column, box) for chain in chains for column, box in enumerate(chain)}
    nodes = tuple(
        Node(key, column, column * (NODE_WIDTH + COLUMN_GAP), ys[key], box.title, box.detail, box.tone)
        for key, (column, box) in boxes.items()
    )
    at = {node.key: node for node in nodes}
    links = dict.fromkeys((one.key, other.key) for chain in chains for one, other in pairwise(chain))
    edges = tuple(Edge(_curve(at[one], at[other])) for one, other in links)
    width = len(columns) * NODE_WIDTH + (len(columns) - 1) * COLUMN_GAP
    ticks = tuple(Tick(index * (NODE_WIDTH + COLUMN_GAP), name) for index, name in enumerate(columns))
    return Lineage(width + 2, int(max(ys.values())) + NODE_HEIGHT + 4, ticks, nodes, edges)


def _place(ys: dict[str, float], chains: Sequence[Sequence[Box]], column: int, leading: int) -> None:
    """Give each box of a column the mean height of the leading boxes that it belongs to, below the one above."""
    means: dict[str, list[float]] = {}
    for chain in chains:
        means.setdefault(chain[column].key, []).append(ys[chain[leading].key])
    free = 34.0
    for key, heights in sorted(means.items(), key=lambda item: sum(item[1]) / len(item[1])):
        ys[key] = max(free, round(sum(heights) / len(heights), 1))
        free = ys[key] + NODE_HEIGHT + ROW_GAP


def _chain(dossier: Dossier, use: Use) -> list[Box]:
    """Return the five boxes of one use; where a record is missing, a box that says so."""
    letter = dossier.communication
    return [
        Box(
            f"c:{letter.communication_key}", short(letter.communication_id, TITLE_LENGTH), instant(letter.generated_at)
        ),
        Box(
            f"r:{use.rendering_id}",
            short(use.channel_code or "channel unknown", TITLE_LENGTH),
            short(use.rendering_id, 24),
        ),
        Box(
            f"u:{use.asset_use_key}",
            short(use.placeholder_name or f"use {use.ordinal}", TITLE_LENGTH),
            use.words.name,
            use.words.tone,
        ),
        _version_box(use),
        _approval_box(use),
    ]


def _version_box(use: Use) -> Box:
    name = short(use.name, TITLE_LENGTH)
    if use.asset_version_key:
        return Box(f"v:{use.asset_version_key}", name, f"version {use.version_number}")
    if use.rests_on_several:
        return Box(f"v?:{use.asset_use_key}", name, "several versions fit")
    return Box(f"v?:{use.asset_use_key}", name, "version not known", "missing")


def _approval_box(use: Use) -> Box:
    if use.approval_key:
        approver = short(use.approver_id or "approver unknown", TITLE_LENGTH)
        return Box(f"p:{use.approval_key}", approver, instant(use.granted_at))
    if use.rests_on_several:
        return Box(f"p?:{use.asset_use_key}", "several approvals", "one for each version")
    return Box(f"p?:{use.asset_version_key or use.asset_use_key}", "no approval", "of these bytes then", "missing")


def _curve(one: Node, other: Node) -> str:
    x1, y1 = one.x + NODE_WIDTH, one.y + NODE_HEIGHT / 2
    x2, y2 = other.x, other.y + NODE_HEIGHT / 2
    middle = (x1 + x2) / 2
    return f"M{x1} {y1:.1f} C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}"
