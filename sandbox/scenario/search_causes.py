"""Causes of searches that find nothing, and of what partners look for and nobody finds; near misses of both.

Each planter lets partners look for something of its own, and says of each search and of each topic what that makes
true. A topic is what is looked for: words without regard to case and outer blanks, product line, campaign and market.
Nothing here evaluates a rule.
"""

from dataclasses import dataclass

from sandbox.scenario import vocabulary
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.launch_life import user_of
from sandbox.scenario.searches import EMPTY, FOUND, FOUND_OR_NOT_TOLD, NOT_FOUND, NOT_TOLD, SaidSearch, topic_of
from sandbox.scenario.stages import DAY, END, HOUR

_SEARCHED = END - 9 * DAY
_NOTHING, _SOMETHING, _UNTOLD = 0, 4, None
_WORDS = {_NOTHING: EMPTY, _SOMETHING: FOUND, _UNTOLD: NOT_TOLD}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What partners look for: words and filters; a filter that is None is not set."""

    terms: str
    product_line: str | None
    campaign: str | None
    market: str | None


def _wanted(desk: GridDesk) -> Wanted:
    """What nobody else looks for: by the words of a name that no asset has."""
    chance = desk.chance
    product_line = chance.choice(vocabulary.PRODUCT_LINES)
    words = desk.library.new_name(product_line).rsplit("/", 1)[-1].replace("-", " ")
    return Wanted(words, product_line, chance.choice(vocabulary.CAMPAIGNS), desk.community.region)


def _looked_for(desk: GridDesk, wanted: Wanted, *results: tuple[int, int | None], topic: str, nearly: str = "") -> None:
    """Partners look for it at some seconds after the first instant, with so many results; and what that makes of it.

    The words are typed as people do: in capitals, and with a blank behind them, too.
    """
    name = topic_of(wanted.terms, wanted.product_line, wanted.campaign, wanted.market)
    filters = {"productLine": wanted.product_line, "campaign": wanted.campaign, "market": wanted.market}
    for number, (later, result) in enumerate(results):
        search = desk.numbers.draw("SRCH")
        partner = desk.chance.choice(desk.community.partners)
        fields = {
            "searchId": search,
            "partnerId": partner,
            "communityId": desk.community.community_id,
            "user": user_of(partner),
            "terms": (wanted.terms, f"{wanted.terms.upper()} ", f" {wanted.terms.title()}")[number % 3],
            **{filter_name: value for filter_name, value in filters.items() if value is not None},
            **({} if result is None else {"resultCount": result}),
        }
        desk.make(_SEARCHED + later, "searches", fields)
        desk.searches.append(SaidSearch(search, _WORDS[result], name, topic, nearly))


# --- nobody finds it ----------------------------------------------------------------------------------


def searched_in_vain(desk: GridDesk) -> None:
    """Looked for once, and by several partners for hours: found by nobody."""
    for count in (1, 4):
        wanted = _wanted(desk)
        _looked_for(desk, wanted, *((number * HOUR, _NOTHING) for number in range(count)), topic=NOT_FOUND)


def found_and_then_searched_in_vain(desk: GridDesk) -> None:
    """Found at first; a second, an hour or a day later it is found no more."""
    for later in (1, HOUR, DAY):
        wanted = _wanted(desk)
        results = ((0, _SOMETHING), (later, _NOTHING))
        _looked_for(desk, wanted, *results, topic=NOT_FOUND, nearly=FOUND_OR_NOT_TOLD)


def searched_in_vain_and_then_untold(desk: GridDesk) -> None:
    """Nothing was found; of the searches after it the portal does not say how much they found."""
    for _ in range(3):
        wanted = _wanted(desk)
        results = ((0, _NOTHING), (HOUR, _UNTOLD), (2 * HOUR, _NOTHING), (DAY, _UNTOLD))
        _looked_for(desk, wanted, *results, topic=NOT_FOUND, nearly=FOUND_OR_NOT_TOLD)


# --- somebody finds it --------------------------------------------------------------------------------


def searched_in_vain_and_then_found(desk: GridDesk) -> None:
    """Found by nobody at first; a second, an hour or a day later by somebody."""
    for later in (1, HOUR, DAY):
        wanted = _wanted(desk)
        results = ((0, _NOTHING), (0, _NOTHING), (later, _SOMETHING))
        _looked_for(desk, wanted, *results, topic=FOUND_OR_NOT_TOLD, nearly=NOT_FOUND)


def found_by_another_at_that_instant(desk: GridDesk) -> None:
    """One finds it in the second in which others do not: it is there to be found."""
    for orders in ((_NOTHING, _SOMETHING), (_SOMETHING, _NOTHING, _NOTHING)):
        wanted = _wanted(desk)
        _looked_for(desk, wanted, *((0, result) for result in orders), topic=FOUND_OR_NOT_TOLD, nearly=NOT_FOUND)


def never_told_what_was_found(desk: GridDesk) -> None:
    """The portal never says how much was found: that is neither nothing nor something."""
    wanted = _wanted(desk)
    _looked_for(desk, wanted, (0, _UNTOLD), (HOUR, _UNTOLD), topic=FOUND_OR_NOT_TOLD, nearly=NOT_FOUND)


# --- another topic ------------------------------------------------------------------------------------


def searched_with_other_filters(desk: GridDesk) -> None:
    """The same words with another product line, campaign or market, or with none: found by those words alone."""
    wanted = _wanted(desk)
    others = (
        Wanted(
            wanted.terms, _other(desk, vocabulary.PRODUCT_LINES, wanted.product_line), wanted.campaign, wanted.market
        ),
        Wanted(wanted.terms, wanted.product_line, _other(desk, vocabulary.CAMPAIGNS, wanted.campaign), wanted.market),
        Wanted(wanted.terms, wanted.product_line, wanted.campaign, desk.other_region()),
    )
    for other in others:
        _looked_for(desk, other, (0, _NOTHING), topic=NOT_FOUND)
    _looked_for(desk, Wanted(wanted.terms, None, None, None), (HOUR, _SOMETHING), topic=FOUND_OR_NOT_TOLD)
    _looked_for(desk, wanted, (2 * HOUR, _SOMETHING), topic=FOUND_OR_NOT_TOLD)


def searched_with_other_words(desk: GridDesk) -> None:
    """With the same filters, other words: what they find does not tell of these."""
    wanted = _wanted(desk)
    more = Wanted(f"{wanted.terms} print", wanted.product_line, wanted.campaign, wanted.market)
    _looked_for(desk, wanted, (0, _NOTHING), topic=NOT_FOUND)
    _looked_for(desk, more, (HOUR, _SOMETHING), topic=FOUND_OR_NOT_TOLD)


def _other(desk: GridDesk, words: tuple[str, ...], word: str | None) -> str:
    return desk.chance.choice([one for one in words if one != word])


SEARCH_CAUSES: tuple[GridPlanter, ...] = (
    searched_in_vain,
    found_and_then_searched_in_vain,
    searched_in_vain_and_then_untold,
    searched_in_vain_and_then_found,
    found_by_another_at_that_instant,
    never_told_what_was_found,
    searched_with_other_filters,
    searched_with_other_words,
)
