"""The README's first ten minutes as pieces that a play takes one after the other, so that it leaves out none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
BEGINS, ENDS = "## The first ten minutes", "## Run it as a service"
BLOCK = re.compile(r"```\w*\n(.*?)```|((?:^\|[^\n]*\n)+)", re.DOTALL | re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.*])(?<!\d\.)\s+(?=[A-Z`])")


def pieces(readme: str) -> list[str]:
    """Return the sentences, code blocks and tables of the section, in order."""
    section = readme[readme.index(BEGINS) : readme.index(ENDS)].partition("\n")[2]
    found: list[str] = []
    at = 0
    for block in [*BLOCK.finditer(section), None]:
        end = block.start() if block else len(section)
        for paragraph in re.split(r"\n\s*\n", section[at:end]):
            found += SENTENCE.split(" ".join(paragraph.split()))
        if block:
            found.append((block[1] or block[2]).strip("\n"))
            at = block.end()
    return [piece for piece in found if piece]


class Guide:
    """Hands out the pieces; a play that asks for another one than the README has next has to be mended."""

    def __init__(self, readme: str) -> None:
        self.left = pieces(readme)

    def next(self, *opening: str) -> str:
        """Return the next piece, or pieces joined, each of which must begin with these words."""
        taken = [self.left.pop(0) for _ in opening]
        for words, piece in zip(opening, taken, strict=True):
            assert piece.startswith(words), f"the README says {piece!r}, where a play expects {words!r}"
        return "\n".join(taken)

    def keys(self, *opening: str) -> list[str]:
        """Return what stands in backticks in the next pieces: the keys, terms and commands to type."""
        return re.findall(r"`([^`]+)`", self.next(*opening))

    def lines(self, opening: str) -> list[str]:
        """Return the lines of the next code block."""
        return self.next(opening).splitlines()

    def elsewhere(self, opening: str, *tests: str) -> None:
        """Pass over a piece that other tests show: ``console/test_file.py::test_name``."""
        self.next(opening)
        for test in tests:
            file, _, name = test.partition("::")
            found = {getattr(node, "name", "") for node in ast.parse((TESTS / file).read_text()).body}
            assert name in found, test
