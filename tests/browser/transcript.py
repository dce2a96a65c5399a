"""What a screen reader gets of a page, from Chromium's own accessibility tree, as lines of text.

Here belongs making the lines and comparing them with those that are kept. `make transcripts` writes them anew; whoever
does so reads them as somebody would who hears the page only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "transcripts"
ASKED_FOR = "ASSETTRAIL_TRANSCRIPTS"
_SILENT = frozenset({"generic", "none", "InlineTextBox", "ListMarker", "LineBreak", "RootWebArea", "rowgroup"})
_TEXTS = frozenset({"StaticText"})
_ATOMS = frozenset(
    {"image", "img", "link", "button", "heading", "DateTime", "DisclosureTriangle", "term", "time", "code", "strong"}
)
_STATES = ("level", "expanded", "invalid", "required", "disabled")
_SPOKEN_INLINE = frozenset({"time", "code", "strong", "Abbr"})

Node = Mapping[str, Any]


def transcript(page: Page) -> str:
    """Return the page as a screen reader walks through it: a line for each thing, indented by what encloses it.

    Text that is spoken in one go is one line; a state is told behind the name, as `(level 2)` or `(collapsed)`.
    """
    session = page.context.new_cdp_session(page)
    nodes: dict[str, Node] = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    root = next(node for node in nodes.values() if "parentId" not in node)
    return "\n".join(_joined(_lines(root, nodes, 0))) + "\n"


def compare_transcript(told: str, name: str) -> None:
    """Compare with the transcript that is kept under the name; write it there instead where that was asked for."""
    kept = FOLDER / f"{name}.txt"
    if os.environ.get(ASKED_FOR):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(told, encoding="utf-8")
    assert told.splitlines() == kept.read_text(encoding="utf-8").splitlines(), (
        "what a screen reader gets has changed: run `make transcripts`, and read what it wrote as one who hears it"
    )


def _lines(node: Node, nodes: Mapping[str, Node], depth: int) -> Iterator[tuple[int, str, bool]]:
    """Yield (depth, text, whether it is plain text that goes on) of a node and what it holds."""
    role, name = _value(node, "role"), " ".join(_value(node, "name").split())
    children = [nodes[child] for child in node.get("childIds", ()) if child in nodes]
    if node.get("ignored") or role in _SILENT:
        for child in children:
            yield from _lines(child, nodes, depth)
    elif role in _TEXTS:
        if name:
            yield depth, name, True
    elif role in _SPOKEN_INLINE:
        spoken = " ".join(text for child in children for _, text, _ in _lines(child, nodes, depth))
        if name or spoken:
            yield depth, name or spoken, True
    else:
        yield depth, _told(node, role, name), False
        if role not in _ATOMS and not _is_said(name, children, nodes):
            for child in children:
                yield from _lines(child, nodes, depth + 1)


def _is_said(name: str, children: list[Node], nodes: Mapping[str, Node]) -> bool:
    """Tell whether a node's name is all that its texts say, and it holds nothing else."""
    inside = [line for child in children for line in _lines(child, nodes, 0)]
    return all(is_text for _, _, is_text in inside) and " ".join(text for _, text, _ in inside) == name


def _told(node: Node, role: str, name: str) -> str:
    states = {each["name"]: each.get("value", {}).get("value") for each in node.get("properties", ())}
    words = []
    for state in _STATES:
        value = states.get(state)
        if state == "expanded" and value is not None:
            words.append("expanded" if value else "collapsed")
        elif state == "level" and value is not None and role == "heading":
            words.append(f"level {value}")
        elif value is True or value == "true":
            words.append(state)
    told = f'{role} "{name}"' if name else role
    described = " ".join(_value(node, "description").split())
    return told + (f" ({', '.join(words)})" if words else "") + (f" described as “{described}”" if described else "")


def _joined(lines: Iterator[tuple[int, str, bool]]) -> Iterator[str]:
    """Join texts that follow one another at one depth."""
    held: tuple[int, str] | None = None
    for depth, text, is_text in lines:
        if held is not None and (not is_text or depth != held[0]):
            yield f"{'  ' * held[0]}{held[1]}"
            held = None
        if not is_text:
            yield f"{'  ' * depth}{text}"
        elif held is None:
            held = (depth, text)
        else:
            held = (depth, f"{held[1]} {text}")
    if held is not None:
        yield f"{'  ' * held[0]}{held[1]}"


def _value(node: Node, name: str) -> str:
    return str(node.get(name, {}).get("value", ""))
