"""A Stacks node over HTTP: the one place where answers and reasons of a node become the engine's nouns."""

from engine.node.client import HttpNode
from engine.node.fleet import Fleet

__all__ = ["Fleet", "HttpNode"]
