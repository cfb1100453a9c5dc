"""PURE: batches become rows, labels and sentences. The time is an argument, so a picture can be drawn again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from rich.text import Text

from console.forms import age, amount, brief, clock, duration, grouped, many, micro, share
from console.pace import Pace
from console.text import display_text, glyphs
from console.widgets.columns import Column, Row
from engine.core.lifecycle import OPEN, UNSETTLED
from engine.core.model import Batch, BatchStatus, Operation, Outcome, Value
from engine.core.operations import RULES
from engine.core.summary import Counts, Thresholds, alerts, counts, is_settled, metrics, status

OUTCOME_WORDS: Mapping[Outcome | None, str] = {
    None: "not yet",
    Outcome.CONFIRMED: "confirmed",
    Outcome.PENDING: "pending",
    Outcome.OFF_CHAIN: "off-chain",
    Outcome.CATALOGUE_ONLY: "catalogue-only",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "cancelled",
}
STATUS_STYLES: Mapping[BatchStatus, str] = {
    BatchStatus.SCHEDULED: "muted",
    BatchStatus.PENDING: "muted",
    BatchStatus.PROCESSING: "accent",
    BatchStatus.PAUSED: "warning",
    BatchStatus.COMPLETED: "good",
    BatchStatus.FAILED: "bad",
    BatchStatus.CANCELLED: "muted",
}
BAR = 9
COUNT_JOINT = "  "
_LONG = 100
"""Cells that text from outside may take where other things must stay in sight; the Item screen has it all."""
BATCH_COLUMNS = (
    Column("status", "Status", 14),
    Column("operation", "Operation", 15),
    Column("creator", "Creator", 12, grow=1, cut="middle"),
    Column("bar", "Outcomes", BAR),
    Column("counts", "Counts", 18, grow=3, min_screen=100),
    Column("done", "Done", 7, align="right"),
    Column("left", "Left", 6, align="right"),
    Column("age", "Age", 4, align="right"),
    Column("part", "Part", 5, align="right", min_screen=88),
    Column("id", "Batch", 26, min_screen=152),
)


def style_of(outcome: Outcome | None) -> str:
    """Return the style of an outcome; ``open`` for an item that has none yet."""
    return outcome.value if outcome else "open"


def status_text(batch: Batch) -> Text:
    """Return the status as glyph and word; colour alone never says it."""
    now = status(batch)
    style = STATUS_STYLES[now]
    if now is BatchStatus.COMPLETED and counts(batch).failure:
        style = "warning"
    return Text(f"{glyphs().statuses[now]} {now}", style)


def outcome_parts(found: Counts) -> list[tuple[Outcome | None, int]]:
    """Return each outcome that occurs with its count, in the fixed order; what is not yet done comes last."""
    parts: list[tuple[Outcome | None, int]] = [(one, found.of(one)) for one in Outcome if found.of(one)]
    return parts + ([(None, found.total - found.done)] if found.done < found.total else [])


def bar_text(parts: Iterable[tuple[Outcome | None, int]], width: int) -> Text:
    """Draw the outcomes as a bar of glyphs: whatever occurs has one cell at least, so one failure is seen."""
    bar = Text()
    for outcome, cells in bar_cells(list(parts), width):
        bar.append(glyphs().outcomes[outcome] * cells, style_of(outcome))
    return bar


def bar_cells(parts: list[tuple[Outcome | None, int]], width: int) -> list[tuple[Outcome | None, int]]:
    """Share ``width`` cells in proportion, none of the parts getting nothing while there is room."""
    total = sum(count for _, count in parts)
    if not total or width < len(parts):
        return [(outcome, 1) for outcome, _ in parts[: max(0, width)]]
    cells = [max(1, count * width // total) for _, count in parts]
    while sum(cells) != width:
        over = sum(cells) > width
        exact = [count * width / total - cells[index] for index, (_, count) in enumerate(parts)]
        open_ = [index for index in range(len(parts)) if not over or cells[index] > 1]
        at = (min if over else max)(open_, key=lambda index: exact[index])
        cells[at] += -1 if over else 1
    return [(outcome, cells[index]) for index, (outcome, _) in enumerate(parts)]


def count_parts(found: Counts) -> list[Text]:
    """Return the counts by outcome, each as glyph and number."""
    return [Text(f"{glyphs().outcomes[one]} {count:,}", style_of(one)) for one, count in outcome_parts(found)]


def counts_text(found: Counts) -> Text:
    """Write the counts by outcome side by side."""
    return Text(COUNT_JOINT).join(count_parts(found))


def batch_row(batch: Batch, now: datetime, limits: Thresholds, pace: Pace) -> Row:
    """Return one batch as a row under `BATCH_COLUMNS`."""
    found, warned = counts(batch), alerts(batch, now, limits)
    state = status_text(batch)
    state.append(" !" if warned or batch.error else "", "warning")
    cells = (
        state,
        batch.operation.value,
        batch.creator,
        bar_text(outcome_parts(found), BAR),
        counts_text(found),
        f"{found.done}/{found.total}",
        _left(batch, now, pace),
        age(batch.created_at, now),
        part(batch),
        batch.id,
    )
    return Row(batch.id, cells)


def part(batch: Batch) -> str:
    """Say which of several batches that were submitted as one it is: ``1/3``."""
    return f"{batch.group.place}/{batch.group.size}" if batch.group else ""


def _left(batch: Batch, now: datetime, pace: Pace) -> str:
    """Say how long a batch that runs will take, if that is known, or in how long a scheduled one begins."""
    if status(batch) is BatchStatus.SCHEDULED and batch.scheduled_for:
        return f"in {brief((batch.scheduled_for - now).total_seconds())}"
    left = pace.left(batch, now) if status(batch) is BatchStatus.PROCESSING else None
    return brief(left.total_seconds()) if left else ""


def summary_text(batch: Batch) -> Text:
    """Say in one line what a batch is and does: for the foot of the list, with the creator in full."""
    text = Text()
    text.append(f"{RULES[batch.operation].title} ", "strong")
    text.append(f"{change(batch)}  ")
    text.append(display_text(batch.creator, _LONG), "accent")
    text.append(f"  part {part(batch)}" if batch.group else "", "accent")
    why = batch.error or batch.why or ""
    text.append(f"  {display_text(why, _LONG)}" if why else "", "warning" if batch.error else "muted")
    return text


def change(batch: Batch) -> str:
    """Return what the batch sets: the value, or that each item has its own."""
    rule = RULES[batch.operation]
    value, problems = rule.read(batch.payload, "")
    return "a value for each item" if problems else worth(batch.operation, value, _LONG)


def worth(operation: Operation, value: Value, limit: int | None = None) -> str:
    """Write a value as a person reads it; only a price is the engine's own words, and may be grouped."""
    said = display_text(RULES[operation].diff(value), limit)
    return grouped(said) if operation is Operation.UPDATE_PRICE else said


