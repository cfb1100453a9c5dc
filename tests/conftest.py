"""What all tests share: a property is judged by what it says, never by how fast a busy machine came to it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
