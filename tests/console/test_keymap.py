"""Keys bound anew in the settings file: what a person may write, what is refused and why, and what the screens say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from textual.widgets import Input

from console import actions
from console.cli.fitting import keys_of
from console.keymap import judged, normal
from console.screens.compose import ComposeScreen
from console.screens.help import HelpScreen
from console.screens.review import ReviewScreen
from engine.errors import BadSettings
from engine.layers import load
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.desk import fill, open_screen, shown, typed
from tests.console.fake_engine import ALICE, FakeEngine
from tests.console.shelf import stocked

KNOWN = actions.every_screen()


def told(toml: str) -> tuple[dict[str, str], str]:
    """Return the keys and the problems of a section written in TOML."""
    found = judged(tomllib.loads(toml), "config.toml", KNOWN)
    return dict(found.keys), "\n".join(found.problems)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("R", "R"),
        ("Ctrl+R", "ctrl+r"),
        ("^r", "ctrl+r"),
        ("F7", "f7"),
        ("shift+F7", "shift+f7"),
        ("shift+r", "R"),
        ("alt+r", "alt+r"),
        ("?", "question_mark"),
        ("question_mark", "question_mark"),
        ("Esc", "escape"),
        ("PgDn", "pagedown"),
        (" ", "space"),
        ("ctrl+left", "ctrl+left"),
        ("ä", "ä"),
        ("ctrl+m", "enter"),
        ("ctrl+foo", None),
        ("f99", None),
        ("rr", None),
        ("ctrl+ä", None),
        ("ctrl+1", None),
        ("ctrl+", None),
        ("\x1b", None),
        ("", None),
    ],
)
def test_keys_as_people_write_them(written: str, key: str | None) -> None:
    """Case, the footer's own spelling, signs and names; what no terminal sends is no key."""
    assert normal(written) == key


def test_every_key_of_the_registry_is_one() -> None:
    """What is bound by default could be written in the file too."""
    assert [(one.id, key) for one in KNOWN.values() for key in one.keys.split(",") if key and normal(key) != key] == []


def test_a_dot_may_stand_in_quotes_or_not() -> None:
    """TOML makes tables of dots: both spellings mean the same action."""
    assert told('batch.retry = "f7"') == told('"batch.retry" = "f7"') == ({"batch.retry": "f7"}, "")
    assert told('app.help = "z, f1"\nbatch.pause = ","')[0] == {"app.help": "z,f1", "batch.pause": "comma"}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('batch.rety = "f7"', ("keys.batch.rety in config.toml", "did you mean batch.retry?")),
        ('zzz = "f7"', ("keys.zzz", "the palette")),
        ('batch.retry = "ctrl+foo"', ("keys.batch.retry in config.toml is 'ctrl+foo'", "no key", "it stays r")),
        ("batch.retry = 7", ("keys.batch.retry in config.toml is 7", "in quotes", "it stays r")),
        ('batch.retry = ""', ("give a letter", "it stays r")),
        ('batch.retry = "f7,"', ("no key", "it stays r")),
        ('batch.retry = "space"', ("is a key of every table", "it stays r")),
        ('batch.retry = "ctrl+q"', ("always leaves the console",)),
        ('compose.review = "ctrl+u"', ("edits what is typed", "it stays ctrl+r")),
        ('batch.retry = "p"', ("'p'", "batch.pause", "Pause the batch", "bind that anew too", "it stays r")),
        ('batch.retry = "q"', ("app.quit", "it stays r")),
        ('app.theme = "o"', ("batches.catalogue", "it stays f9")),
        ('catalogue.by-price = "x"', ("catalogue.removed", "it stays without a key")),
        ('batch.retry = "f7"\nbatch.pause = "f7"', ("keys.batch.pause", "batch.retry", "it stays p")),
    ],
)
def test_what_cannot_be_is_told_with_field_value_and_remedy(toml: str, said: tuple[str, ...]) -> None:
    """An unknown action, no key, a key that is taken: one sentence, and what was there stays."""
    keys, problems = told(toml)
    assert all(text in problems for text in said), problems
    assert len(problems.splitlines()) == 1
    assert set(keys) <= {"batch.retry"}
    assert keys in ({}, {"batch.retry": "f7"})


def test_the_example_of_the_readme_can_be_used() -> None:
    """A key that an action got since must not stand there any more."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```toml\n[keys]\n")[2].partition("```")[0]
    found = judged(tomllib.loads(example), "README.md", KNOWN)
    assert len(found.keys) == example.count("=") > 0
    assert found.problems == ()


def test_what_stays_is_told_as_it_stands_on_the_keyboard() -> None:
    """``question_mark`` is nothing that anybody presses."""
    (problem,) = judged({"app.help": "p"}, "config.toml", KNOWN).problems
    assert problem.endswith("it stays ? or f1")


def test_two_actions_may_change_places() -> None:
    """A key that its owner gives up is free; one that its owner must keep after all isn't."""
    assert told('batch.retry = "p"\nbatch.pause = "r"') == ({"batch.retry": "p", "batch.pause": "r"}, "")
    keys, problems = told('batch.retry = "p"\nbatch.pause = "space"')
    assert keys == {}
    assert "keys.batch.pause" in problems
    assert "keys.batch.retry" in problems


def test_the_same_key_on_other_screens_is_no_clash() -> None:
    """Export on Batch and Sort on Catalogue never meet."""
    assert told('batch.export = "f7"\ncatalogue.sort = "f7"')[1] == ""


@pytest.mark.parametrize("given", ["x", 7, ["r"]])
def test_a_section_that_is_none_is_told(given: object) -> None:
    """keys = "x" is a slip, and leaves every key as it was."""
    found = judged(given, "config.toml", KNOWN)
    assert not found.keys
    assert "write [keys]" in found.problems[0]