def state_sentence(batch: Batch, resume: str = "p") -> str:
    """Say what the batch is doing, beyond its status; ``resume`` is the key that lets it go on."""
    now = status(batch)
    if now is BatchStatus.SCHEDULED:
        return f"begins at {clock(batch.scheduled_for)}"
    if now is BatchStatus.PENDING:
        return "begins as soon as the engine gets to it"
    if now is BatchStatus.PAUSED and batch.scheduled_for and not batch.started_at:
        return f"begins at {clock(batch.scheduled_for)} at the earliest, once it is resumed ({resume})"
    if now is BatchStatus.PAUSED:
        return f"applies nothing more until it is resumed ({resume})"
    if now is BatchStatus.FAILED:
        return display_text(batch.error or "stopped by a critical error", _LONG) + f"; {resume} goes on with it"
    if now is BatchStatus.PROCESSING:
        return f"{many(batch.tally.of(*OPEN), 'item')} to go"
    if not is_settled(batch):
        return f"the chain still has to settle {batch.tally.of(*UNSETTLED)}"
    return "settled: nothing is under way any more"


def progress_parts(batch: Batch, now: datetime, pace: Pace) -> list[str]:
    """Say how far a batch is, how fast it goes, and how long it will take."""
    found, measured = counts(batch), metrics(batch, now)
    running = status(batch) is BatchStatus.PROCESSING
    left = pace.left(batch, now) if running else None
    took = f"took {duration(measured.duration)}" if found.done and not running else ""
    speed = _speed(pace.rate(batch, now)) if running else throughput(batch, now)
    parts = (f"{found.done}/{found.total} done", speed, f"{duration(left.total_seconds())} left" if left else took)
    return [part for part in parts if part]


def throughput(batch: Batch, now: datetime) -> str:
    """Return the average pace of results since the batch started; nothing before the first."""
    done = counts(batch).done
    if not batch.started_at or not done:
        return ""
    seconds = ((batch.completed_at or now) - batch.started_at).total_seconds()
    if seconds < 0:  # the clock was set back: nobody can say
        return ""
    return _speed(done / max(0.001, seconds))


def _speed(rate: float | None) -> str:
    if not rate:
        return ""
    return f"{rate:.1f} items/s" if rate >= 1 else f"{rate * 60:.1f} items/min"


def metric_pairs(batch: Batch, now: datetime) -> list[tuple[str, str]]:
    """Return the measures of a batch as labels and values."""
    measured = metrics(batch, now)
    return [
        ("Duration", duration(measured.duration)),
        ("Per item", duration(measured.average) or glyphs().dash),
        ("Success", share(measured.success_rate) or glyphs().dash),
        ("Failure", share(measured.failure_rate) or glyphs().dash),
        ("Fees", amount(batch.tally.fee_total)),
    ]


def origin_parts(batch: Batch) -> list[str]:
    """Say where a batch comes from: a retry, a revert, who and why."""
    parts = []
    if batch.retry_of:
        parts.append(f"retry of {batch.retry_of}")
    if batch.revert_of:
        parts.append(f"revert of {batch.revert_of}")
    parts.append(f"by {display_text(batch.who or 'somebody', 40)}, {clock(batch.created_at)}")
    if batch.group:
        parts.append(f"part {part(batch)} of what was submitted as one")
    if batch.why:
        parts.append(display_text(batch.why, _LONG))
    return parts


def warnings(batch: Batch, now: datetime, limits: Thresholds) -> list[str]:
    """Return what deserves an eye: the batch's own error, and the thresholds that it passed."""
    error = [display_text(batch.error, 2 * _LONG)] if batch.error else []
    return [*error, *alerts(batch, now, limits)]


def fee_line(fee_total: int, balance: int | None) -> str:
    """Say what something costs against what the signer has."""
    has = "balance unknown" if balance is None else f"of {amount(balance)}"
    return f"about {amount(fee_total)} ({micro(fee_total)} µSTX) {has}"
