"""Which conditions the mutation test sees: one that it overlooks is one that nobody has to guard."""

from __future__ import annotations

import pytest

from tests.verify.conditions import mutants_of


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("select a from t where x = 1", ["x = 1"]),
        ("select a from t where x = 1 and y > 2 or z", ["and y > 2", "x = 1 and", "or z"]),
        ("select a from t where (x or y)\n and z", ["or y", "x or", "and z", "(x or y) and"]),
        ("on a = b and {{ rule('a and b') }} group by 1", ["and {{ rule('a and b') }}", "a = b and"]),
        ("sum(x) over (rows between unbounded preceding and current row)", []),
        ("where at between a and b and c", ["and c", "at between a and b and"]),
        ("where a is distinct from b and c", ["a is distinct from b and", "and c"]),
        ("on a = b\n{% else %}\nselect c", ["a = b"]),
        ("{% for c in key %}{{ c }} = 1{% if not loop.last %} and {% endif %}{% endfor %}", []),
        ("where\n{% if a %}\nb and c\n{% endif %}", ["b and", "and c"]),
        ("-- a and b\nselect 'x and y' as c", []),
        ("case when a then b when c and d then e else f end", ["a", "c and d", "and d", "c and"]),
        ("on case when a then b end = c and d", ["a", "and d", "case when a then b end = c and"]),
        (
            "on x and case when a and b then c end = d and e",
            ["and case when a and b then c end = d", "x and", "a and b", "and b", "a and", "and e"],
        ),
        (
            "where a or b = '{{ c | replace(\"'\", \"''\") }}'",
            ["a or", "or b = '{{ c | replace(\"'\", \"''\") }}'"],
        ),
        (
            "where case when a then x > 1 and y end",
            ["a", "and y", "x > 1 and"],
        ),
        (
            "{{ control_rows(ref('m'), reason=\"'a and b'\", condition=\"a and b in ('x')\") }}",
            ["and b in ('x')", "a and"],
        ),
        ("{{ control_rows(ref('m'), condition=\"a\") }}", ["a"]),
    ],
)
def test_every_condition_is_dropped_once(text: str, dropped: list[str]) -> None:
    """Both sides of each `and` and `or`, each branch, and each condition that stands alone; nothing else."""
    assert sorted(mutant.dropped for mutant in mutants_of(text)) == sorted(dropped)


def test_the_rest_stays_as_it_is() -> None:
    """A mutant that breaks more than one condition proves nothing of that one."""
    texts = {mutant.text for mutant in mutants_of("select a from t where x and y group by a")}
    assert texts == {"select a from t where x  group by a", "select a from t where  y group by a"}


def test_a_macros_condition_stays_in_its_call() -> None:
    """A mutant whose text is no call of the macro any more is no SQL, and nobody would see what it says."""
    texts = {mutant.text for mutant in mutants_of("{{ rows(condition=\"a and b\", key='c') }}\nwhere d")}
    assert texts == {
        "{{ rows(condition=\"a \", key='c') }}\nwhere d",
        "{{ rows(condition=\" b\", key='c') }}\nwhere d",
        "{{ rows(condition=\"a and b\", key='c') }}\nwhere true",
    }
