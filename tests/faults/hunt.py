"""Looking for secrets: a key or a phrase in any form in which a program could let it slip, whole or in part."""

from __future__ import annotations

import base64
import html
import io
import re
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.traceback import Traceback

MARKUP, SPACES = re.compile(rb"<[^>]*>"), re.compile(rb"\s+")
NO_LETTERS = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class Prey:
    """What is looked for: ``blob`` in every form of bytes, ``text`` as it is written, ``phrase`` word by word."""

    name: str
    blob: bytes = b""
    text: str = ""
    phrase: str = ""

    def forms(self) -> dict[str, bytes]:
        """Return every form in which it could stand somewhere, whole: the search must find each of them."""
        text, words = self.text.encode(), self.phrase.split()
        found = _of_bytes(self.blob) if self.blob else {}
        if text:
            found |= {"text": text, **{f"text {name}": form for name, form in _base64(text)}}
        if words:
            joined = {"phrase": " ", "lines": "\n", "commas": ", ", "screen": "&#160;"}
            found |= {name: between.join(words).encode() for name, between in joined.items()}
            found |= {"list": repr(words).encode(), "shouted": self.phrase.upper().encode()}
        return found


def _of_bytes(blob: bytes) -> dict[str, bytes]:
    return {
        "raw": blob,
        "hex": blob.hex().encode(),
        "HEX": blob.hex().upper().encode(),
        "spaced hex": blob.hex(" ").encode(),
        "repr": repr(blob).encode(),
        "integer": str(int.from_bytes(blob)).encode(),
        "integers": str(list(blob)).encode(),
        **dict(_base64(blob)),
    }


def _base64(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """By itself and behind one or two other bytes: the same bytes read differently there."""
    for before in range(3):
        shifted = b"\xff" * before + blob + b"\xff"
        yield f"base64 {before}", base64.b64encode(shifted)
        yield f"base64url {before}", base64.urlsafe_b64encode(shifted)


def traces(place: bytes | str, prey: Iterable[Prey]) -> list[str]:
    """Return what stands in a place, each as NAME and FORM; a part of a secret counts as the secret."""
    views = _Views(place if isinstance(place, bytes) else place.encode(errors="backslashreplace"))
    return [f"{one.name}: {form}" for one in prey for form in _found(views, one)]


class _Views:
    """A place as it is, and as a reader sees it: without spaces, without markup and spaces, as words alone."""

    def __init__(self, place: bytes) -> None:
        self.bare = (place, SPACES.sub(b"", place), SPACES.sub(b"", MARKUP.sub(b"", place)))
        self.small = tuple(view.lower() for view in self.bare)
        self.words = f" {NO_LETTERS.sub(' ', html.unescape(place.decode(errors='replace')).lower())} "

    def hold(self, parts: Iterable[bytes]) -> bool:
        return any(part in view for part in parts for view in self.bare)


def _found(views: _Views, prey: Prey) -> Iterator[str]:
    if prey.blob:
        yield from _found_bytes(views, prey.blob)
    if prey.text:
        text = prey.text.encode()
        if views.hold(_parts(text, 12)):
            yield "text"
        if views.hold(_base64_parts(text)):
            yield "base64"
    words = prey.phrase.split()
    if any(f" {' '.join(row)} " in views.words for row in zip(words, words[1:], words[2:], strict=False)):
        yield "words"


def _parts(blob: bytes, size: int) -> list[bytes]:
    return [blob[start : start + size] for start in range(len(blob) - size + 1)]


def _found_bytes(views: _Views, blob: bytes) -> Iterator[str]:
    """Eight bytes of it are enough: what cuts a value short leaves its head."""
    parts = _parts(blob, 8)
    if views.hold(parts):
        yield "raw"
    if any(part.hex().encode() in view for part in parts for view in views.small):
        yield "hex"
    if views.hold(repr(part)[2:-1].encode() for part in parts):
        yield "repr"
    if views.hold(",".join(map(str, part)).encode() for part in parts):
        yield "integers"
    if views.hold([str(int.from_bytes(blob))[:20].encode()]):
        yield "integer"
    if views.hold(_base64_parts(blob)):
        yield "base64"


def _base64_parts(blob: bytes) -> Iterator[bytes]:
    for part in _parts(blob, 12):
        yield base64.b64encode(part)
        yield base64.urlsafe_b64encode(part)


def told(error: BaseException) -> bytes:
    """Return all that any report of an error could show: with every frame's locals, and what hangs behind it."""
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    screen = io.StringIO()
    pretty = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_length=None, locals_max_string=None
    )
    Console(file=screen, width=200).print(pretty)
    return "\n".join([shown, screen.getvalue(), *map(_frames, _chain(error))]).encode(errors="backslashreplace")


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all behind it, also what ``from None`` hides: a crash reporter may look there."""
    found, waiting = [], [error]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            waiting += [behind for behind in (one.__cause__, one.__context__) if behind]
            waiting += getattr(one, "exceptions", ())
    return found


def _frames(error: BaseException) -> str:
    """The error's arguments and attributes, and the locals of its frames, as they print."""
    return "\n".join([repr(error), repr(error.args), repr(vars(error)), *_locals(error.__traceback__)])


def _locals(trace: TracebackType | None) -> Iterator[str]:
    while trace:
        yield from (repr(value) for value in trace.tb_frame.f_locals.values())
        trace = trace.tb_next