def test_the_settings_file_may_hold_keys(tmp_path: Path) -> None:
    """An engine doesn't mind the section; the console reads it; what isn't TOML is the settings' matter."""
    path = tmp_path / "config.toml"
    path.write_text('window = 5\n[keys]\nbatch.retry = "f7"\napp.help = "q"\n')
    assert load({}, path).window == 5
    found = keys_of(path)
    assert found.keys == {"batch.retry": "f7"}
    assert f"keys.app.help in {path} is 'q'" in found.problems[0]
    path.write_text("[keys\n")
    assert not keys_of(path).keys
    with pytest.raises(BadSettings):
        load({}, path)
    assert not keys_of(tmp_path / "none.toml").problems


async def test_footer_help_and_palette_show_the_new_keys(engine: FakeEngine) -> None:
    """One registry, one keymap: nothing goes on naming the old key, and the old key does nothing."""
    app = deck_over(engine, keymap={"batch.retry": "f7", "app.help": "z", "batch.failed": "F"})
    async with run(app, size=(100, 60)) as pilot:
        await open_batch(pilot)
        await seen(pilot, "f7 Retry")
        assert "F Failed" in picture(app)
        await pilot.press("r", "question_mark", "5")
        await pilot.pause()
        assert not engine.named("select_retry")
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        line = next(one for one in picture(app).splitlines() if "Send the marked items" in one)
        assert "f7" in line.split()
        await pilot.press("z")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
        await pilot.press("ctrl+p")
        await seen(pilot, "Batch  f7")
        await pilot.press("escape", "F")
        await seen(pilot, "3 of 100 items shown")
        await pilot.press("f7")
        await seen(pilot, "Retry 3 items?")


async def test_sentences_name_the_new_keys(engine: FakeEngine) -> None:
    """What a screen says to press is what is bound now: on a batch, on its items, and in the reasons."""
    keys = {"batch.pause": "P", "batch.retry": "R", "app.back": "B"}
    app = deck_over(engine, keymap=keys)
    async with run(app, (120, 40)) as pilot:
        await open_batch(pilot)
        await pilot.press("P")
        await seen(pilot, "applies nothing more until it is resumed (P)")
        await pilot.press("4", "enter")
        await seen(pilot, "retry (R in the batch)")
        await pilot.press("B")
        await seen(pilot, "items shown")
        await pilot.press("w", "enter")
        await seen(pilot, "(B: for any reason)")


async def test_review_names_the_new_keys() -> None:
    """The keys that leave lines out are told as they are bound now."""
    keys = {"review.unchanged": "U", "review.failing": "F", "review.aborting": "A"}
    engine = stocked()
    engine.aborting["content-3"] = "paused"
    app = deck_over(engine, keymap=keys)
    async with run(app, (120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "1.01stx")
        shown(pilot).write_creator(ALICE)
        await fill(pilot, "contentIds", "content-1,content-3,nobody-1")
        await until(pilot, lambda: app.screen.problem() is None)  # type: ignore[attr-defined]
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await seen(pilot, "1 unchanged (U leaves out)")
        assert "1 would fail (F leaves out)" in picture(app)
        assert "(A leaves out)" in picture(app)
        await pilot.press("U")
        await seen(pilot, "1 unchanged (left out: U)")


async def test_a_letter_in_place_of_a_command_key_is_typed_into_fields() -> None:
    """Ctrl+R acts from a field; R in its place is text there, and acts on the list. A command key acts from a field."""
    app = deck_over(stocked(), keymap={"compose.review": "R", "compose.file": "f12"})
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await typed(pilot, "1R")
        assert isinstance(app.screen, ComposeScreen)
        await pilot.press("backspace")
        await typed(pilot, "stx")
        await pilot.press("escape")
        assert not isinstance(app.focused, Input)
        await pilot.press("space", "R")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        shown(pilot).query_one("#search").focus()
        await pilot.press("f12")
        await seen(pilot, "Ids from a file")


@pytest.mark.parametrize(
    ("keys", "hint"),
    [("", "changed:<7d; F1"), ("f10, f1", "changed:<7d; F10"), ("z", "changed:<7d"), ("ctrl+g", "; ^G")],
)
async def test_the_hint_of_the_search_names_the_key_that_helps_there(keys: str, hint: str) -> None:
    """A letter is text in a field, so it is no help there; of several keys the first that acts is named."""
    bound = judged({"app.help": keys} if keys else {}, "config.toml", KNOWN)
    app = deck_over(stocked(), keymap=bound.keys)
    async with run(app) as pilot:
        await open_screen(pilot, "o", "catalogue")
        found = shown(pilot).query_one("#search", Input).placeholder
        assert found.endswith(hint)
        assert ("F1" in found) == (not keys or "f1" in keys)


async def test_an_action_without_a_key_can_be_given_one() -> None:
    """What only the palette reached is one key away."""
    app = deck_over(stocked(), keymap={"catalogue.by-price": "f7"})
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("f7")
        await until(pilot, lambda: shown(pilot).showing and shown(pilot).order == "price")


async def test_bad_keys_are_said_before_anything_is_done(engine: FakeEngine) -> None:
    """What is wrong in the file is read at the start, over the first screen; then all is as it was."""
    problems = ["keys.batch.rety in config.toml: there is no such action", "keys.[/x] in config.toml"]
    app = deck_over(engine, warnings=problems)
    async with run(app) as pilot:
        await seen(pilot, "has keys that can't be used")
        assert "keys.[/x]" in picture(app)
        await pilot.press("enter")
        await seen(pilot, "5 batches")
