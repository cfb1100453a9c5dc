"""The one table: quick with any number of rows, and never in the way of the person who works in it."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult

from console.widgets.row_table import Column, Row, RowTable
from tests.console.hostile import CORPUS, harmful

COLUMNS = (Column("a", "First", 8), Column("b", "Second", 10, grow=1), Column("c", "Third", 10, min_screen=60))


class Table(App[None]):
    """An app that is one table."""

    CSS_PATH = None

    def __init__(self, rows: Iterable[Row] = (), *, markable: bool = True) -> None:
        super().__init__()
        self.given = list(rows)
        self.markable = markable
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        yield RowTable(COLUMNS, markable=self.markable, empty="Nothing here.\nDo this.")

    def on_mount(self) -> None:
        self.table.set_rows(self.given)
        self.table.focus()

    @property
    def table(self) -> RowTable:
        return self.query_one(RowTable)

    def on_row_table_opened(self, message: RowTable.Opened) -> None:
        self.told.append(message.key)

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text for y in range(self.table.size.height)]


def rows(keys: Iterable[object]) -> list[Row]:
    return [Row(str(key), (str(key), f"title {key}", "x")) for key in keys]


async def test_a_hundred_thousand_rows_at_once() -> None:
    """Rows are only drawn when seen, so their number costs nearly nothing."""
    app, many = Table(), rows(range(100_000))
    async with app.run_test() as pilot:
        start = time.process_time()
        app.table.set_rows(many)
        assert len(app.lines()) == 24
        assert time.process_time() - start < 0.5
        await pilot.press("G")
        assert app.table.cursor_key == "99999"
        assert "99999" in app.lines()[-1]


async def test_updates_leave_cursor_and_scroll_alone() -> None:
    """Rows that come in above move neither the cursor nor what is seen."""
    app = Table(rows(range(100)))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press(*["pagedown"] * 3, "up", "up")
        before, key = app.lines(), app.table.cursor_key
        app.table.set_rows(rows([*range(200, 230), *range(100)]))
        await pilot.pause()
        assert app.table.cursor_key == key
        assert app.lines() == before


async def test_a_row_that_goes_takes_only_itself() -> None:
    """When the row under the cursor is gone, its neighbour is under it."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        await pilot.press("down", "down")
        app.table.set_rows(rows([0, 1, 3, 4]))
        assert app.table.cursor_key == "3"
        app.table.set_rows([])
        assert app.table.cursor_key is None


async def test_while_rows_are_marked_order_holds_still() -> None:
    """What was marked stays where it was seen; new rows come last; without marks the new order counts."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        await pilot.press("space")
        app.table.set_rows(rows([9, 4, 3, 2, 1, 0]))
        assert [row.key for row in app.table.rows] == ["0", "1", "2", "3", "4", "9"]
        await pilot.press("escape")
        app.table.set_rows(rows([9, 4, 3, 2, 1, 0]))
        assert [row.key for row in app.table.rows] == ["9", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("keys", "marked"),
    [
        (["space", "space"], "01"),
        (["space", "up", "space"], ""),
        (["j", "v", "j", "j", "v", "j"], "123"),
        (["shift+down", "shift+down"], "012"),
        (["G", "shift+up"], "34"),
        (["a"], "01234"),
        (["a", "escape"], ""),
    ],
)
async def test_marks_by_key(keys: list[str], marked: str) -> None:
    """Space, ranges, shift with arrows, all, none."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        assert "".join(sorted(app.table.marks)) == marked


async def test_a_table_without_marks_has_none() -> None:
    """Keys that mark are left to the screen where marking means nothing."""
    app = Table(rows(range(5)), markable=False)
    async with app.run_test() as pilot:
        await pilot.press("space", "a", "v", "down", "shift+down")
        assert app.table.marks == frozenset()


async def test_enter_and_a_second_click_open() -> None:
    """Enter opens; a click moves the cursor, a click on the cursor opens; the first column marks."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        await pilot.press("down", "enter")
        await pilot.click(RowTable, offset=(10, 4))
        await pilot.pause()
        assert (app.told, app.table.cursor_key) == (["1"], "3")
        await pilot.click(RowTable, offset=(10, 4))
        await pilot.pause()
        assert app.told == ["1", "3"]
        await pilot.click(RowTable, offset=(0, 1))
        assert app.table.marks == frozenset({"0"})


async def test_columns_come_and_grow_with_the_width() -> None:
    """A narrow table leaves out what it has no room for; a wide one shows it and shares the spare."""
    app = Table(rows(range(3)))
    async with app.run_test(size=(50, 10)) as pilot:
        assert "Third" not in app.lines()[0]
        await pilot.resize_terminal(100, 10)
        await pilot.pause()
        assert "Third" in app.lines()[0]
        assert all(len(line) == 100 for line in app.lines())


async def test_an_empty_table_says_what_to_do() -> None:
    """An empty list is a place to begin, not a blank."""
    app = Table()
    async with app.run_test() as pilot:
        await pilot.press("down", "space", "enter", "G")
        assert "Nothing here." in "\n".join(app.lines())
        assert app.told == []


async def test_hostile_cells_are_harmless() -> None:
    """Whatever a cell holds, the table draws nothing that a terminal acts on."""
    app = Table(Row(str(at), (text, text, text)) for at, text in enumerate(CORPUS))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("G", "space")
        drawn = "".join(app.lines())
        assert harmful(drawn) == []
        assert "[@click=app.quit]" in drawn
