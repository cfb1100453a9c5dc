"""Lines: painted text that is drawn anew only when it says something else, and laid out only when its size changes.

Screens say the same four times a second; a layout each time would draw everything else anew too.
"""

from __future__ import annotations

from textual.content import Content
from textual.visual import VisualType
from textual.widgets import Static


class Lines(Static):
    """Lines of painted Content; nothing in them is ever markup."""

    def __init__(self, content: VisualType = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(content, id=id, classes=classes, markup=False)
        self._said = content if isinstance(content, Content) else None

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Say this from now on."""
        before, said = self._said, content if isinstance(content, Content) else None
        if before is not None and said is not None:
            if said.is_same(before):
                return
            layout = layout and (not self.size.width or self._extent(said) != self._extent(before))
        self._said = said
        super().update(content, layout=layout)

    def _extent(self, content: Content) -> tuple[int, int]:
        """Return the cells in width and the lines that a content takes where it is now."""
        rules, width = self.styles.get_rules(), self.size.width
        taken = content.get_optimal_width(rules, width) if self.styles.is_auto_width else 0
        return taken, content.get_height(rules, width)
