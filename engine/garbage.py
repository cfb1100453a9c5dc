"""Garbage: sought rarely while the program is loaded, and never again among what was loaded then.

Python looks through everything that it holds now and then, with all threads waiting: a tenth of a second each time,
once an engine and a console are loaded.
"""

from __future__ import annotations

import gc

_LOADING = 50_000
"""New objects until the next look while loading makes hardly anything but what stays."""
_USUAL = gc.get_threshold()


def loading() -> None:
    """Look rarely from now on, until `loaded`; a short command never gets there."""
    gc.set_threshold(_LOADING, *_USUAL[1:])


def loaded() -> None:
    """Leave alone what is there by now, and look as usual for what comes; once, or a console that was left stays."""
    if gc.get_threshold() != _USUAL:
        gc.freeze()
        gc.set_threshold(*_USUAL)
