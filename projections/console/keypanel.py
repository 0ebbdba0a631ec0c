"""Whose signature the hub believes and what became of it; an administrator enrols and revokes."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from nicegui import ui

from core.events.key import Reason
from projections.console.format import clock
from projections.console.frame import panel
from projections.console.nodes import Node, badge, node
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.work import done
from projections.web.keys import Enrol, Key, KeyLine, Keys

SHOWN = 50  # events, newest first
_SHORT = 16  # digits of a key


class KeyPanel:
    """Of one page. Whoever answers is checked again."""

    def __init__(self, screen: Screen, keys: Keys) -> None:
        self._screen, self._keys = screen, keys
        self._admin = screen.visit.account.role == "admin"
        with ui.dialog() as self._dialog:
            self._card = ui.card().classes("confirm")

    def build(self) -> None:
        screen, words = self._screen, self._screen.words
        with ui.element("div").classes("keypanels"):
            with panel(words, "key.title", words("key.note")):
                if self._admin:
                    enrol = ui.button(words("key.enrol"), on_click=self._enrolling)
                    enrol.props("outline no-caps dense")
                look, empty = "keys scrolls", words("key.none")
                screen.region(self._now, look=look, empty=empty, act=self._revoking)
            with panel(words, "key.history"):
                screen.region(self._past, look=look, empty=empty)

    def _now(self, sight: Sight) -> list[Item]:
        """Of this compound, and the hub's own."""
        return [
            Item(one.key, one, partial(drawn, one, self._screen.words, self._admin))
            for one in self._keys.known()
            if one.compound in ("", sight.compound)
        ]

    def _past(self, sight: Sight) -> list[Item]:
        found = [one for one in self._keys.history() if one.compound in ("", sight.compound)]
        return [
            Item(f"{one.position}/{one.key}", (one, sight.today),
                 partial(line, one, self._screen.words, clock(one.at, sight.now)))
            for one in found[::-1][:SHOWN]
        ]  # fmt: skip

    def _enrolling(self) -> None:
        words = self._screen.words
        self._card.clear()
        with self._card:
            ui.label(words("key.enrol")).classes("question")
            gateway, public, reason = (
                ui.input(words(f"key.{name}")).props("outlined dense dark autocomplete=off")
                for name in ("gateway", "public", "reason")
            )
            self._buttons(
                words("key.enrol"),
                lambda: self._keys.enrol(
                    self._screen.visit.account,
                    Enrol(
                        compound=self._screen.sight.compound,
                        gateway=str(gateway.value or "").strip(),
                        key=str(public.value or "").strip().lower(),
                        reason=str(reason.value or "").strip()[:200],
                    ),
                ),
            )
        self._dialog.open()

    def _revoking(self, verb: str, key: str) -> None:
        if verb != "revoke" or not self._admin:
            return
        words = self._screen.words
        self._card.clear()
        with self._card:
            ui.label(words("key.ask")).classes("question")
            ui.label(key[:_SHORT] + "…").classes("what")
            options: dict[Reason, str] = {
                one: words.named("keyReason", one) for one in get_args(Reason)
            }
            chosen = ui.toggle(options, value="stolen").props("no-caps dense")
            chosen.props["aria-label"] = words("key.reason")
            self._buttons(
                words("key.revoke"),
                lambda: self._keys.revoke(
                    self._screen.visit.account, key, chosen.value or "stolen"
                ),
            )
        self._dialog.open()

    def _buttons(self, yes: str, work: Callable[[], int]) -> None:
        words = self._screen.words

        async def answer() -> None:
            if not self._screen.live():
                self._screen.leave()
                return
            self._dialog.close()
            if await done(words, work) is not None:
                ui.notify(words("key.done"), type="positive")
                self._screen.redraw()

        with ui.element("div").classes("buttons"):
            cancel = ui.button(words("confirm.cancel"), on_click=self._dialog.close)
            cancel.props("flat no-caps")
            ui.button(yes, on_click=answer).props("unelevated no-caps")


def drawn(one: Key, words: Words, admin: bool) -> Node:
    button = node("button.slight", words("key.revoke"), type="button", data_act="revoke")
    return node(
        "div.keyrow",
        node("b", _who(one, words)),
        node("code", f"{one.key[:_SHORT]}…", title=one.key),
        _state(one, words),
        node("span.note", words("key.since", n=one.begins)),
        button if admin and not one.revoked and (one.role != "hub" or one.rotated) else None,
        data_key=one.key,
    )


def line(one: KeyLine, words: Words, when: str) -> Node:
    why = words("key.disbelieved", why=one.disbelieved) if one.disbelieved else ""
    told = (why, words.named("keyReason", one.reason), one.actor)
    said = " · ".join(part for part in told if part)
    return node(
        "a.keyline",
        node("span.num", when, title=one.at),
        node("b", words.named("type", one.type)),
        node("span", _who(one, words)),
        node("code", f"{one.key[:_SHORT]}…", title=one.key),
        node("span.why", said, title=said),
        href=f"/events/{one.position}",
    )


def _who(one: Key | KeyLine, words: Words) -> str:
    return one.gateway or (words("key.hub") if one.role == "hub" else one.role)


def _state(one: Key, words: Words) -> Node:
    if one.revoked:
        why = words.named("keyReason", one.reason)
        return badge("hot", "cross", words("key.revoked", why=why))
    if one.rotated:
        return badge("late", "late", words("key.rotated"))
    return badge("calm", "check", words("key.believed"))
