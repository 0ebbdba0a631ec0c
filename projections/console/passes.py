"""Visitors' passes: what was issued and what became of it; issuing, showing and revoking one."""

import base64
from functools import partial

from nicegui import ui

from projections.console.format import NONE, clock, count, short
from projections.console.links import listed
from projections.console.nodes import Node, badge, node
from projections.console.passform import PassForm
from projections.console.places import place
from projections.console.reasons import Because
from projections.console.region import Item
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.console.work import done
from projections.safe_community import occupancy
from projections.safe_community.rows.visitors import Pass
from projections.web.people import PassMade, PassWish
from projections.web.staff import Room

HEADS = ("id", "state", "valid", "doors", "uses", "by", "acts")
SHOWN = 200
IN_FORCE = frozenset(("issued", "used"))
_LOOKS = {"issued": ("calm", "check"), "used": ("calm", "check"), "revoked": ("hot", "cross")}


def in_force(sight: Sight) -> list[Pass]:
    return [one for one in occupancy.passes(sight.safe) if one.state in IN_FORCE]


def heads(words: Words) -> Node:
    return node("tr", *(node("th", words(f"pass.{key}")) for key in HEADS))


def items(sight: Sight, words: Words, acts: bool) -> list[Item]:
    """Those in force first, the newest of each first."""
    found = sorted(occupancy.passes(sight.safe), key=lambda one: (one.issued, one.pass_id))
    found.reverse()
    found.sort(key=lambda one: one.state not in IN_FORCE)
    made = [
        Item(one.pass_id, (one, sight.today), partial(drawn, one, words, sight, acts))
        for one in found[:SHOWN]
    ]
    if (left := len(found) - SHOWN) > 0:
        text = words("pass.more", n=count(left))
        made.append(Item("", left, lambda: node("tr", node("td", text, colspan="7"))))
    return made


def drawn(one: Pass, words: Words, sight: Sight, acts: bool) -> Node:
    now = sight.now
    href = listed(sight.compound, "visitor.pass.", "access.", subject=f"pass/{one.pass_id}")
    doors = " · ".join(place(door, words) for door in one.doors) or words("pass.everywhere")
    why = words.named("because", one.reason) if one.reason else ""
    able = acts and one.state in IN_FORCE
    buttons = [
        node("button.slight", words(f"pass.{verb}"), type="button", data_act=verb)
        for verb in ("show", "revoke")
        if able
    ]
    return node(
        "tr" if one.state in IN_FORCE else "tr.over",
        node("td", node("a", node("code", one.pass_id), href=href)),
        node("td", badge(*_LOOKS.get(one.state, ("quiet", "late")),
                         words.named("passstate", one.state)),
             node("em", why) if why else None),
        node("td.num", f"{short(one.valid_from, now)} – {short(one.valid_to, now)}",
             title=f"{one.valid_from} – {one.valid_to}"),
        node("td.clip", doors, title=doors),
        node("td", node("a", f"{count(one.used)} / {count(one.uses)}", href=href)),
        node("td", one.actor or NONE, node("time", clock(one.issued, now), title=one.issued)),
        node("td", node("span.does", *buttons)),
        data_pass=one.pass_id,
    )  # fmt: skip


class Passes:
    """Of one page. A QR code is shown to who asked for it and kept nowhere."""

    def __init__(self, screen: Screen, room: Room, because: Because) -> None:
        self._screen, self._room, self._because = screen, room, because
        words = screen.words
        self._form = PassForm(screen, self._issue)
        with ui.dialog() as self._shown, ui.card().classes("confirm pass"):
            self._what = ui.label().classes("what")
            self._code = ui.element("img").classes("code")
            ui.label(words("pass.holder")).classes("when")
            with ui.element("div").classes("buttons"):
                ui.button(words("pass.close"), on_click=self._shown.close).props(
                    "unelevated no-caps autofocus"
                )

    def ask(self) -> None:
        self._form.open()

    def act(self, verb: str, pass_id: str) -> object:
        """What a row's button says."""
        screen, words = self._screen, self._screen.words
        if not screen.visit.acts:
            return None
        if verb == "revoke":
            self._because.ask(
                words("pass.sureRevoke", id=pass_id), words("muster.on_record"),
                words("pass.revoke"), "cancelled", partial(self._revoke, pass_id),
            )  # fmt: skip
            return None
        return self._show(pass_id, pass_id) if verb == "show" else None

    async def _issue(self, wish: PassWish) -> bool:
        screen = self._screen
        if not screen.live():
            screen.leave()
            return False

        def work() -> PassMade:
            account, compound = screen.visit.account, screen.sight.compound
            self._room.allowance.take("pass", account)
            return self._room.people.issue(compound, account, wish)

        made = await done(screen.words, work)
        if made is None:
            return False
        await self._show(made.pass_id, screen.words("pass.issued", id=made.pass_id))
        return True

    async def _show(self, pass_id: str, what: str) -> None:
        screen, people = self._screen, self._room.people
        if not screen.live():
            screen.leave()
            return

        def work() -> bytes:
            return people.picture(people.code(screen.sight.compound, pass_id), "svg")

        drawn_code = await done(screen.words, work)
        if drawn_code is None:
            return
        self._what.text = what
        # An image runs no script, whatever stands in it.
        text = base64.b64encode(drawn_code).decode()
        self._code.props["src"] = f"data:image/svg+xml;base64,{text}"
        self._code.props["alt"] = f"{screen.words('pass.show')} {pass_id}"
        self._code.update()
        self._shown.open()

    async def _revoke(self, pass_id: str, reason: str) -> None:
        screen = self._screen
        account, compound = screen.visit.account, screen.sight.compound

        def work() -> int:
            self._room.allowance.take("pass", account)
            return self._room.people.revoke(compound, account, pass_id, reason)

        await done(screen.words, work)
