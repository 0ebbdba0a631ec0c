"""The search box of a page's header."""

from nicegui import events, ui

from projections.console import searching
from projections.console.screen import Screen

_WORDS = ("open", "box")


class Search(ui.element, component="search.js"):
    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self.props["words"] = {name: screen.words(f"search.{name}") for name in _WORDS}
        self.on("ask", self._asked)

    def _asked(self, event: events.GenericEventArguments) -> None:
        query = event.args
        if not isinstance(query, str):
            return
        screen = self._screen
        if not screen.live():
            screen.leave()
            return
        words = screen.words
        hits = searching.found(screen.sight, words, query)
        self.run_method("tell", query, searching.drawn(hits, query, words))
