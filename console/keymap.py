"""PURE: keys that somebody bound anew in the settings file, judged against the registry of actions.

What can't be used is told with field, value and remedy, and the action keeps the key it had: a slip in a file must not
leave anybody without a way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from textual.keys import _character_to_key

from console.actions import EVERYWHERE, Action, sign_of
from console.widgets.table_keys import BOUND
from engine.setting_rules import shown

SECTION = "keys"
HELP = "give a letter, a sign, f1 to f12, ctrl+LETTER, an arrow, or several by comma"
_MOVES = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_NAMED = {*_MOVES, "insert", "delete", "backspace", "space", "tab", "enter", "escape", *(f"f{n}" for n in range(1, 25))}
_SPOKEN = {
    "esc": "escape",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "return": "enter",
    ",": "comma",
    "+": "plus",
    " ": "space",
}
_MODIFIED = re.compile(r"(?:ctrl\+|alt\+)?(?:shift\+)?(.+)", re.IGNORECASE)
_SAME = {"ctrl+i": "tab", "ctrl+j": "enter", "ctrl+m": "enter", "ctrl+h": "backspace"}
"""What a terminal can't tell from another key."""
_FIXED = {
    "ctrl+q": "always leaves the console",
    "ctrl+c": "copies what is selected",
    **dict.fromkeys(("tab", "shift+tab"), "goes from part to part"),
    **dict.fromkeys(("backspace", "delete"), "edits what is typed"),
    **dict.fromkeys((f"ctrl+{letter}" for letter in "adekuvwxz"), "edits what is typed"),
    **{key: "is a key of every table" for keys, _ in BOUND for key in keys.split(",")},
}


@dataclass(frozen=True, slots=True)
class Keymap:
    """New keys by action, and a sentence for each that can't be used."""

    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def judged(given: object, where: str, known: Mapping[str, Action]) -> Keymap:
    """Judge the section of a settings file at ``where``; ``known`` are all actions by id."""
    if not isinstance(given, Mapping):
        return Keymap({}, (f"{SECTION} in {where} is {shown(given)}: write [{SECTION}], and below it ACTION = KEY",))
    wanted: dict[str, str] = {}
    problems: list[str] = []
    for action_id, value in _flat(given):
        name = f"{SECTION}.{action_id} in {where}"
        if action_id not in known:
            problems.append(f"{name}: there is no such action; {_near(action_id, known)}")
            continue
        keys, problem = _read(value, known[action_id])
        if problem:
            problems.append(f"{name} is {shown(value)}: {problem}; {_stays(known[action_id])}")
        else:
            wanted[action_id] = keys
    while clash := _clash(wanted, known):
        loser, key, other = clash
        problems.append(
            f"{SECTION}.{loser.id} in {where} is {key!r}: that is the key of {other.id} ({other.help}) on the same "
            f"screen; give another one, or bind that anew too; {_stays(loser)}"
        )
        del wanted[loser.id]
    return Keymap(wanted, tuple(problems))


def _flat(given: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """A dot in a TOML key makes a table of it: ``batch.retry`` and ``"batch.retry"`` mean the same."""
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _near(action_id: str, known: Mapping[str, Action]) -> str:
    near = get_close_matches(action_id, known, 1)
    return f"did you mean {near[0]}?" if near else "the palette names them, behind what they do"


def _stays(action: Action) -> str:
    if not action.keys:
        return "it stays without a key"
    return f"it stays {' or '.join(sign_of(key) or key for key in action.keys.split(','))}"


def _read(value: object, action: Action) -> tuple[str, str]:
    """Return the keys of one action as bindings know them, and what is wrong with them, if anything."""
    if not isinstance(value, str) or not value.strip():
        return "", f"{HELP}, in quotes"
    found: list[str] = []
    for text in [","] if value.strip() == "," else value.split(","):
        key = normal(text)
        if key is None:
            return "", f"{shown(text.strip())} is no key: {HELP}"
        if key in _FIXED and key not in action.keys.split(","):
            return "", f"{key} {_FIXED[key]}: give another key"
        found.append(key)
    return ",".join(dict.fromkeys(found)), ""


def normal(text: str) -> str | None:
    """Return a key as bindings know it, however a person writes it (``Ctrl+R``, ``^r``, ``?``, ``Esc``); else None."""
    text = text.strip() or text[:1]
    if len(text) == 1:
        return _SPOKEN.get(text) or (_character_to_key(text) if text.isprintable() else None)
    text = re.sub(r"^\^(?=.$)", "ctrl+", text)
    parts = _MODIFIED.fullmatch(text)
    base = _SPOKEN.get(parts[1].lower(), parts[1]) if parts else ""
    before = text[: len(text) - len(parts[1])].lower() if parts else ""
    if len(base) == 1:
        return _letter(before, base)
    base = base.lower()
    if base in _NAMED:
        return before + base
    return base if not before and sign_of(base) else None


def _letter(before: str, letter: str) -> str | None:
    """A terminal sends Shift and a letter as the capital, and Control with letters alone."""
    if before == "shift+" and letter.isalpha():
        return letter.upper()
    if before == "ctrl+" and letter.isascii() and letter.isalpha():
        key = before + letter.lower()
        return _SAME.get(key, key)
    return before + _character_to_key(letter) if before == "alt+" else None


def _clash(wanted: Mapping[str, str], known: Mapping[str, Action]) -> tuple[Action, str, Action] | None:
    """Return the first new key that another action of the same screen has: whose it is, the key, who has it."""
    for action_id in reversed(list(wanted)):
        action = known[action_id]
        for other in known.values():
            if other is action or not _meet(action, other):
                continue
            theirs = wanted.get(other.id, other.keys).split(",")
            for key in wanted[action_id].split(","):
                if key in theirs:
                    return action, key, other
    return None


def _meet(one: Action, other: Action) -> bool:
    return EVERYWHERE in (*one.screens, *other.screens) or bool({*one.screens} & {*other.screens})
