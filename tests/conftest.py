"""What all tests share: a property is judged by what it says, never by how fast a busy machine came to it."""

from __future__ import annotations

import signal
import threading

from hypothesis import settings

settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")

# A shell's background job ignores Ctrl-C, and so would all that is started here: what a play interrupts has to hear it.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
