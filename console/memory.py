"""Memory: what the console looked like when it was left, in a small file of its owner's alone.

Nothing depends on it: what can't be read or written is a line in the log, and the console opens as if for the first
time. What looks like a secret is left out.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.theme import DARK, LIGHT

log = logging.getLogger("batchdeck.console")
log.addHandler(logging.NullHandler())  # the theme is read before there is a log: nothing is said on the terminal
MOST = 256_000
"""Bytes of a file that is believed to be ours."""
LONG = 300
PLACES = 20
Notes = Mapping[str, str]
"""What a screen wants to be told when it is opened again."""
Left = tuple[str, Notes]
"""The name of a screen that was open, and its notes."""


@dataclass
class Memory:
    """What is remembered of one database, or of one engine elsewhere: ``place``; ``file`` None remembers nothing."""

    file: Path | None = None
    place: str = ""
    problem: str | None = field(default=None, init=False)
    """Why nothing can be written, once that was found out: it is said once."""

    def theme(self) -> str:
        """Return the theme that was chosen last, here or elsewhere; empty for none."""
        name = self._read().get("theme")
        return str(name) if name in (DARK.name, LIGHT.name) else ""

    def keep_theme(self, name: str) -> None:
        """Remember a theme, for every place."""
        self.keep_choices({"theme": name})

    def choice(self, name: str) -> str:
        """Return what was chosen last of something, here or elsewhere; empty for nothing."""
        return _text(self._read().get(name))

    def keep_choices(self, chosen: Mapping[str, str]) -> None:
        """Remember choices, for every place; what is remembered already isn't written again."""
        known = self._read()
        if any(known.get(name) != text for name, text in chosen.items()):
            self._write({**known, **chosen})

    def recall(self) -> list[Left]:
        """Return the screens that were open, the first one first, and forget them.

        They are kept anew by an orderly end: a screen that brings the console down isn't opened for ever.
        """
        known = self._read()
        found = known["places"].pop(self.place, None)
        if found:
            self._write(known)
        return _screens(found)

    def keep(self, screens: Sequence[Left]) -> None:
        """Remember the open screens of this place, and forget the place left longest ago when there are many."""
        known = self._read()
        kept = [[name, {key: text for key, text in notes.items() if _harmless(text)}] for name, notes in screens]
        places = {name: left for name, left in known["places"].items() if name != self.place}
        self._write({**known, "places": dict([*places.items(), (self.place, kept)][-PLACES:])})

    def _read(self) -> dict[str, Any]:
        nothing: dict[str, Any] = {"places": {}}
        if self.file is None:
            return nothing
        try:
            if not self.file.is_file():
                return nothing
            with self.file.open(encoding="utf-8") as file:
                text = file.read(MOST + 1)
            known = json.loads(text) if len(text) <= MOST else None
            if isinstance(known, dict) and isinstance(known.setdefault("places", {}), dict):
                return known
            why = "it isn't the console's own" if len(text) <= MOST else "it is too large"
        except (OSError, ValueError, RecursionError) as error:
            why = str(error)
        log.warning("%s is ignored: %s", self.file, why)
        return nothing

    def _write(self, known: Mapping[str, Any]) -> None:
        if self.file is None or self.problem is not None:
            return
        try:
            _replace(self.file, json.dumps(known))
        except OSError as error:
            self.problem = f"{self.file} can't be written ({error.strerror}): nothing is remembered"
            log.warning(self.problem)


def _replace(file: Path, text: str) -> None:
    """Write all of it or nothing, for the owner's eyes alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(opened)
        new.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _screens(found: object) -> list[Left]:
    """Believe nothing of a file that anything may have been written into."""
    left: list[Left] = []
    for one in found if isinstance(found, list) else ():
        if not (isinstance(one, list) and len(one) == 2 and isinstance(one[1], dict)):
            break
        left.append((_text(one[0]), {str(key): _text(text) for key, text in one[1].items()}))
    return left


def _text(value: object) -> str:
    return value if isinstance(value, str) and _harmless(value) and value.isprintable() else ""


def _harmless(text: str) -> bool:
    from engine.setting_rules import hidden  # not needed for the theme, which the first paint waits for

    return len(text) <= LONG and hidden(text) == text
