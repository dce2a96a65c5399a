"""Values in pages are escaped as ever, only sooner."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader
from markupsafe import Markup, escape

from reports.page_templates import as_html, environment


class _Word(str):
    """A text of a kind of its own."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        "plain words",
        "<script>alert(1)</script>",
        "a & b",
        "it's",
        'said "so"',
        "a > b",
        "",
        "é\u202e\x00",
        _Word("<b>"),
        Markup("<b>bold</b>"),
        Markup("<b>{}</b>").format("<i>"),
        7,
        -1,
        2.5,
        True,
        None,
        ["<b>"],
    ],
)
def test_a_value_stands_in_a_page_as_markupsafe_escapes_it(value: object) -> None:
    """One value that is not escaped is a script of whoever named an asset."""
    assert as_html(value) == str(escape(value))


def test_templates_escape_what_they_show_and_what_macros_return_once() -> None:
    """A macro's own markup must stay, and what it was given must not become any."""
    templates = environment()
    templates.loader = DictLoader(
        {
            "parts": "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}",
            "page": "{% from 'parts' import bold with context %}{{ bold(name) }}{{ name }}{{ name ~ '<' }}{{ 3 }}"
            "{% set kept %}<i>{{ name }}</i>{% endset %}{{ kept }}{% for one in [name] %}{{ one }}{% endfor %}",
        }
    )
    told = templates.get_template("page").render(name="<x>")
    assert told == "<b>&lt;x&gt;</b>&lt;x&gt;&lt;x&gt;&lt;3<i>&lt;x&gt;</i>&lt;x&gt;"
