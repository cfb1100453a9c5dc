"""The HTTP API over any Engine (INTERFACE.md, "HTTP API"): strict in what it takes, exact in what it gives.

On the wire: a batch, item, content, signer or alert is written by `engine.wire`, with every field that the noun has,
so that an engine far away can make the noun again (`whole_batch_json`, `item_json`). A refusal is
``{message, code}``, for input also ``errors: [{field, message}]``; ``code`` and the status are those of
`engine.errors`. Every method of `engine.door` has its call: `table` lists them, `/docs` shows them.
"""

from engine.web.app import make_app
from engine.web.context import Served, Web
from engine.web.guards import Entry
from engine.web.tokens import read_tokens

__all__ = ["Entry", "Served", "Web", "make_app", "read_tokens"]
