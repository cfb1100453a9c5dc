"""All that the commands need, imported once, before the first of them is forked."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "console.cli.app",
    "console.cli.catalogue",
    "console.cli.devnet",
    "console.cli.run",
    "console.cli.submit",
    "engine.assemble",
    "engine.devnet",
    "engine.headless",
    "engine.layers",
    "engine.logs",
    "engine.node",
    "engine.store.opening",
    "tests.faults.planted",
    "uvicorn.protocols.http.h11_impl",
)

for name in MODULES:
    import_module(name)
