"""The three operations, each in one place: payload, rules, catalogue change, contract call, sentences."""

from collections.abc import Mapping

from engine.core.model import Operation
from engine.core.operations.base import MICRO, Call, Rule, stx
from engine.core.operations.metadata import UpdateMetadata
from engine.core.operations.price import UpdatePrice
from engine.core.operations.remove import RemoveContent

RULES: Mapping[Operation, Rule] = {rule.name: rule for rule in (UpdatePrice(), RemoveContent(), UpdateMetadata())}

__all__ = ["MICRO", "RULES", "Call", "Rule", "stx"]
