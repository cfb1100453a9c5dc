"""DeckScreen: what every screen has: header, notice of a lost engine, footer, actions with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from textual.app import ComposeResult
from textual.widgets import Input

from console import actions
from console.clearance import keep_clear
from console.feed import FeedUpdate
from console.memory import Notes
from console.notices import clear_for_dialog
from console.screens.calling import BY_HAND, OPENING, Calling
from console.text import display_text
from console.widgets import table_keys
from console.widgets.header import HeaderLine
from console.widgets.key_line import Key, KeyLine
from console.widgets.lines import Lines
from console.widgets.row_table import RowTable

LOADING = "Loading ..."
CHANGES_EVERYWHERE = frozenset({"app.stop"})
UNKNOWN = "Nothing is known of it yet: the engine doesn't answer."


class DeckScreen(Calling):
    """A screen of the console. Subclasses set ``NAME``, and write `path`, `body` and ``do_...`` methods."""

    NAME: ClassVar[str] = ""
    CHANGES: ClassVar[frozenset[str]] = frozenset()
    """The ids of the screen's own actions that change something: refused when read-only."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Give each screen the bindings that the registry has for it."""
        if "NAME" in cls.__dict__:
            cls.BINDINGS = actions.bindings(actions.on_screen(cls.NAME))
        super().__init_subclass__(**options)

    @property
    def path(self) -> Sequence[str]:
        """The way to this screen, for the header."""
        return (self.NAME.capitalize(),)

    @property
    def unsent(self) -> bool:
        """Whether something made here would be lost by leaving."""
        return False

    def compose(self) -> ComposeResult:
        """Put the header above, the footer below, and the screen's own parts between; bind what was bound anew.

        Notices keep clear of them.
        """
        own = {action.id for action in actions.on_screen(self.NAME)}
        moved = {action_id: keys for action_id, keys in self.deck.keymap.items() if action_id in own}
        self._bindings = actions.rebound(self._bindings, moved)
        self.screen_layout_refresh_signal.subscribe(self, keep_clear)  # here, as on_mount may run for each base
        yield HeaderLine(self.deck.banner, self.path)
        yield Lines(id="lost")
        yield from self.body()
        yield KeyLine()

    def body(self) -> ComposeResult:
        """Yield the parts of this screen."""
        yield from ()

    def on_mount(self) -> None:
        """Draw header and footer, and load."""
        self.show_state()
        if self.engine:
            self.reload()

    def on_screen_resume(self) -> None:
        """Load again what may have changed while another screen was in front."""
        if self.is_mounted:
            self.show_state()
            if self.engine:
                self.reload()

    def on_screen_suspend(self) -> None:
        """Take notices away from over a dialog: they would lie on its buttons."""
        clear_for_dialog(self)

    def notes(self) -> Notes | None:
        """Return what to tell this screen when the next start opens it again; None: it isn't opened again."""
        return None

    @classmethod
    def again(cls, notes: Notes) -> Self:
        """Return the screen as its notes say; they may come from anywhere."""
        return cls()

    @property
    def table_keys(self) -> table_keys.Told:
        """What the help says of the keys of this screen's tables; nothing where there are none."""
        tables = list(self.query(RowTable))
        opens = any(action.id == f"{self.NAME}.open" for action in actions.on_screen(self.NAME))
        return table_keys.told(opens=opens, marks=any(one.markable for one in tables)) if tables else ()

    def fed(self, update: FeedUpdate) -> None:
        """Take a feed update; called for the screen in front alone."""
        self.show_state()
        if update.changed:
            self.reload()

    @property
    def nothing_yet(self) -> str:
        """What stands where nothing has been loaded: that it comes, or that nobody answers."""
        return UNKNOWN if self.deck.latest.lost is not None else LOADING

    def show_state(self) -> None:
        """Draw the header, the lost-engine line, what waits to be loaded, and the footer as things are now."""
        for table in self.query(RowTable):
            if table.empty in (LOADING, UNKNOWN):
                table.empty = self.nothing_yet
        for header in self.query(HeaderLine):
            header.show(self.deck.banner, self.path, self.deck.state_word)
        for line in self.query("#lost").results(Lines):
            lost = self.deck.latest.lost
            line.display = lost is not None
            if lost is not None:
                why = display_text(lost.removesuffix(BY_HAND), 200)
                line.update(f"Engine lost: {why}; this is the last picture, until the console reaches it again.")
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """Draw the footer: what applies now, and what doesn't."""
        keys = [self._entry(action) for action in actions.on_screen(self.NAME) if self.label_of(action)]
        for line in self.query(KeyLine):
            line.show(keys)

    def _entry(self, action: actions.Action) -> Key:
        """While a field is written in, the key that acts there; what has none is a letter of the text."""
        keys, writing = self.deck.keymap.get(action.id, action.keys), isinstance(self.focused, Input)
        acting = actions.commands(keys) if writing else keys.split(",")
        applies = bool(acting) and self.refusal(action.id) is None
        return Key(action.id, actions.key_name(acting[0] if acting else keys), self.label_of(action), applies)

    def on_descendant_focus(self) -> None:
        """Other keys act in a field than in a list."""
        self.refresh_keys()

    def on_descendant_blur(self) -> None:
        """A field may go away without another one taking its place."""
        self.refresh_keys()

    def label_of(self, action: actions.Action) -> str:
        """Return an action's name in the footer as things are now; empty: it isn't there."""
        return action.label

    def refusal(self, action_id: str) -> str | None:
        """Say why an action doesn't apply now; None when it does."""
        if action_id in self.CHANGES | CHANGES_EVERYWHERE:
            if self.deck.banner.read_only:
                return self.deck.banner.refusal
            if not self.engine:
                return OPENING
        return self.why_not(action_id)

    def why_not(self, action_id: str) -> str | None:
        """Say why an action of this screen doesn't apply now; None when it does."""
        return None

    def action_act(self, action_id: str) -> None:
        """Do an action of the registry, or say why it doesn't apply."""
        action = actions.get(action_id)
        refusal = self.refusal(action_id)
        if refusal is not None:
            self.tell(refusal, "warning")
            return
        self.perform(action)

    def perform(self, action: actions.Action) -> None:
        """Do an action that applies: the screen's own method, else the app's."""
        own = getattr(self, action.method, None) or getattr(self.deck, action.method)
        own()

    def do_mark_range(self) -> None:
        """Begin a range of marks in the table that has marks, or end it."""
        table = next(one for one in self.query(RowTable) if one.markable and one.display)
        self.set_focus(table)
        table.action_range()
        ended = "The range is ended" if table.rows else "There is no row to begin at"
        self.tell("The range begins here: a click on its last row ends it" if table.in_range else ended)

    def do_refresh(self) -> None:
        """Load everything again."""
        self.tell_anew()
        self.reload()

    def on_key_line_clicked(self, message: KeyLine.Clicked) -> None:
        """A click on the footer does what the key does."""
        self.action_act(message.action_id)

    def on_header_line_clicked(self, message: HeaderLine.Clicked) -> None:
        """A click on the header does what stands there."""
        self.action_act(message.action_id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a filter goes on to the list."""
        if event.input.id == "filter":
            self.focus_next()
