"""Home: the ways from the first screen to all that isn't about one batch: Compose, the catalogue, lanes, the engine."""

from __future__ import annotations

from console.screens.calling import OPENING
from console.screens.first_steps import FirstStepsScreen

_ELSEWHERE = frozenset(f"batches.{name}" for name in ("compose", "catalogue", "lanes", "engine"))


class HomeScreen(FirstStepsScreen):
    """A screen that leads to the others; each is loaded only when somebody goes there."""

    def why_not(self, action_id: str) -> str | None:
        """Nothing can be seen or composed without an engine."""
        if action_id in _ELSEWHERE and self.engine is None:
            return OPENING
        if action_id == "batches.compose" and self.deck.banner.read_only:
            return self.deck.banner.refusal
        return super().why_not(action_id)

    def do_compose(self) -> None:
        """Compose a new batch."""
        from console.screens.compose import ComposeScreen

        self.app.push_screen(ComposeScreen())

    def do_catalogue(self) -> None:
        """Search the catalogue."""
        from console.screens.catalogue import CatalogueScreen

        self.app.push_screen(CatalogueScreen())

    def do_lanes(self) -> None:
        """See what each signer has on its way."""
        from console.screens.lanes import LanesScreen

        self.app.push_screen(LanesScreen())

    def do_engine(self) -> None:
        """See the engine itself."""
        from console.screens.engine import EngineScreen

        self.app.push_screen(EngineScreen())
