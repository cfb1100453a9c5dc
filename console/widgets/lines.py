"""Lines: painted text that is drawn anew only when it says something else, and laid out only when its size changes.

Screens say the same four times a second; a layout each time would draw everything else anew too. Where there is no
room for all of it, it ends with a sign: nothing that is cut looks whole.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.visual import VisualType
from textual.widgets import Static

from console.text import glyphs
from console.widgets.paint import paint


class Lines(Static):
    """Lines of painted Content; plain text is painted here, and nothing in it is ever markup."""

    def __init__(self, content: VisualType = "", *, id: str | None = None, classes: str | None = None) -> None:
        said = paint(content) if isinstance(content, str) else content
        super().__init__(said, id=id, classes=classes, markup=False)
        self._said = said if isinstance(said, Content) else None

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Say this from now on."""
        before, said = self._said, paint(content) if isinstance(content, str) else content
        if isinstance(before, Content) and isinstance(said, Content):
            if said.is_same(before):
                return
            layout = layout and (not self.size.width or self._extent(said) != self._extent(before))
        self._said = said if isinstance(said, Content) else None
        super().update(said, layout=layout)

    def render_line(self, y: int) -> Strip:
        """Return a line; the last one that there is room for ends with a sign where more is said than is shown."""
        line = super().render_line(y)
        if y != self.size.height - 1 or not self._is_cut:
            return line
        end = min(cell_len(line.text.rstrip()), line.cell_length - 1)
        sign = Segment(glyphs().ellipsis, self.visual_style.rich_style)
        return Strip.join([line.crop(0, end), Strip([sign]), line.crop(end + 1)])

    @property
    def _is_cut(self) -> bool:
        return isinstance(self._said, Content) and self._extent(self._said)[1] > self.size.height

    def _extent(self, content: Content) -> tuple[int, int]:
        """Return the cells in width and the lines that a content takes where it is now."""
        rules, width = self.styles.get_rules(), self.size.width
        taken = content.get_optimal_width(rules, width) if self.styles.is_auto_width else 0
        return taken, content.get_height(rules, width)
