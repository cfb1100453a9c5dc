"""What is drawn bit by bit is what would be drawn anew as a whole: nothing stale stays on the screen."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterator

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Button

from console.widgets.lines import Lines
from console.widgets.row_table import Column, Row, RowTable

COLUMNS = (Column("a", "First", 8, most=14), Column("b", "Second", 10, grow=1), Column("c", "Third", 9, min_screen=60))
STYLES = ("failed", "muted", "good", "")
KEYS = ("down", "up", "pagedown", "pageup", "G", "home", "space", "v", "escape", "tab")
SAID = ("", "a", "bb", "one\ntwo", "words and more " * 9, "x" * 100)
STEPS = 60


class Drawn(App[None]):
    """A table and lines of every kind of size, none of which is told to be drawn."""

    CSS = """
    .row-table--failed { color: red; } .row-table--muted { color: gray; } .row-table--cursor { background: blue; }
    RowTable { height: 1fr; } Lines { height: auto; } #narrow { width: auto; } #two { height: 2; }
    """

    def compose(self) -> ComposeResult:
        yield RowTable(COLUMNS, markable=True, empty="Nothing.")
        yield from (Lines(id="wide"), Lines(id="narrow"), Lines(id="two"), Button("Other"))


def painted(app: App[None]) -> list[list[tuple[str, str]]]:
    return [[(one.text, str(one.style)) for one in line.simplify()] for line in app.screen._compositor.render_strips()]


async def anew(app: App[None], pilot: Pilot[None]) -> list[list[tuple[str, str]]]:
    """Return the picture once everything is laid out and drawn as if for the first time."""
    for widget in app.screen.walk_children():
        widget.clear_cached_dimensions()
        widget.refresh(layout=True)
    await pilot.pause()
    return painted(app)


def row(key: int, chance: random.Random) -> Row:
    text = chance.choice(("x", "yy", "longer"))
    styled = chance.choice((text, Text(text, chance.choice(STYLES)), Text.assemble((text, chance.choice(STYLES)))))
    return Row(str(key), (f"k{key}{chance.choice(('', '', 'wwwww'))}", styled, "z"), chance.choice(STYLES))


def changes(app: Drawn, pilot: Pilot[None], chance: random.Random) -> Iterator[Callable[[], object]]:
    """Yield what happens to such a screen, in no order."""
    table, rows = app.query_one(RowTable), [row(key, chance) for key in range(40)]

    def some() -> None:
        for at in chance.sample(range(len(rows)), min(2, len(rows))):
            rows[at] = row(int(rows[at].key), chance)
        table.set_rows(list(rows))

    def others() -> None:
        start, count = chance.randrange(60), chance.choice((0, 3, len(rows), 40))
        rows[:] = [row(start + number, chance) for number in range(count)]
        table.set_rows(list(rows))

    def shuffled() -> None:
        chance.shuffle(rows)
        table.set_rows(list(rows))

    def hide() -> None:
        one = chance.choice([table, *app.query(Lines)])
        one.display = not one.display

    ways: list[Callable[[], object]] = [
        some,
        some,
        others,
        shuffled,
        hide,
        table.focus,
        lambda: chance.choice([*app.query(Lines)]).update(chance.choice(SAID)),
        lambda: pilot.press(*chance.choices(KEYS, k=3)),
        lambda: pilot.resize_terminal(chance.choice((50, 80, 120)), chance.choice((20, 30))),
        lambda: setattr(app, "theme", chance.choice(("textual-dark", "textual-light"))),
        lambda: setattr(table, "empty", chance.choice(("One.", "Two\nlines."))),
        lambda: table.scroll_to(y=chance.randrange(40), animate=False),
    ]
    for _ in range(STEPS):
        yield chance.choice(ways)


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_drawn_bit_by_bit_is_the_whole(seed: int) -> None:
    """Rows, marks, cursor, width, theme, focus, scroll, what is hidden and shown again: each in any order."""
    app = Drawn()
    async with app.run_test(size=(80, 24)) as pilot:
        for step, change in enumerate(changes(app, pilot, random.Random(seed))):
            done = change()
            if isinstance(done, Coroutine):
                await done
            await pilot.pause()
            seen = painted(app)
            assert seen == await anew(app, pilot), (seed, step)


async def test_a_cell_of_another_style_alone_is_drawn() -> None:
    """Rich takes two texts for equal whose own styles differ."""
    app = Drawn()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.query_one(RowTable)
        table.set_rows([Row("1", ("k", Text("x", "muted"), "z")), Row("2", ("k", "y", "z"))])
        await pilot.pause()
        before = painted(app)
        table.set_rows([Row("1", ("k", Text("x", "failed"), "z")), Row("2", ("k", "y", "z"))])
        await pilot.pause()
        assert painted(app)[1] != before[1]
