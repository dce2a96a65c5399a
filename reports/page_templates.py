"""The templates of the pages: how they are read, what they may call, and how what they show is escaped.

Here belongs the template environment. What a page gives to its template is `pages`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from reports import text, words

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_find_special: Final = re.compile("[&<>'\"]").search


def as_html(value: object) -> str:
    """Return what stands in a page for a value, as `markupsafe.escape` does.

    A page shows a thousand values, nearly all of which have nothing to escape; an object for each of them takes as
    long as half of the page.
    """
    if type(value) is str:
        return escape(value) if _find_special(value) else value
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escape(value)


class _QuickTemplate(Template):
    """A template whose values go through `as_html`."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - as Jinja calls it
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Return the template of compiled code, which calls `escape` by its name."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = as_html
        return template


def environment() -> Environment:
    """Return the template environment: everything escaped, a name that is not given is a mistake."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.template_class = _QuickTemplate
    templates.filters.update(
        instant=text.instant,
        iso=text.iso,
        day=text.day,
        span=text.span,
        number=text.number,
        size=text.size,
        short=text.short,
        path_part=text.path_part,
        phrase=words.phrase,
        sentence=words.sentence,
        plain=words.plain,
    )
    templates.globals.update(
        count_of=text.count_of,
        share=text.share,
        web_address=text.web_address,
        stream_words=words.stream_words,
        control_words=words.control_words,
        verdict_words=words.verdict_words,
        verdicts=words.VERDICTS,
        stylesheet=f"/static/reports.css?v={fingerprint('reports.css')}",
        mark=f"/static/mark.svg?v={fingerprint('mark.svg')}",
    )
    return templates


def fingerprint(name: str) -> str:
    """Return the first 12 hex digits of a static file's SHA-256; the address changes with the file."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
