"""The command palette: every action of the registry that the screen in front has, found by its words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console import actions
from console.screens.base import DeckScreen
from console.text import display_text


class ActionCommands(Provider):
    """Offers the actions of the screen in front; one that doesn't apply says why instead of its help."""

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for action, note in self._offers():
            yield DiscoveryHit(Content(action.help), partial(self._act, action.id), action.help, help=_plain(note))

    async def search(self, query: str) -> Hits:
        """Offer what the words are found in."""
        matcher = self.matcher(query)
        for action, note in self._offers():
            words = f"{action.help} ({action.id})"
            score = matcher.match(words)
            if score > 0:
                yield Hit(score, Content(words), partial(self._act, action.id), action.help, help=_plain(note))

    def _offers(self) -> Iterator[tuple[actions.Action, str]]:
        screen = self.screen
        if isinstance(screen, DeckScreen):
            for action in actions.on_screen(screen.NAME):
                refusal = screen.refusal(action.id)
                key = screen.deck.key_of(action)
                yield action, refusal or f"{action.group}  {key}"

    def _act(self, action_id: str) -> None:
        screen = self.screen
        if isinstance(screen, DeckScreen):
            screen.action_act(action_id)


def _plain(note: str) -> str:
    """Return a note as Content, which the palette takes as it is: a str it would read as markup, a token's name too."""
    return cast(str, Content(display_text(note)))
