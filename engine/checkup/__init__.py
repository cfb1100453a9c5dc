"""Doctor: how every part of an engine is, and what to do about what isn't well."""

from engine.checkup.examine import examine
from engine.checkup.facts import Checkup, Finding, State

__all__ = ["Checkup", "Finding", "State", "examine"]
