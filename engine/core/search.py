"""PURE: the language in which contents are searched: terms that must all hold, each of which ``!`` turns round.

What can't be read is a problem and never a guess: a search with problems finds nothing, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from engine.core.amounts import read_amount, unit_of
from engine.core.model import Problem
from engine.core.operations.price import MAX_PRICE
from engine.core.text import shown, storable

MOST_TERMS = 30
MOST_LENGTH = 2000
OFF_CHAIN = "off-chain"
GUIDE: tuple[tuple[str, str], ...] = (
    ("bread", "In the id or the title; several terms must all hold"),
    ('"field rec"', "Words together, or text that looks like a term"),
    ("creator:ST2CY", "Of creators whose address begins so"),
    ("type:video", "Of content types that begin so"),
    ("price:>2stx", "Also >= < <= =, or a range: 1stx..2stx; µSTX without a unit"),
    ("changed:<7d", "Changed less than 7 days ago (m h d w); changed:>7d: not since"),
    (OFF_CHAIN, "Whose last change ended off-chain"),
    ("!type:video", "Anything but that: ! turns any term round"),
)
"""One example of each kind of term, and what it finds: for every help."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the id or the title, without regard to case."""

    text: str


@dataclass(frozen=True, slots=True)
class Creator:
    """The beginning of a creator's address."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Kind:
    """The beginning of a content type, without regard to case."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Price:
    """A price from ``low`` to ``high`` µSTX, both of them included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A change by a batch or an import less than so many seconds ago; the first import is no change."""

    seconds: int


@dataclass(frozen=True, slots=True)
class OffChain:
    """A last change that ended off-chain, of those that the chain should know of."""


What = Words | Creator | Kind | Price | Changed | OffChain


