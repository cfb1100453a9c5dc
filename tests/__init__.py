"""Tests and benches; what they start is compiled once, as a user's is, also where the environment forbids keeping."""

from __future__ import annotations

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
