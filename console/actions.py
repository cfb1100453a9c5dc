"""The one registry of actions: bindings, footer, command palette and help screen are all made from it.

An action's id never changes, so that keys can be rebound by id. Each screen does its own actions in methods
named ``do_<last part of the id>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pkgutil import iter_modules

from textual.binding import Binding, BindingsMap, BindingType
from textual.keys import REPLACED_KEYS, key_to_character

EVERYWHERE = "*"
_COMMAND = re.compile(r"ctrl\+\w+|f\d+")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do: its id, its keys (by comma), what to call it, and on which screens it is.

    ``label`` stands in the footer (empty: not there), ``help`` in the palette and on the help screen.
    """

    id: str
    keys: str
    label: str
    help: str
    group: str
    screens: tuple[str, ...] = (EVERYWHERE,)

    @property
    def method(self) -> str:
        """The name of the screen's or app's method that does it."""
        return f"do_{self.id.rpartition('.')[2].replace('-', '_')}"


_ACTIONS: dict[str, Action] = {}


def register(*actions: Action) -> None:
    """Add actions to the registry; an id that is known already is replaced."""
    _ACTIONS.update((action.id, action) for action in actions)


def get(action_id: str) -> Action:
    """Return one action by its id."""
    return _ACTIONS[action_id]


def every() -> tuple[Action, ...]:
    """Return all actions in the order of registration."""
    return tuple(_ACTIONS.values())


def on_screen(screen: str) -> tuple[Action, ...]:
    """Return the actions of one screen: its own first, then those that are everywhere."""
    own = [action for action in every() if screen in action.screens]
    return (*own, *(action for action in every() if EVERYWHERE in action.screens))


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Make the Textual bindings of actions, with ids so that a keymap can rebind them.

    Keys that no text can hold have priority: they act before what is typed after them reaches a field.
    """
    return [
        Binding(key, f"act('{action.id}')", action.label, id=action.id, priority=_COMMAND.fullmatch(key) is not None)
        for action in actions
        for key in action.keys.split(",")
        if key
    ]


def rebound(bound: BindingsMap, keymap: Mapping[str, str]) -> BindingsMap:
    """Return the bindings of a screen with the keys of a keymap, priorities included; what has no id stays."""
    kept = BindingsMap(one for _, one in bound if one.id not in keymap)
    moved = [replace(_ACTIONS[action_id], keys=keys) for action_id, keys in keymap.items()]
    return BindingsMap.merge([kept, BindingsMap(bindings(moved))])


def every_screen() -> dict[str, Action]:
    """Return all actions by id, also those of screens that nobody has opened yet."""
    for module in iter_modules(import_module("console.screens").__path__):
        import_module(f"console.screens.{module.name}")
    return dict(_ACTIONS)


def key_name(keys: str) -> str:
    """Write the first of an action's keys as a person reads it: ``question_mark`` -> ``?``."""
    first = keys.split(",")[0]
    return sign_of(first) or {"escape": "esc"}.get(first, first.replace("ctrl+", "^"))


def commands(keys: str) -> list[str]:
    """Return those of an action's keys that no text can hold: they act also where text is typed."""
    return [key for key in keys.split(",") if _COMMAND.fullmatch(key)]


def written_key(keys: str) -> str:
    """Return, as a person reads it, the first key that acts also where text is typed; empty for none."""
    return next((key_name(key).upper() for key in commands(keys)), "")


def sign_of(key: str) -> str:
    """Return the sign that a key's name stands for (``slash``: ``/``); empty for a key that writes none."""
    sign = key_to_character(REPLACED_KEYS.get(key, key)) or ""
    return sign if sign.isprintable() and sign.strip() else ""


_LISTS = ("batches", "batch", "retries")
_LIVE = (*_LISTS, "lanes", "engine")

