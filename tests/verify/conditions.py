"""The conditions of a dbt model or macro, and its text with one of them dropped.

Here belongs cutting SQL with Jinja into tokens, finding the operands of `and` and `or`, the branches of `case` and the
only condition of a `where`, `having` or `on`, also where a macro is given them, and the changed texts. Pure. Which
models are tried, and by what, is `mutants`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"(?P<skip>\s+|--[^\n]*|\{#.*?#\})|(?P<jinja>\{\{.*?\}\}|\{%.*?%\})|(?P<text>'(?:\{\{.*?\}\}|[^']|'')*')"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<open>\()|(?P<close>\))|(?P<other>.)",
    re.DOTALL,
)
_GIVEN = re.compile(r"condition=\"(?P<condition>[^\"]*)\"")
"""A condition that a call of a macro is given as a text, as the controls do that `control_rows` writes."""
_OPERANDS_BEGIN = frozenset({"where", "on", "having", "when", "then", "else", "and", "or", "select", "by"})
_CLAUSES = frozenset({"where", "on", "having", "group", "order", "qualify", "select", "from", "limit", "union"})
_JOINS = frozenset({"inner", "left", "right", "full", "cross", "join"})
_ENDS = _CLAUSES | _JOINS | {"when", "then", "else", "end", "and", "or", "as"}


@dataclass(frozen=True)
class Token:
    """A piece of SQL: its kind, text, place, and how many brackets are open around it."""

    kind: str
    text: str
    start: int
    end: int
    depth: int

    @property
    def word(self) -> str:
        """The keyword in lower case; empty for everything that is no word."""
        return self.text.lower() if self.kind == "word" else ""


@dataclass(frozen=True)
class Mutant:
    """A text with one condition dropped, the line it stood in, and what it said."""

    text: str
    line: int
    dropped: str


def tokens_of(text: str) -> list[Token]:
    """Cut SQL with Jinja into tokens; comments and white space are left out."""
    found: list[Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "close":
            depth -= 1
        if kind != "skip":
            found.append(Token(kind, match.group(), match.start(), match.end(), depth))
        if kind == "open":
            depth += 1
    return [
        replace(token, kind="range") if _is_range(found, at) or _is_distinct_from(found, at) else token
        for at, token in enumerate(found)
    ]


def mutants_of(text: str) -> Iterator[Mutant]:
    """Every text in which exactly one condition is neutral: an operand gone, a branch never taken, a filter open."""
    tokens = tokens_of(text)
    for at, token in enumerate(tokens):
        if token.word in {"and", "or"}:
            if _right_end(tokens, at) == token.end:
                # A loop writes it between its turns: no operand of it stands beside it.
                continue
            yield _without(text, token.start, _right_end(tokens, at))
            if not _follows_operand(tokens, at):
                yield _without(text, _left_start(tokens, at), token.end)
        elif token.word in {"where", "having", "on", "when"}:
            end = _region_end(tokens, at)
            is_single = not any(
                inner.word in {"and", "or"} and inner.depth == token.depth for inner in tokens[at + 1 : end]
            )
            if token.word == "when" or is_single:
                is_value = end == at + 2 and (tokens[at + 1].kind == "text" or tokens[at + 1].text.isdigit())
                neutral = "null" if is_value else "false" if token.word == "when" else "true"
                yield _without(text, tokens[at + 1].start, tokens[end - 1].end, neutral)
        elif token.kind == "jinja":
            yield from _of_call(text, token)


def _of_call(text: str, call: Token) -> Iterator[Mutant]:
    """The same for the conditions that a call of a macro is given."""
    clause = "where "
    for given in _GIVEN.finditer(text, call.start, call.end):
        start, end = given.span("condition")
        line = text.count("\n", 0, start)
        for mutant in mutants_of(clause + given["condition"]):
            changed = text[:start] + mutant.text.removeprefix(clause) + text[end:]
            yield Mutant(changed, line + mutant.line, mutant.dropped)


def _without(text: str, start: int, end: int, neutral: str = "") -> Mutant:
    dropped = " ".join(text[start:end].split())
    return Mutant(text[:start] + neutral + text[end:], text.count("\n", 0, start) + 1, dropped)


def _is_range(tokens: list[Token], at: int) -> bool:
    """Whether a token is the `and` of a `between`."""
    if tokens[at].word != "and":
        return False
    depth = tokens[at].depth
    for token in reversed(tokens[:at]):
        if token.depth < depth or (token.depth == depth and token.word in _OPERANDS_BEGIN):
            return False
        if token.depth == depth and token.word == "between":
            return True
    return False


def _is_distinct_from(tokens: list[Token], at: int) -> bool:
    return tokens[at].word == "from" and at > 0 and tokens[at - 1].word == "distinct"


def _ends(token: Token, depth: int) -> bool:
    if token.depth < depth or (token.depth == depth and token.kind == "close"):
        return token.kind != "close" or token.depth < depth
    return token.depth == depth and (token.word in _ENDS or token.text == "," or token.text.startswith("{%"))


def _right_end(tokens: list[Token], at: int) -> int:
    """Where the operand behind a token ends, in the text."""
    depth = tokens[at].depth
    end, cases = tokens[at].end, 0
    for token in tokens[at + 1 :]:
        if cases == 0 and _ends(token, depth):
            break
        cases += (token.word == "case") - (token.word == "end")
        end = token.end
    return end


def _region_end(tokens: list[Token], at: int) -> int:
    """The number of the token behind the conditions of a clause."""
    depth, stops = tokens[at].depth, _ENDS - {"and", "or", "when"}
    cases = 0
    for number in range(at + 1, len(tokens)):
        token = tokens[number]
        if token.depth < depth:
            return number
        cases += token.word == "case"
        if token.word == "end" and cases:
            cases -= 1
            continue
        if cases == 0 and token.depth == depth and (token.word in stops or token.text == ","):
            return number
        if token.text.startswith("{%") and not tokens[at + 1].text.startswith("{%"):
            return number
    return len(tokens)


def _left_start(tokens: list[Token], at: int) -> int:
    """Where the operand before a token begins, in the text."""
    depth = tokens[at].depth
    start = tokens[at].start
    for token in _outside_cases(tokens[:at], depth):
        if token.depth < depth or (
            token.depth == depth and (token.word in _OPERANDS_BEGIN or token.text == "," or token.text.startswith("{%"))
        ):
            break
        start = token.start
    return start


def _follows_operand(tokens: list[Token], at: int) -> bool:
    """Whether an operand of the same chain stands before the one before this token: then it is dropped by that."""
    depth = tokens[at].depth
    for token in _outside_cases(tokens[:at], depth):
        if token.depth < depth or (
            token.depth == depth and (token.text == "," or token.word in _OPERANDS_BEGIN - {"and", "or"})
        ):
            return False
        if token.depth == depth and token.word in {"and", "or"}:
            return True
    return False


def _outside_cases(tokens: list[Token], depth: int) -> Iterator[Token]:
    """The tokens from the last to the first; of a `case` that ends among them only its first word."""
    cases = 0
    for token in reversed(tokens):
        cases += token.word == "end" and token.depth == depth
        if cases and token.word == "case" and token.depth == depth:
            cases -= 1
        if cases == 0:
            yield token
