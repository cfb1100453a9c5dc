"""The mouse alone: what a click, a drag and the wheel do, and what no click may do by mistake."""

from __future__ import annotations

import pytest
from textual.command import CommandList, CommandPalette
from textual.events import AppBlur, AppFocus, MouseDown, MouseMove, MouseScrollDown, MouseUp
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from console.app import BatchdeckApp
from console.feed import FeedUpdate
from console.news import Fed
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.creators import CreatorsDialog
from console.screens.dialogs import Confirm
from console.screens.help import HelpScreen
from console.widgets.choices import Choices
from console.widgets.filter_line import FilterLine
from console.widgets.row_table import RowTable
from engine.core.model import ItemState
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.desk import open_screen, search, shown
from tests.console.fake_engine import FakeEngine, sample
from tests.console.shelf import Shelf, content
from tests.console.test_table import Table, rows


def told(
    kind: type[MouseDown | MouseUp | MouseMove], x: int, y: int, button: int = 1
) -> MouseDown | MouseUp | MouseMove:
    """Return an event as a terminal tells it."""
    return kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)


async def click(pilot: Pilot[None], x: int, y: int, button: int = 1, times: int = 1) -> None:
    """Press and release at a cell of the terminal, whatever is there, as quickly as a hand can."""
    for _ in range(times):
        pilot.app.post_message(told(MouseDown, x, y, button))
        pilot.app.post_message(told(MouseUp, x, y, button))
        await pilot.pause()


def patient(app: BatchdeckApp) -> BatchdeckApp:
    """Let a double click be one also where a busy machine takes its time between."""
    app.CLICK_CHAIN_TIME_THRESHOLD = 60  # type: ignore[misc]
    return app


async def drag(pilot: Pilot[None], *cells: tuple[int, int]) -> None:
    """Press at the first cell, go over the others, release at the last."""
    pilot.app.post_message(told(MouseDown, *cells[0]))
    for cell in cells[1:]:
        pilot.app.post_message(told(MouseMove, *cell))
    pilot.app.post_message(told(MouseUp, *cells[-1]))
    await pilot.pause()


async def wheel(pilot: Pilot[None], over: Widget, times: int) -> None:
    """Turn the wheel down over a widget."""
    x, y = over.region.center
    for _ in range(times):
        down = MouseScrollDown(None, int(x), int(y), 0, 1, 0, False, False, False, screen_x=int(x), screen_y=int(y))
        pilot.app.post_message(down)
    await pilot.pause()


def place(pilot: Pilot[None], text: str) -> tuple[int, int]:
    """Return the cell where a text begins."""
    for y, line in enumerate(picture(pilot.app).splitlines()):  # type: ignore[arg-type]
        if text in line:
            return line.index(text), y
    raise AssertionError(f"{text} isn't shown")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_anywhere_on_a_choice_takes_that_one(size: tuple[int, int]) -> None:
    """The blank behind a status, and the bracket behind the one in force, belonged to the next one."""
    app = deck_over(sample())
    async with run(app, size) as pilot:
        await seen(pilot, "Status")
        for name in ("Scheduled", "Processing", "Completed", "Cancelled"):
            x, y = place(pilot, name)
            for cell in (x - 1, x, x + len(name) - 1, x + len(name)):
                await click(pilot, place(pilot, "All")[0], y)
                await click(pilot, cell, y)
                assert app.screen.query_one(Choices)._current == name.lower(), (name, cell - x)


async def test_the_wheel_brings_the_next_page() -> None:
    """Whoever only turned the wheel saw the first 500 of the catalogue and no more; cursor and marks stay."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        table = shown(pilot).table
        await click(pilot, 1, table.region.y + 2)
        await wheel(pilot, table, 500)
        await until(pilot, lambda: shown(pilot).loaded == 1000)
        await wheel(pilot, table, 500)
        await until(pilot, lambda: shown(pilot).loaded == 1200)
        assert (table.cursor_key, table.marks) == ("content-2", {"content-2"})


async def test_the_wheel_brings_older_batches() -> None:
    """More batches than are loaded at first are reached by the wheel too."""
    engine = FakeEngine()
    for number in range(450):
        engine.add(f"01KMANY{number:019}", [ItemState.CONFIRMED])
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "200 of 450 batches shown")
        await wheel(pilot, app.screen.query_one(RowTable), 300)
        await seen(pilot, "400 of 450 batches shown")


async def test_a_click_from_elsewhere_chooses_and_opens_nothing() -> None:
    """The first slot of a lane was opened by the click that was to choose it: its row had the cursor already."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        app.set_focus(None)
        await click(pilot, 10, 1)
        assert (app.told, app.focused) == ([], app.table)
        await click(pilot, 10, 1)
        assert app.told == ["0"]