register(
    Action("batches.open", "enter", "Open", "Open the batch under the cursor", "Batches", ("batches",)),
    Action("batches.compose", "c", "Compose", "Compose a new batch", "Batches", ("batches",)),
    Action("batches.catalogue", "o", "Catalogue", "Search the catalogue", "Batches", ("batches",)),
    Action("batches.lanes", "l", "Lanes", "See the lanes: what each signer has on its way", "Batches", ("batches",)),
    Action("batches.engine", "e", "Engine", "See the engine: health, alerts, audit, log", "Batches", ("batches",)),
    Action("batches.draft", "t", "", "Take the batch as the start of a new draft", "Batches", ("batches",)),
    Action("batches.parts", "p", "Parts", "Show the batches submitted as one, or all again", "Batches", ("batches",)),
    Action("batches.retries", "h", "", "Compare the batch with its retries", "Batches", ("batches",)),
    Action("batches.next-status", "right,right_square_bracket", "", "Show the next status", "Batches", ("batches",)),
    Action("batches.previous-status", "left,left_square_bracket", "", "Show the one before", "Batches", ("batches",)),
    Action("batch.open", "enter", "", "Open the item under the cursor", "Batch", ("batch",)),
    Action("batch.retry", "r", "Retry", "Send the marked items, or all shown, again", "Batch", ("batch",)),
    Action("batch.reasons", "w", "Why", "Group the items shown by reason, or list them again", "Batch", ("batch",)),
    Action("batch.export", "e", "Export", "Write the results shown to a file", "Batch", ("batch",)),
    Action("batch.pause", "p", "Pause", "Pause the batch, or let it go on", "Batch", ("batch",)),
    Action("batch.cancel", "x", "Cancel", "Cancel the items that aren't applied yet", "Batch", ("batch",)),
    Action("batch.revert", "u", "Revert", "Revert: put the replaced values back", "Batch", ("batch",)),
    Action("batch.retries", "h", "Retries", "Compare it with its retries, content by content", "Batch", ("batch",)),
    Action("batch.draft", "t", "", "Start a new draft from what is marked or shown", "Batch", ("batch",)),
    Action("batch.all", "1", "", "Show every item", "Show", ("batch",)),
    Action("batch.confirmed", "2", "", "Show what is confirmed on the chain", "Show", ("batch",)),
    Action("batch.pending", "3", "", "Show what the chain hasn't settled yet", "Show", ("batch",)),
    Action("batch.off-chain", "4", "", "Show what never reached the chain", "Show", ("batch",)),
    Action("batch.failed", "5", "", "Show what failed", "Show", ("batch",)),
    Action("batch.others", "6", "", "Show catalogue-only, cancelled and not yet done", "Show", ("batch",)),
    Action("batch.mark-range", "", "", "Begin or end a range of marks", "Tables", ("batch",)),
    Action("batch.mark-all", "", "", "Mark all rows that match", "Tables", ("batch",)),
    Action("batch.mark-none", "", "", "Take the marks away", "Tables", ("batch",)),
    Action("batch.copy-id", "y", "", "Copy the id of the batch", "Batch", ("batch",)),
    Action("batch.parent", "b", "", "Open the batch that this one retries or reverts", "Batch", ("batch",)),
    Action("item.copy", "y", "Copy txid", "Copy the whole transaction id", "Item", ("item",)),
    Action("item.changes", "h", "Changes", "See every change of this content", "Item", ("item",)),
    Action("item.next", "n,right,right_square_bracket", "Next", "Go to the next item", "Item", ("item",)),
    Action("item.previous", "p,left,left_square_bracket", "Previous", "Go to the item before", "Item", ("item",)),
    Action("lanes.open", "enter", "Open", "Go to the slots of the lane; there, open the item", "Lanes", ("lanes",)),
    Action("lanes.pause", "p", "Pause", "Pause the lane, or let it go on", "Lanes", ("lanes",)),
    Action("lanes.release", "r", "Release", "Release a held lane: nothing it is held for is ours", "Lanes", ("lanes",)),
    Action("lanes.bump", "f", "Raise fee", "Pay a higher fee at the slot's nonce, now", "Lanes", ("lanes",)),
    Action("lanes.repost", "s", "Re-post", "Send the same bytes of the slot once more, now", "Lanes", ("lanes",)),
    Action("lanes.batches", "b", "Batches", "Show the batches of the lane's creator", "Lanes", ("lanes",)),
    Action("lanes.copy", "y", "Copy", "Copy the whole address of the signer", "Lanes", ("lanes",)),
    Action("lanes.copy-txid", "t", "", "Copy the transaction id of the slot", "Lanes", ("lanes",)),
    Action("lanes.engine", "e", "Engine", "See the engine: health, alerts, audit, log", "Lanes", ("lanes",)),
    Action("engine.open", "enter", "", "Open the row's batch, or the whole log line", "Engine", ("engine",)),
    Action("engine.acknowledge", "a", "Acknowledge", "Say that you have seen the alert", "Engine", ("engine",)),
    Action("engine.lanes", "l", "Lanes", "See the lanes: what each signer has on its way", "Engine", ("engine",)),
    Action("engine.health", "1", "", "Show how every part is", "Show", ("engine",)),
    Action("engine.alerts", "2", "", "Show the alerts", "Show", ("engine",)),
    Action("engine.schedule", "3", "", "Show the batches that begin later", "Show", ("engine",)),
    Action("engine.audit", "4", "", "Show who did what, and why", "Show", ("engine",)),
    Action("engine.settings", "5", "", "Show the settings in force", "Show", ("engine",)),
    Action("engine.log", "6", "", "Show the latest lines of the log", "Show", ("engine",)),
    Action("engine.next", "right,right_square_bracket", "", "Show the next page", "Show", ("engine",)),
    Action("engine.previous", "left,left_square_bracket", "", "Show the page before", "Show", ("engine",)),
    Action("list.filter", "slash", "Filter", "Filter by text", "Show", (*_LISTS, "engine")),
    Action("list.refresh", "ctrl+l", "", "Load everything again", "Show", _LIVE),
    Action("app.back", "escape", "", "Go back", "Everywhere"),
    Action("app.stop", "exclamation_mark", "", "Stop or restart the whole engine", "Everywhere"),
    Action("app.theme", "f9", "", "Change between dark and light", "Everywhere"),
    Action("app.palette", "ctrl+p", "", "Find any action by name", "Everywhere"),
    Action("app.help", "question_mark,f1", "Help", "Show what every key does", "Everywhere"),
    Action("app.suspend", "ctrl+z", "", "Go to the shell, until fg", "Everywhere"),
    Action("app.quit", "q,ctrl+q", "Quit", "Leave the console", "Everywhere"),
)