@dataclass(frozen=True, slots=True)
class Term:
    """One condition, or its opposite."""

    what: What
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What a text asks for; with ``problems`` it asks for nothing that could be found."""

    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()


_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60}
_TERM = re.compile(
    r'(?P<no>!?)(?P<key>[A-Za-z][A-Za-z0-9_-]*:)?(?:"(?P<quoted>(?:[^"\\]|\\.)*)(?P<end>"?)(?P<tail>\S*)|(?P<bare>\S*))',
    re.DOTALL,
)
_BLANKS = re.compile(r"\s*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(r"S([PMTN][0-9A-HJKMNP-TV-Z]{0,39})?")
_SPAN = re.compile(r"[<>]([0-9]{1,7})([mhdw])")
_LONE_UNITS = frozenset({"stx", "ustx", "\N{GREEK SMALL LETTER MU}stx"})
_BOUND = re.compile(r"(>=|<=|>|<|=|)(.*)", re.DOTALL)
_PRICES = "price:>2stx, price:<=1500000 or price:1stx..2stx"


def parse(text: str) -> Search:
    """Read a search; any text is either one, or names every problem that it has."""
    if len(text) > MOST_LENGTH:
        return _refused(f"{len(text):,} characters are too many for a search: give at most {MOST_LENGTH:,}")
    if not storable(text):
        return _refused(f"{shown(text)} can't be looked for: give text without NUL and half characters")
    matches = _split(text)
    found = [_stray_unit(before, match) or _read(match) for before, match in pairwise([None, *matches]) if match]
    if len(found) > MOST_TERMS:
        return _refused(f"{len(found)} terms are too many: give at most {MOST_TERMS}; a list of ids goes into Ids")
    problems = [Problem("search", one) for one in found if isinstance(one, str)]
    terms = [one for one in found if isinstance(one, Term)]
    return Search((), tuple(problems)) if problems else Search(tuple(terms))


def write(search: Search) -> str:
    """Write a search as a text that `parse` reads back equal."""
    return " ".join(f"{'!' if term.negated else ''}{_written(term.what)}" for term in search.terms)


def _refused(message: str) -> Search:
    return Search((), (Problem("search", message),))


def _split(text: str) -> list[re.Match[str]]:
    found, at = [], _skip(text, 0)
    while at < len(text):
        match = _TERM.match(text, at)
        assert match is not None  # every part of it may be empty
        found.append(match)
        at = _skip(text, match.end())
    return found


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _stray_unit(before: re.Match[str] | None, match: re.Match[str]) -> str | None:
    """Catch ``price:>2 stx``, which else would be 2 µSTX and a word."""
    if before and (before["key"] or "").lower() == "price:" and match[0].casefold() in _LONE_UNITS:
        return f"{shown(match[0])} stands alone: write the amount without a blank, like price:>2stx"
    return None


def _read(match: re.Match[str]) -> Term | str:
    """Return the term that was written, or what is wrong with it."""
    whole, key, quoted = match[0], match["key"], match["quoted"]
    if quoted is not None and not match["end"]:
        return f'{shown(whole)} has no closing quote: end it with "'
    if quoted is not None and match["tail"]:
        return f"{shown(whole)} goes on behind its closing quote: put a blank there"
    value = match["bare"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
    what = _words(whole, value, quoted is not None) if key is None else _keyed(whole, key, value)
    if isinstance(what, str):
        return what
    longer_ago = isinstance(what, Changed) and value.startswith(">")
    return Term(what, bool(match["no"]) != longer_ago)


def _words(whole: str, value: str, quoted: bool) -> What | str:
    if quoted:
        return Words(value) if value else f"{whole} quotes nothing: put text between the quotes, or leave it out"
    if value == "":
        return "! stands alone: put it right before a term, like !type:video"
    if value.startswith("!"):
        return f"{shown(whole)} has ! twice: leave both out, or put the text in quotes"
    if value.casefold() == OFF_CHAIN:
        return OffChain()
    return Words(value)


def _keyed(whole: str, key: str, value: str) -> What | str:
    name = key[:-1].lower()
    read = _READERS.get(name)
    if read is None:
        return f"{shown(key)} is not known: use {', '.join(_READERS)}, or put the text in quotes"
    if not value.strip():
        return f"{name}: has no value: write it without a blank, like {_EXAMPLES[name]}"
    found = read(value)
    return f"{shown(whole)}: {found}" if isinstance(found, str) else found


def _creator(value: str) -> What | str:
    prefix = value.upper()
    if _ADDRESS.fullmatch(prefix):
        return Creator(prefix)
    return "no Stacks address begins so: they begin with SP, SM, ST or SN"


def _kind(value: str) -> What | str:
    return Kind(value)


def _price(value: str) -> What | str:
    if ".." in value:
        return _range(*value.split("..", 1))
    bound = _BOUND.fullmatch(value)
    assert bound is not None  # its last part takes anything
    sign, amount = bound[1], read_amount(bound[2])
    if isinstance(amount, str):
        return f"{shown(bound[2])} {amount}" if bound[2].strip() else f"the amount is missing: write {_PRICES}"
    low = {">": amount + 1, ">=": amount, "<": 0, "<=": 0}.get(sign, amount)
    high = {">": MAX_PRICE, ">=": MAX_PRICE, "<": amount - 1, "<=": amount}.get(sign, amount)
    return Price(low, high) if 0 <= low <= high else "no price is there"


def _range(first: str, last: str) -> What | str:
    low, high = read_amount(first), read_amount(last)
    for end, amount in ((first, low), (last, high)):
        if isinstance(amount, str):
            return f"{shown(end)} {amount}" if end.strip() else f"one end is missing: write {_PRICES}"
    assert isinstance(low, int)
    assert isinstance(high, int)
    if unit_of(first) != unit_of(last):
        return f"the ends have different units: write the unit at both, like {first}{unit_of(last)}..{last}"
    return Price(low, high) if low <= high else f"it ends before it begins: write price:{last}..{first}"


def _changed(value: str) -> What | str:
    span = _SPAN.fullmatch(value.lower())
    if span is None or not int(span[1]):
        return "that is no time ago: write changed:<7d, with m for minutes, h, d or w"
    return Changed(int(span[1]) * _UNITS[span[2]])


_READERS: Mapping[str, Callable[[str], What | str]] = {
    "creator": _creator,
    "type": _kind,
    "price": _price,
    "changed": _changed,
}
_EXAMPLES = {"creator": "creator:ST2CY", "type": "type:video", "price": "price:>2stx", "changed": "changed:<7d"}


def _written(what: What) -> str:
    match what:
        case Words(text):
            return _plain(text)
        case Creator(prefix):
            return f"creator:{prefix}"
        case Kind(prefix):
            return f"type:{_quoted(prefix)}"
        case Price(low, high):
            return f"price:{low}..{high}"
        case Changed(seconds):
            unit, size = next(pair for pair in _UNITS.items() if seconds % pair[1] == 0)
            return f"changed:<{seconds // size}{unit}"
        case OffChain():
            return OFF_CHAIN


def _plain(text: str) -> str:
    """Write words without quotes where they are read back as they are."""
    alone = text.casefold() not in _LONE_UNITS and parse(text).terms == (Term(Words(text)),)
    return text if alone else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
