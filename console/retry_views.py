"""PURE: a chain of retries becomes a table: content by content, the first outcome, each retry, and what counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from console.text import display_text, glyphs
from console.views import OUTCOME_WORDS, change, counts_text, style_of
from console.widgets.columns import Column, Row
from engine.core.attempts import Attempt, Course, Retries, tallied
from engine.core.model import Batch, Outcome
from engine.core.operations import RULES
from engine.core.summary import counts

WIDE = 100
MOST_COLUMNS = 8
"""Retries that have a column of their own: the newest; the head says how many came before."""
MOST_WORDS = 3
"""Retries beyond which their columns have signs alone, also where the screen is wide."""
MOST_LINES = 3
MOST_STEPS = 2
"""Retries of one content that the foot tells, the last ones: all of them are in the table."""
FILTERS = ("all", "retried", "unwell")
LABELS: Mapping[str, str] = {"all": "All", "retried": "Tried again", "unwell": "Not well yet"}
_SIGN, _WORD, _LONG_WORD = 2, 11, 16


def numbered(retries: Retries) -> list[tuple[int, Batch]]:
    """Return the retries that are told, each with its number from the first on."""
    return list(enumerate(retries.batches[1:], start=retries.hidden + 1))


def retry_columns(retries: Retries) -> tuple[Column, ...]:
    """Return the columns of the table: each retry as a sign where it is narrow, as a word where there is room."""
    shown = numbered(retries)[-MOST_COLUMNS:]
    words_from = WIDE if len(shown) <= MOST_WORDS else 10_000
    between: list[Column] = []
    for number, batch in shown:
        between.append(Column(f"{batch.id}-sign", str(number), _SIGN, max_screen=words_from))
        between.append(Column(batch.id, f"Retry {number}", _WORD, min_screen=words_from, most=_LONG_WORD))
    return (
        Column("content", "Content", 10, grow=1),
        Column("first", "First", _WORD, max_screen=WIDE, most=_LONG_WORD),
        Column("first-wide", "First", _LONG_WORD, min_screen=WIDE),
        *between,
        Column("last", "Final", _WORD, max_screen=WIDE, most=_LONG_WORD),
        Column("last-wide", "Final", _LONG_WORD, min_screen=WIDE),
        Column("either", "Title, or why not", 10, grow=4, max_screen=WIDE),
        Column("title", "Title", 12, grow=3, min_screen=WIDE),
        Column("why", "Why not", 12, grow=4, min_screen=WIDE),
    )


def retry_row(course: Course) -> Row:
    """Return one content as a row under `retry_columns`."""
    first, *later = course.attempts
    ended, why = outcome_text(course.last), Text(display_text(course.last.error or ""), "warning")
    shown = later[-MOST_COLUMNS:]
    between = [cell for one in shown for cell in (outcome_text(one, sign=True), outcome_text(one))]
    begun = outcome_text(first)
    title = next((display_text(one.title) for one in (course.last, *course.attempts) if one and one.title), "")
    cells = (course.last.content_id, begun, begun, *between, ended, ended, why if why.plain else title, title, why)
    return Row(course.last.content_id, cells)


def outcome_text(one: Attempt | None, *, sign: bool = False) -> Text:
    """Return what an attempt came to as glyph and word; a dash where the content wasn't in that batch."""
    if one is None:
        return Text(glyphs().dash, "muted")
    mark = glyphs().outcomes[one.outcome]
    return Text(mark if sign else f"{mark} {OUTCOME_WORDS[one.outcome]}", style_of(one.outcome))


def matching(found: Iterable[Course], shown: str, text: str) -> list[Course]:
    """Return the courses that a filter of `FILTERS` and a text in id, title or a reason let through."""
    needle = text.casefold()
    return [course for course in found if _shown(course, shown) and (not needle or needle in _words(course))]


def _shown(course: Course, shown: str) -> bool:
    return shown == "all" or (course.retried if shown == "retried" else not course.ended_well)


def _words(course: Course) -> str:
    reasons = [one.error or "" for one in (*course.attempts, course.last) if one]
    return "\n".join([course.last.content_id, course.last.title, *reasons]).casefold()


def filter_counts(found: Sequence[Course]) -> dict[str, int]:
    """Return how many contents each filter would show."""
    return {name: sum(_shown(course, name) for course in found) for name in FILTERS}


def final_parts(retries: Retries) -> list[tuple[Outcome | None, int]]:
    """Return what the contents came to, in the fixed order of outcomes; what isn't known yet comes last."""
    found = tallied(retries.last)
    return [(one, found[one]) for one in (*Outcome, None) if one in found]


def chain_lines(retries: Retries) -> list[Text]:
    """Say what the batch is, then the counts of the first attempt, of the newest retries, and in the end."""
    first = retries.batches[0]
    what = Text.assemble((RULES[first.operation].title, "strong"), (f" {glyphs().arrow} ", "muted"), change(first))
    what.append(f"   {display_text(first.creator, 100)}", "accent")
    told = numbered(retries)[-MOST_LINES:]
    before = retries.total - len(told)
    lines = [what, _batch_line("First", first)]
    if before:
        lines.append(Text(f"{before} of {retries.total} retries came between", "muted"))
    lines += [_batch_line(f"Retry {number}", batch) for number, batch in told]
    if not retries.total:
        lines.append(Text("Nothing was tried again: the first outcome is the last", "muted"))
    return [*lines, Text.assemble((f"{'Final':10}", "strong"), _counted(final_parts(retries)))]


def _batch_line(label: str, batch: Batch) -> Text:
    line = Text.assemble((f"{label:10}", "muted"), f"{batch.id}  ")
    line.append_text(counts_text(counts(batch)))
    return line.append(f"  by {display_text(batch.who or 'somebody', 30)}", "muted")


def _counted(parts: Iterable[tuple[Outcome | None, int]]) -> Text:
    text = Text()
    for outcome, count in parts:
        text.append(f"{glyphs().outcomes[outcome]} {count} {OUTCOME_WORDS[outcome]}  ", style_of(outcome))
    return text


def course_text(course: Course, retries: Retries) -> Text:
    """Tell one content's course: the first attempt and the last ones with their reasons, how many lie between."""
    labels = ["First", *(f"retry {number}" for number, _ in numbered(retries))]
    steps = [(label, one) for label, one in zip(labels, course.attempts, strict=True) if one is not None]
    between = len(steps) - 1 - MOST_STEPS
    told = steps if between <= 0 else [*steps[:1], *steps[-MOST_STEPS:]]
    line = Text()
    for label, one in told:
        line.append(f" {glyphs().arrow} " if line.plain else "", "muted")
        line.append(f"{between} more {glyphs().arrow} " if between > 0 and one is told[1][1] else "", "muted")
        line.append(f"{label} ", "muted").append_text(outcome_text(one))
        line.append(f": {display_text(one.error, 100)}" if one.error else "", "warning")
    return line
