"""Every widget with hostile text in it, as it came from outside or was pasted: nothing acts, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from rich.text import Text
from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

import console.widgets
from console.banner import Banner
from console.content_views import content_row
from console.pace import Pace
from console.reasons import reasons
from console.text import display_text
from console.widgets.batch_head import BatchHead
from console.widgets.choices import Choice, Choices
from console.widgets.chosen_list import ChosenList
from console.widgets.columns import Column, Row
from console.widgets.compose_form import ComposeForm
from console.widgets.content_list import ContentList
from console.widgets.content_table import ContentTable
from console.widgets.drawn_rows import DrawnRows
from console.widgets.field import Field
from console.widgets.filter_line import FilterLine
from console.widgets.header import HeaderLine
from console.widgets.key_line import Key, KeyLine
from console.widgets.lines import Lines
from console.widgets.link import Link
from console.widgets.list_state import Loaded
from console.widgets.outcome_bar import OutcomeBar
from console.widgets.reason_table import ReasonTable
from console.widgets.row_table import RowTable
from console.widgets.safe_input import SafeInput
from console.widgets.search_head import SearchHead
from console.widgets.switch_line import SwitchLine
from engine.core.model import ItemState as S
from engine.core.summary import Thresholds
from tests.console.conftest import deck_over, open_batch, picture, run, seen
from tests.console.fake_engine import NOW, FakeEngine, item, sample
from tests.console.hostile import CORPUS
from tests.console.shelf import content
from tests.console.wire import Wire

COLUMNS = (Column("one", "One", 120), Column("two", "Two", 8, grow=1))


@dataclass(frozen=True)
class Trial:
    """How a widget is made, and shown or told a text; without ``show`` it is made anew with each text."""

    make: Callable[[str], Widget]
    show: Callable[[Any, str], object] | None = None
    drawn: Callable[[str], str] = display_text


def head(widget: BatchHead, text: str) -> None:
    batch = replace(FakeEngine().add("b", [S.FAILED]), creator=text, why=text, who=text, error=text)
    widget.show(batch, NOW, Thresholds(), Pace(), text)


def listed(widget: ContentList, text: str) -> None:
    one = content(1, title=text, creator=text, description=text)
    widget.start()
    widget.take(widget.query_now, Loaded([one], [content_row(one)], 1))


def rows(text: str) -> list[Row]:
    return [Row(text, (text, Text(text, "strong")))]


def joined(text: str) -> str:
    """Return a paste as one line, as a field takes it."""
    return display_text(" ".join(text.replace("\r", "").split("\n")))


def pasted(widget: Input, text: str) -> None:
    widget.display, widget.value = True, ""
    widget.post_message(events.Paste(text))


def formed(widget: ComposeForm, text: str) -> None:
    for field in widget.query(Field):
        field.write(text)
        field.say(text, "problem")


def searched(widget: SearchHead, text: str) -> None:
    for field in widget.query(SafeInput):
        pasted(field, text)


def said(widget: Field, text: str) -> None:
    widget.write(text)
    widget.say(text, "problem")


TRIALS: dict[type[Widget], Trial] = {
    BatchHead: Trial(lambda text: BatchHead(), head),
    Choices: Trial(lambda text: Choices(), lambda one, text: one.show([Choice("a", text, 1)], "b")),
    ComposeForm: Trial(lambda text: ComposeForm(), formed),
    ChosenList: Trial(lambda text: ChosenList("testnet", text, text, (content(2, title=text),), text), listed),
    ContentList: Trial(lambda text: ContentList("testnet", text, text), listed),
    ContentTable: Trial(lambda text: ContentTable(COLUMNS), lambda one, text: one.set_rows(rows(text))),
    Field: Trial(lambda text: Field("why", text[:9], placeholder=text), said),
    FilterLine: Trial(lambda text: FilterLine(text, Widget()), pasted, joined),
    HeaderLine: Trial(
        lambda text: HeaderLine(Banner("testnet", "", ""), ("Batches",)),
        lambda one, text: one.show(Banner("testnet", text, text), ("Batches", text), "running"),
    ),
    KeyLine: Trial(lambda text: KeyLine(), lambda one, text: one.show([Key("a", text[:3], text), Key("q", "q", "Q")])),
    Lines: Trial(lambda text: Lines(), lambda one, text: one.update(text)),
    Link: Trial(Link),
    ReasonTable: Trial(
        lambda text: ReasonTable(id="reasons"),
        lambda one, text: (setattr(one, "display", True), one.show(reasons([item("b", 0, S.FAILED, error=text)]))),
    ),
    RowTable: Trial(
        lambda text: RowTable(COLUMNS, markable=True, empty=text), lambda one, text: one.set_rows(rows(text))
    ),
    SafeInput: Trial(lambda text: SafeInput(placeholder=text), pasted, joined),
    SearchHead: Trial(lambda text: SearchHead("testnet", text), searched, lambda text: joined(text)[:24]),
    SwitchLine: Trial(lambda text: SwitchLine([("a", text), ("b", "other")])),
}
TAKES_NO_TEXT = {OutcomeBar, DrawnRows}
"""A widget that is told numbers alone, and one that is only ever part of another."""


def widgets() -> Iterator[type[Widget]]:
    """Return every class of widget that console/widgets has."""
    for module in iter_modules(console.widgets.__path__):
        found = vars(import_module(f"console.widgets.{module.name}")).values()
        yield from (one for one in found if isinstance(one, type) and issubclass(one, Widget))


def test_every_widget_is_tried() -> None:
    """A new widget fails here until it has met hostile text: give it a trial above."""
    own = {one for one in widgets() if one.__module__.startswith("console.")}
    assert own - TAKES_NO_TEXT == set(TRIALS)


@pytest.mark.parametrize("kind", TRIALS, ids=lambda kind: kind.__name__)
async def test_hostile_text_in_a_widget(kind: type[Widget], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing unprintable reaches the terminal, and what is short stands there in full, each sign replaced by one."""
    wire = Wire(monkeypatch)
    app = deck_over(FakeEngine())
    trial, lost = TRIALS[kind], []
    async with run(app, size=(150, 20)) as pilot:
        await app.push_screen(Screen())
        for text in CORPUS:
            if trial.show is None or not app.screen.query(kind):
                await app.screen.remove_children()
                await app.screen.mount(trial.make(text))
            if trial.show is not None:
                trial.show(app.screen.query_one(kind), text)
            await pilot.pause()
            lost += [] if trial.drawn(text) in picture(app) or len(text) > 100 else [text]
            assert app.is_running
    assert wire.harm(CORPUS) == []
    assert lost == []


@pytest.mark.parametrize(
    "text", ["[/x]", "[@click=app.quit]click me[/]", "price [ETH]", "\x1b]52;c;ZXZpbA==\x07 \u202e"]
)
async def test_hostile_text_in_the_palette(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why an action doesn't apply may name what came from elsewhere, as a token; the palette reads no markup in it."""
    wire = Wire(monkeypatch)
    app = deck_over(sample(), Banner("testnet", "devnet", "demo.db", read_only=True, reader=text))
    async with run(app, size=(160, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("ctrl+p", *"Revert")
        await seen(pilot, display_text(f"The token {text} may only read"))
        assert app.is_running
    assert wire.harm([text]) == []