async def test_a_press_that_is_let_go_on_another_row_is_no_click() -> None:
    """Who thinks better of it drags away before letting go."""
    app = Table(rows(range(5)))
    async with app.run_test() as pilot:
        await drag(pilot, (10, 3), (10, 1))
        assert (app.told, app.table.cursor_key, app.table.marks) == ([], "0", set())


@pytest.mark.parametrize(
    ("cells", "marked"),
    [
        ([(0, 2), (0, 3), (0, 5)], "1234"),
        ([(0, 5), (0, 4), (9, 2)], "1234"),
        ([(0, 2), (0, 5), (0, 3)], "12"),
        ([(0, 3), (0, 5), (0, 3)], "2"),
        ([(9, 2), (9, 5)], ""),
    ],
)
async def test_a_drag_from_the_first_column_marks_a_range(cells: list[tuple[int, int]], marked: str) -> None:
    """Many terminals keep shift with a click for themselves: there was no range for the mouse in them."""
    app = Table(rows(range(9)))
    async with app.run_test() as pilot:
        await drag(pilot, *cells)
        assert "".join(sorted(app.table.marks)) == marked
        await click(pilot, 0, 9)
        assert "".join(sorted(app.table.marks)) == f"{marked}8"


async def test_the_blank_beside_a_mark_marks_too() -> None:
    """The column of the marks begins behind the edge of the table; a click on its second cell opened the row."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 9)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        table = shown(pilot).table
        for x in (0, 1, 2):
            await click(pilot, x, table.region.y + 2 + x)
        assert table.marks == {"content-2", "content-3", "content-4"}
        await click(pilot, 3, table.region.y + 6)
        assert (len(table.marks), table.cursor_key) == (3, "content-6")


async def test_another_button_presses_nothing() -> None:
    """A paste by the middle button pressed whatever lay under the pointer."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        x, y = place(pilot, "Retry")
        for button in (2, 3):
            await click(pilot, x, y, button)
        await pilot.pause(0.1)
        assert isinstance(app.screen, BatchScreen)
        await click(pilot, x, y)
        await until(pilot, lambda: isinstance(app.screen, Confirm))


async def test_a_double_click_confirms_nothing() -> None:
    """What the first click opens isn't answered by the second, wherever its button comes to lie."""
    app = patient(deck_over(sample()))
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        x, y = (int(part) for part in app.screen.query_one("#confirm").region.center)
        dialog = app.screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
        await click(pilot, x, y)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await click(pilot, x, y)
        await pilot.pause(0.1)
        assert isinstance(app.screen, Confirm)


async def test_a_click_beside_leaves_what_only_tells() -> None:
    """The help and the list of creators could be left by a key alone."""
    engine = Shelf()
    engine.stock(content(1))
    async with patient(deck_over(engine)).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        compose = pilot.app.screen
        await click(pilot, *place(pilot, "Help"), times=2)
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await click(pilot, 40, 10)
        assert isinstance(pilot.app.screen, HelpScreen)
        await click(pilot, 0, 23)
        await until(pilot, lambda: pilot.app.screen is compose)
        await click(pilot, *place(pilot, "[choose]"))
        await until(pilot, lambda: isinstance(pilot.app.screen, CreatorsDialog))
        await click(pilot, 1, 1)
        await until(pilot, lambda: pilot.app.screen is compose)


async def test_a_click_beside_a_question_answers_nothing() -> None:
    """A question with something at stake stays until it is answered."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        for cell in ((0, 0), (79, 23), (40, 5)):
            await click(pilot, *cell)
        assert isinstance(app.screen, Confirm)


async def test_a_range_ends_with_its_first_row() -> None:
    """A range whose beginning was filtered out went on by itself as soon as that row came back."""
    app = Table(rows(range(9)))
    async with app.run_test() as pilot:
        await pilot.press("down", "v", "down")
        app.table.set_rows(rows([5, 6, 7]))
        app.table.set_rows(rows(range(9)))
        await pilot.press("end")
        assert sorted(app.table.marks) == ["1", "2"]


async def test_in_a_range_a_click_marks_to_there_and_space_takes_back() -> None:
    """A click ended no range, so the next one marked all between; what Space unmarked in a range was marked again."""
    app = Table(rows(range(9)))
    async with app.run_test() as pilot:
        await pilot.press("down", "v")
        await click(pilot, 10, 5)
        await click(pilot, 10, 8)
        assert "".join(sorted(app.table.marks)) == "1234"
        await pilot.press("escape", "home", "v", "down", "space", "down")
        assert "".join(sorted(app.table.marks)) == "0"


async def by_palette(pilot: Pilot[None], words: str) -> None:
    """Open the palette by a click on the header, find an action by its words, and click on it."""
    await click(pilot, 78, 0)
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    pilot.app.screen.query_one(Input).value = words
    await until(pilot, lambda: len(pilot.app.screen.query_one(CommandList).options) == 1)
    await pilot.pause(0.1)
    listed = pilot.app.screen.query_one(CommandList).region
    await click(pilot, listed.x + 5, listed.y + 1)
    await until(pilot, lambda: not isinstance(pilot.app.screen, CommandPalette))


@pytest.mark.plays("batch.mark-range", "batch.mark-all", "batch.mark-none")
async def test_the_palette_marks_in_a_batch() -> None:
    """Marking all, or a range, was for the keyboard alone."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        table = app.screen.query_one("#items", RowTable)
        await by_palette(pilot, "Mark all rows")
        assert len(table.marks) == len(table.rows)
        await by_palette(pilot, "Take the marks away")
        assert table.marks == frozenset()
        await by_palette(pilot, "Take the marks away")
        await seen(pilot, "Nothing is marked")
        await click(pilot, 10, table.region.y + 2)
        await by_palette(pilot, "Begin or end a range")
        await click(pilot, 10, table.region.y + 4)
        await until(pilot, lambda: table.marks == {row.key for row in table.rows[1:4]})
        await click(pilot, 10, table.region.y + 6)
        assert len(table.marks) == 3


