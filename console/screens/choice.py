"""ChoiceScreen: how contents come into a choice and leave it: ids of a file, a look at what is chosen, marks."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on

from console.actions import Action
from console.choosing import ids_of_file
from console.composing import without
from console.screens.asking import Ask
from console.screens.calling import OPENING
from console.screens.contents import ContentsScreen
from console.text import display_text
from console.widgets.chosen_list import ChosenList
from console.widgets.compose_form import ComposeForm
from engine.core.model import Content
from engine.errors import Unavailable


class ChoiceScreen(ContentsScreen):
    """A screen with a form and the contents that it is for; ``_missing`` are ids that the catalogue hasn't."""

    def __init__(self) -> None:
        super().__init__()
        self._missing: frozenset[str] = frozenset()

    @property
    def contents(self) -> ChosenList:
        """The list, which has what is chosen too."""
        return self.query_one(ChosenList)

    @property
    def form(self) -> ComposeForm:
        """The form."""
        return self.query_one(ComposeForm)

    def do_chosen(self) -> None:
        """Show only what is chosen, or the search again."""
        self.contents.toggle()
        if self.contents.only:
            self.contents.table.focus()

    def label_of(self, action: Action) -> str:
        """From what is chosen the same key leads back to what the search found."""
        return "Found" if action.id == "compose.chosen" and self.drawn and self.contents.only else action.label

    def do_none(self) -> None:
        """Take every mark away."""
        self.contents.table.clear_marks()

    def do_file(self) -> None:
        """Ask for a file of ids, and choose them."""
        lines = ["Ids apart by commas, blanks or lines; 20-25 is a range.", "Each goes with its own creator."]
        self.app.push_screen(Ask("Ids from a file", lines, "", "Choose", self._read_file), self._take_file)

    async def _read_file(self, name: str) -> tuple[str, Sequence[str], Sequence[Content]]:
        if self.engine is None:
            raise Unavailable(OPENING)
        return name, *await ids_of_file(self.engine, name)

    def _take_file(self, read: tuple[str, Sequence[str], Sequence[Content]] | None) -> None:
        """Choose what the catalogue has, in the file's order; unknown and removed ids are put where they are mended."""
        if read is None:
            return
        name, ids, found = read
        there = {content.content_id: content for content in found if content.removed_at is None}
        self.contents.known.update((content.content_id, content) for content in found)
        self.contents.choose(there[one] for one in ids if one in there)
        strays = [one for one in ids if one not in there]
        if strays:
            self._missing |= frozenset(strays)
            field = self.form.field("contentIds")
            assert field is not None
            field.write(", ".join(filter(None, [field.text.strip(" ,"), *strays])))
        left = f"; {len(strays):,} unknown or removed: see Ids" if strays else ""
        self.tell(f"{len(there):,} of {len(ids):,} ids of {display_text(name)} are chosen{left}")

    @on(ChosenList.Toggled)
    def _toggled(self) -> None:
        """The title says which it is; a search that is shown again is brought up to date."""
        self.show_state()
        if not self.contents.only and not self.contents.searching:
            self.reload()

    @on(ChosenList.Retyped)
    def _retyped(self, message: ChosenList.Retyped) -> None:
        """What is taken out of the choice leaves the field that named it; what is put back is named there again."""
        field = self.form.field("contentIds")
        assert field is not None
        field.write(", ".join(filter(None, [without(field.text, message.gone).strip(" ,"), *message.back])))
