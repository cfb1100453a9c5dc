"""The house itself: its top level, the size of its rooms, its words, and that the README tells the truth."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.picture import BLOCK, README, mermaid

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for top in ("engine", "console") for path in (ROOT / top).rglob("*.py"))
HAND_WRITTEN = [path for path in MODULES if "versions" not in path.parts]
TOP = {
    ".ci", ".git", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "console", "constraints.txt",
    "engine", "pyproject.toml", "screenshots", "tests",
}  # fmt: skip


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is not a git checkout")
    return listing.stdout.splitlines()


def test_the_top_level_is_fixed() -> None:
    """Two packages, tests, pictures, and the papers: nothing else lies about."""
    assert {name.split("/")[0] for name in tracked()} <= TOP


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_room_is_small_and_says_what_it_is_for(path: Path) -> None:
    """A module has a docstring and at most 300 lines; no function has over 50."""
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= 300
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_most_functions_are_short() -> None:
    """Nine tenths have under 30 lines."""
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in HAND_WRITTEN
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(length < 30 for length in lengths) / len(lengths) > 0.9


def test_the_picture_is_the_table() -> None:
    """The README shows the states as they are: `python -m tests.core.picture` draws it anew."""
    found = BLOCK.search(README.read_text())
    assert found
    assert found.group() == mermaid()


def test_the_readme_shows_pictures_that_exist() -> None:
    """A broken picture is worse than none."""
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README.read_text()):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("engine.stacks", ("sqlmodel", "httpx", "textual", "pydantic", "sqlite3")),
        ("engine.core.lane", ("sqlmodel", "httpx", "textual", "pydantic", "sqlite3")),
        ("console.cli", ("sqlmodel", "httpx", "textual", "pydantic", "sqlite3")),
        ("console.app", ("sqlmodel", "apscheduler", "alembic")),
    ],
)
def test_a_part_loads_only_what_it_needs(module: str, heavy: tuple[str, ...]) -> None:
    """The wire format is usable alone, help is quick, and the console paints before the engine is loaded."""
    code = f"import sys, {module}; print(*(name for name in {heavy!r} if name in sys.modules))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.split() == []
