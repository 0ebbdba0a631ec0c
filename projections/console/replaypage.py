"""An incident step by step: each event with what it changed, its evidence, and the desk as it was
when the hub had it. Nothing here is live, and nothing can be done from here."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from nicegui import ui

from core.codec import Unread
from core.moment import millis
from projections.console import evidence, passages, queue
from projections.console.dossier import said
from projections.console.format import clock
from projections.console.frame import panel
from projections.console.links import asof_href, replay_href
from projections.console.nodes import Node, badge, node
from projections.console.picture import may_look
from projections.console.places import place
from projections.console.plan import Plan, PlanView, note
from projections.console.reel import Asked, Reel, Standing
from projections.console.region import Item, Region, fixed
from projections.console.replay_drawn import changes, form, standing
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.stepper import Stepper
from projections.replay.steps import Step
from projections.safe_community.view import SAFE_COMMUNITY
from projections.waste_sorting.view import WASTE_SORTING
from projections.window import CHINA

_PAGES = (("/", "duty"), ("/people", "people"), ("/waste", "waste"), ("/devices", "devices"))
_ALARMS = 40


class ReplayPage:
    """The page's own state: which step of its reel is shown."""

    def __init__(self, screen: Screen, wish: Asked, reel: Reel, plan: Plan) -> None:
        self._screen, self._wish, self._reel, self._plan = screen, wish, reel, plan
        self._standing = Standing(reel, reel.first(wish.at))
        self._words = screen.words
        self._then = self._sight()
        times = [millis(one.line.item.event.recordedtime) for one in reel.steps]
        places = [one.place for one in reel.steps]
        with panel(self._words, "replay.title", self._title()).classes("hug"):
            self._stepper = Stepper(times, places, self._standing.at, self._words, self._go)
            screen.part(self._stepper)
            screen.region(self._when, look="when")
            Region(fixed(form(self._shown(), self._words), *self._further()), look="further")

    def build(self) -> None:
        screen, words = self._screen, self._words
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack"), panel(words, "replay.steps"):
                screen.region(
                    lambda _: self._steps(), look="steps scrolls", empty=words("replay.none"),
                    act=self._pressed,
                )  # fmt: skip
            with ui.element("div").classes("stack"), panel(words, "replay.event"):
                screen.region(lambda _: self._event(), look="stepped scrolls")
            with ui.element("div").classes("stack"):
                with panel(words, "plan.title", note(self._plan, words)).classes("planned"):
                    plan = PlanView(self._plan, self._then, words)
                    screen.part(_Then(plan, lambda: self._then))
                with panel(words, "replay.then"):
                    screen.region(
                        lambda _: self._alarms(), look="thens scrolls", empty=words("alarm.none")
                    )
                with panel(words, "passage.title", words("passage.noNames")):
                    screen.region(
                        lambda _: passages.items(self._then, words), look="passages scrolls",
                        empty=words("passage.none"),
                    )  # fmt: skip

    def _go(self, at: int) -> None:
        self._standing.go(at)
        self._then = self._sight()
        self._screen.redraw()

    def _pressed(self, _name: str, key: str) -> None:
        at = self._reel.first(key)
        self._stepper.moved(at)
        self._go(at)

    def _sight(self) -> Sight:
        """What a screen would have been drawn from."""
        standing = self._standing
        return msgspec.structs.replace(
            self._screen.sight,
            position=standing.position,
            received=standing.received,
            safe=standing.rows(SAFE_COMMUNITY.name),
            waste=standing.rows(WASTE_SORTING.name),
            now=standing.received,
            today=standing.received.astimezone(CHINA).date(),
        )

    def _title(self) -> str:
        alarm, words = self._reel.alarm, self._words
        if alarm is None:
            within = self._reel.within
            return words("replay.range", first=within.first, last=within.last)
        return f"{words.named('alarmkind', alarm.kind)} · {place(alarm.subject, words)}"

    def _when(self, _sight: Sight) -> list[Item]:
        """Beside a header that is of now."""
        words, at = self._words, self._standing.received
        told = words("replay.when", when=f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                     position=self._standing.position)  # fmt: skip
        draw = partial(node, "span", badge("late", "late", words("replay.past")), f" {told}")
        return [Item("when", told, draw)]

    def _shown(self) -> Asked:
        """The range in times, however it was asked for."""
        reel, wish = self._reel, self._wish
        if wish.since.endswith("+08:00"):
            return wish
        last = reel.received[-1] if reel.received else reel.begun
        since, until = (
            f"{at.astimezone(CHINA):%Y-%m-%dT%H:%M:%S}+08:00"
            for at in (reel.begun, last + timedelta(seconds=1))  # whole seconds hold it
        )
        return msgspec.structs.replace(wish, since=since, until=until)

    def _further(self) -> list[Node]:
        found, words = self._reel.found, self._words
        if found.complete:
            return []
        asked = {"alarm": self._wish.alarm, "from_": self._wish.since, "to": self._wish.until}
        href = replay_href(self._reel.compound, **asked, after=str(found.next))
        return [node("a.slight", words("replay.further"), href=href)]

    def _steps(self) -> list[Item]:
        causes = frozenset(self._reel.alarm.cause_ids) if self._reel.alarm else frozenset[str]()
        here = self._standing.at
        return [
            Item(
                one.place,
                (number == here, number > here),
                partial(self._line, one, number, one.line.item.event.id in causes),
            )
            for number, one in enumerate(self._reel.steps, 1)
        ]

    def _line(self, one: Step, number: int, cause: bool) -> Node:
        item, words, here = one.line.item, self._words, self._standing.at
        look = f"{'.marked' if number == here else ''}{'.ahead' if number > here else ''}"
        return node(
            f"button.found{look}{'.cause' if cause else ''}",
            node("span.num", clock(item.event.recordedtime, self._reel.begun)),
            node("b.clip", words.named("type", item.event.type)),
            node("span.clip", f"{place(item.event.subject, words)} {said(item, words)}"),
            type="button",
            tabindex="-1",
            data_act="step",
            data_step_place=one.place,
            aria_current="step" if number == here else "",
        )

    def _event(self) -> list[Item]:
        step, words = self._standing.step, self._words
        links = Item("asof", self._standing.position, self._asof)
        if step is None:
            return [Item("before", None, lambda: node("p.hint", words("replay.before"))), links]
        return [
            Item("event", step.place, partial(self._facts, step)),
            links,
            Item("changes", step.place, partial(changes, step, words)),
        ]

    def _facts(self, step: Step) -> Node:
        line, item = step.line, step.line.item
        found = item if not line.unread else Unread(
            item.event.type, item.position, item.index, line.unread, item.compound
        )  # fmt: skip
        opens = self._screen.visit.account.acts
        looks = may_look(self._screen)
        return evidence.drawn(found, "", self._screen.desk, self._words, opens=opens, looks=looks)

    def _asof(self) -> Node:
        position, words, compound = self._standing.position, self._words, self._reel.compound
        links = (
            node("a.slight", words(f"nav.{name}"), href=asof_href(path, compound, position))
            for path, name in _PAGES
        )
        told = words("replay.asof", position=position)
        return node("section", node("h3", told), node("p.does", *links))

    def _alarms(self) -> list[Item]:
        then, words = self._then, self._words
        every = then.alarms()
        found = [*queue.opened(every), *queue.shelved(every)][:_ALARMS]
        return [
            Item(one.id, (one, then.today), partial(standing, one, words, then)) for one in found
        ]


class _Then:
    """A part of the screen that is shown what was, and not what is."""

    def __init__(self, plan: PlanView, then: Callable[[], Sight]) -> None:
        self.id, self._plan, self._sight = plan.id, plan, then

    def news(self, _sight: Sight) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._plan.news(self._sight())
        return found

    def forget(self) -> None:
        self._plan.forget()


def unasked(screen: Screen, wish: Asked, why: str) -> None:
    """The form alone, and what was wrong with what was asked for."""
    words = screen.words
    with panel(words, "replay.title").classes("hug"):
        if why:
            text = words("replay.refused", why=why)
            Region(fixed(node("p.trouble", text, role="alert")))
        Region(fixed(node("p.hint", words("replay.how")), form(wish, words)), look="further")