@pytest.mark.plays("compose.mark-range", "catalogue.mark-range")
async def test_the_palette_begins_a_range_of_contents() -> None:
    """From where the cursor stands to where one clicks, over what is scrolled away between."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 101)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        for key, screen in (("c", "compose"), ("o", "catalogue")):
            await open_screen(pilot, key, screen)
            await range_to_a_click(pilot)
            await click(pilot, 12, 0)
            await until(pilot, lambda: isinstance(pilot.app.screen, BatchesScreen))


async def range_to_a_click(pilot: Pilot[None]) -> None:
    """Mark from the first row to one far below, and take the marks away."""
    table = shown(pilot).table
    await by_palette(pilot, "Begin or end a range")
    await wheel(pilot, table, 20)
    await click(pilot, 10, table.region.y + 3)
    await until(pilot, lambda: len(shown(pilot).picks) == table.scroll_offset.y + 3)
    assert list(shown(pilot).picks) == [row.key for row in table.rows[: table.scroll_offset.y + 3]]
    assert table.scroll_offset.y > 20
    await by_palette(pilot, "Take every mark away")


async def test_news_of_the_catalogue_reaches_the_rows_in_sight() -> None:
    """Of a long list only what is around the cursor was renewed: by the wheel one looks elsewhere."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        table = shown(pilot).table
        await wheel(pilot, table, 500)
        await until(pilot, lambda: shown(pilot).loaded == 1000)
        await wheel(pilot, table, 100)
        number = table.scroll_offset.y + 3
        engine.stock(content(number, price=77_000_000), content(2, price=66_000_000))
        pilot.app.post_message(Fed(FeedUpdate(contents=True)))
        await seen(pilot, "77 STX")
        assert (number > 500, table.cursor_key) == (True, "content-1")
        await pilot.press("home")
        await seen(pilot, "66 STX")


async def test_a_range_goes_on_over_pages_that_come() -> None:
    """From the first row to what is loaded only on the way, and back up without taking anything away."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("down", "v", "end")
        await until(pilot, lambda: shown(pilot).loaded == 1000)
        await pilot.press("end")
        await until(pilot, lambda: shown(pilot).loaded == 1200)
        await pilot.press("end", "v", "home")
        await until(pilot, lambda: list(shown(pilot).picks) == [f"content-{number}" for number in range(2, 1201)])


async def test_a_range_ends_with_the_order_it_was_begun_in() -> None:
    """In another order, or under another search, it would mark what lay elsewhere when it was begun."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 101)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("down", "v", "down", "s", "s", "s")
        await until(pilot, lambda: shown(pilot)._shown_order == "price")
        await pilot.press("end")
        await pilot.pause()
        assert shown(pilot).picks.keys() == {"content-2", "content-3"}
        await pilot.press("v")
        await search(pilot, "part 9")
        await pilot.press("end")
        await pilot.pause()
        assert len(shown(pilot).picks) == 3


async def test_a_filter_left_by_a_click_goes_while_it_is_empty() -> None:
    """An empty line stayed above the foot; a terminal in the background keeps the line that is written in."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await seen(pilot, "/ Filter")
        table, line = app.screen.query_one(RowTable), app.screen.query_one(FilterLine)
        await click(pilot, *place(pilot, "Filter"))
        await until(pilot, lambda: line.has_focus and line.display)
        app.post_message(AppBlur())
        app.post_message(AppFocus())
        await pilot.pause(0.1)
        assert (line.has_focus, line.display) == (True, True)
        await click(pilot, 20, table.region.y + 2)
        await until(pilot, lambda: not line.display)
        assert app.focused is table
        await click(pilot, *place(pilot, "Filter"))
        await until(pilot, lambda: line.has_focus)
        await pilot.press("0")
        await click(pilot, 20, table.region.y + 1)
        await until(pilot, lambda: table.has_focus)
        assert (line.display, line.value) == (True, "0")
