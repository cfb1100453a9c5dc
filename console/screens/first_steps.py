"""First steps: a catalogue brought in from a file, and the ways to another engine; each has a command that does it."""

from __future__ import annotations

from console.actions import Action, register
from console.forms import many
from console.importing import Catalogue, Imported, import_read, read_file
from console.onward import Onward
from console.screens.asking import Ask
from console.screens.base import DeckScreen
from console.screens.dialogs import Sentence
from console.text import display_text
from engine.errors import BadSettings, Unauthorized
from engine.setting_rules import hidden, web_address

_HERE = ("batches",)
SHOWN = 12
LOCAL = "http://127.0.0.1:8420"
FILE_LINES = (
    "CSV, JSON or JSONL with content_id, creator, title and price (in µSTX).",
    "All of it or nothing; what is there already is brought up to date.",
    "The same on the command line: batchdeck catalogue import FILE",
)
ENGINE_LINES = (
    "The address of an engine that runs with: batchdeck engine",
    "This console is left for it; the same on the command line: batchdeck --remote URL",
)
TOKEN_LINES = (
    "It asks for a token: name a file that holds one, readable by you alone.",
    "The same on the command line: batchdeck --remote URL --token-file FILE",
)
register(
    Action(
        "catalogue.import",
        "i",
        "",
        "Import a catalogue from a file (CSV, JSON, JSONL)",
        "Catalogue",
        ("batches", "catalogue"),
    ),
    Action("batches.demo", "d", "", "Leave for the demo, on a simulated node", "Elsewhere", _HERE),
    Action("batches.connect", "n", "", "Leave for a running engine, by its address", "Elsewhere", _HERE),
)


class ImportingScreen(DeckScreen):
    """A screen from which a catalogue can be imported."""

    def do_import(self) -> None:
        """Ask for a file, and import it."""
        network = self.deck.banner.network
        dialog = Ask("Import a catalogue", FILE_LINES, "", "Import", lambda name: read_file(name, network))
        self.app.push_screen(dialog, self._import)

    def _import(self, read: Catalogue | None) -> None:
        if read is not None:
            self.ask("Import", lambda engine: import_read(engine, read), self._imported, outlives=True)

    def _imported(self, done: Imported) -> None:
        if done.count:
            self.tell(f"{many(done.count, 'content')} imported from {display_text(done.name)}")
            self.reload()
            return
        count = len(done.problems)
        lines = [f"{done.name}: {many(count, 'problem')}", "", *map(str, done.problems[:SHOWN])]
        if count > SHOWN:
            lines += ["", f"and {count - SHOWN:,} more: batchdeck catalogue import FILE names 50"]
        self.app.push_screen(Sentence("Nothing is imported", lines))


class FirstStepsScreen(ImportingScreen):
    """A screen from which another console can be opened in place of this one."""

    def why_not(self, action_id: str) -> str | None:
        """A way may not be there: the demo is no way out of itself."""
        ways = self.deck.ways
        if action_id == "batches.demo" and ways.demo is None:
            return "This console can't be left for the demo: start it with batchdeck demo"
        if action_id == "batches.connect" and ways.connect is None:
            return "This console can't be left for another engine: start one with batchdeck --remote URL"
        return None

    def do_demo(self) -> None:
        """Leave for the demo."""
        self.deck.leave(self.deck.ways.demo)

    def do_connect(self) -> None:
        """Ask which engine, and leave for it if it is there."""
        self.app.push_screen(Ask("Connect to an engine", ENGINE_LINES, LOCAL, "Connect", self._reach), self._reached)

    async def _reach(self, address: str, token_file: str = "") -> tuple[str, Onward | None]:
        """Return the way to an engine; None when it asks for a token and none was named yet."""
        assert self.deck.ways.connect is not None
        try:
            checked = web_address(address)
        except ValueError as wrong:
            raise BadSettings(f"{hidden(address)}: {wrong}") from None
        try:
            return checked, await self.deck.ways.connect(checked, token_file)
        except Unauthorized:
            if token_file:
                raise
            return checked, None

    def _reached(self, found: tuple[str, Onward | None] | None) -> None:
        if found is None:
            return
        address, onward = found
        if onward is not None:
            self.deck.leave(onward)
        else:
            ask = Ask(f"Connect to {address}", TOKEN_LINES, "", "Connect", lambda file: self._reach(address, file))
            self.app.push_screen(ask, self._reached)
