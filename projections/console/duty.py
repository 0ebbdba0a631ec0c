"""The duty desk (值班台): what needs a person first and what is behind it, then the place as it
is, then what just passed."""

import time

from nicegui import background_tasks, ui

from core.errors import BadFrame, Unavailable
from projections.alarms.row import Alarm
from projections.console import alarms, doors, dossier, passages, queue
from projections.console.acting import Acting
from projections.console.behind import Behind, behind
from projections.console.charts import CLASSES, class_names, stacked
from projections.console.duty_figures import figures
from projections.console.figures import items
from projections.console.format import count
from projections.console.frame import panel
from projections.console.keys import Keys
from projections.console.nodes import Node, icon, node
from projections.console.picture import may_look
from projections.console.plan import Plan, PlanView, note
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.web.turns import Busy, Turns

CHART_MIN = 60
_REREAD_S = 3.0  # a chosen alarm that keeps getting causes is read again no sooner
_UNREAD = -1  # causes: no alarm has so few


class DutyDesk:
    """The page's own state: which alarm is chosen, what was read of it, which groups are open."""

    def __init__(self, screen: Screen, plan: Plan, turns: Turns, chosen: str = "") -> None:
        self._screen, self._plan, self._turns = screen, plan, turns
        self._chosen = chosen
        self._unfolded: set[str] = set()
        self._read: Behind | str | None = None
        self._read_of: tuple[str, int] = ("", 0)  # alarm, causes
        self._read_at = 0.0
        self._acting = Acting(screen)

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        acts = screen.visit.acts
        screen.region(lambda sight: items(figures(sight, words), words), look="figures")
        screen.region(lambda sight: flood(sight, words), look="notices")
        with ui.element("div").classes("columns deskcolumns"):
            with ui.element("div").classes("stack wide"):
                with panel(words, "alarm.title", words("queue.keys") if acts else "") as queued:
                    queued.classes("queue")
                    if screen.moment is None:  # the past never sounds
                        screen.part(Keys(screen, self._acting.ask))
                    screen.region(
                        self._queue,
                        look="alarms scrolls",
                        empty=words("alarm.none"),
                        act=self._row,
                    )
                with panel(words, "door.title").classes("hug"):
                    screen.region(
                        lambda sight: doors.door_items(sight, words),
                        look="tiles",
                        empty=words("door.empty"),
                    )
                with panel(words, "camera.title").classes("hug"):
                    screen.region(
                        lambda sight: doors.camera_items(sight, words),
                        look="tiles small",
                        empty=words("camera.empty"),
                    )
            with ui.element("div").classes("stack"), panel(words, "evidence.title"):
                screen.region(self._dossier, look="dossier scrolls", act=self._press)
            with ui.element("div").classes("stack"):
                with panel(words, "plan.title", note(self._plan, words)).classes("planned"):
                    screen.part(PlanView(self._plan, screen.sight, words))
                with panel(words, "passage.perMinute", words("passage.hour")).classes("hug"):
                    screen.chart(lambda sight: per_minute(sight, words), "short")
                with panel(words, "passage.title", words("passage.noNames")):
                    Region(fixed(heads(words)), look="passages heads")
                    screen.region(
                        lambda sight: passages.items(sight, words),
                        look="passages scrolls",
                        empty=words("passage.none"),
                    )

    def _queue(self, sight: Sight) -> list[Item]:
        return alarms.items(
            sight,
            self._screen.words,
            self._screen.visit.acts,
            chosen=self._alarm_id(sight),
            unfolded=self._unfolded,
        )

    def _alarm_id(self, sight: Sight) -> str:
        found = self._alarm(sight)
        return found.id if found else ""

    def _alarm(self, sight: Sight) -> Alarm | None:
        """The one that was chosen; at first the most urgent."""
        if self._chosen:
            return sight.alarm(self._chosen)
        first = next(iter(queue.opened(sight.alarms())), None)
        if first is not None:
            self._chosen = first.id
        return first

    def _dossier(self, sight: Sight) -> list[Item]:
        found = self._alarm(sight)
        if found is not None:
            self._look_up(found)
        read = self._read if found and self._read_of[0] == found.id else None
        acts = self._screen.visit.acts
        may = may_look(self._screen)
        return dossier.items(sight, self._screen.words, found, read, acts, may)

    def _look_up(self, alarm: Alarm) -> None:
        wanted = (alarm.id, alarm.causes)
        if wanted == self._read_of:
            return
        now = time.monotonic()
        if alarm.id == self._read_of[0] and now - self._read_at < _REREAD_S:
            return
        if alarm.id != self._read_of[0]:
            self._read = None
        self._read_of, self._read_at = wanted, now
        background_tasks.create(self._fetch(alarm), name="evidence")

    async def _fetch(self, alarm: Alarm) -> None:
        screen = self._screen
        read: Behind | str
        try:
            upto = screen.moment.past.known if screen.moment else None
            read = await self._turns.run(behind, screen.desk, screen.sight.compound, alarm, upto)
        except (BadFrame, Unavailable, Busy):
            read = "away"
        if self._read_of[0] != alarm.id:
            return  # somebody has chosen another one meanwhile
        if read == "away":
            self._read_of = (alarm.id, _UNREAD)  # asked again in a while
        self._read = read
        screen.redraw()

    def _row(self, name: str, key: str) -> None:
        if name == "fold":
            self._unfolded ^= {key}
        elif name == "choose":
            self._chosen = key
        else:
            self._acting.ask(name, key)
            return
        self._screen.redraw()

    def _press(self, verb: str, _part: str) -> None:
        if found := self._alarm(self._screen.sight):
            self._acting.ask(verb, found.id)


def flood(sight: Sight, words: Words) -> list[Item]:
    number = queue.flooding(sight)
    if not number:
        return []
    text = words("queue.flood", n=count(number))
    return [Item("flood", number, lambda: node("p.flood", icon("active"), text, role="status"))]


def heads(words: Words) -> Node:
    keys = ("time", "decision", "where", "who", "way", "credential", "why")
    return node("div.passage", *(node(f"span.{key}", words(f"passage.{key}")) for key in keys))


def per_minute(sight: Sight, words: Words) -> dict[str, object]:
    found = passages.window(sight.safe.get("minute", {}), sight.now, CHART_MIN)
    series = {key: [counts[key] for _, counts in found] for key in CLASSES}
    return stacked([bucket for bucket, _ in found], series, class_names(words), CLASSES)
