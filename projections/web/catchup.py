"""Somebody sends a vehicle for bins that were missed: one event, however often it is asked for."""

import msgspec
from fastapi import HTTPException

from core.clock import rfc3339
from core.events.custody import CatchUpDispatched
from core.moment import millis
from projections.days import day_of
from projections.view import DISTRICT
from projections.waste_district.asked import board
from projections.waste_district.held import Held
from projections.waste_district.records import dispatch_key
from projections.waste_district.register.register import Register
from projections.waste_district.rows.papers import Dispatch
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.standing import Standing
from projections.web.waste_asked import VIEW


class CatchUp(msgspec.Struct, frozen=True, kw_only=True):
    """`bins` are keys, sorted."""

    route: str
    day: str
    vehicle: str
    bins: tuple[str, ...]
    note: str = ""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """`position` 0: that vehicle was sent for all of these before."""

    actor: str
    at: str
    position: int = 0


class CatchUps:
    """Any thread; blocks for one fsync. Dying after the append is safe: nobody is sent before the
    view has read it, and who asks again then is told that it was done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._standing = Standing(desk)

    def dispatch(self, wish: CatchUp, account: Account) -> Done:
        with self._standing.turn():
            before = self._before(wish)
            if before is not None:
                return before
            self._check(wish)
            at = rfc3339(self._desk.clock.now())
            data = CatchUpDispatched(
                day=wish.day,
                vehicle=wish.vehicle,
                bins=wish.bins,
                actor=account.name,
                note=wish.note,
            )
            event = event_of(DISTRICT, f"route/{wish.route}", data, at)
            position = self._standing.append(DISTRICT, wish.route, event)
            return Done(actor=account.name, at=at, position=position)

    def _before(self, wish: CatchUp) -> Done | None:
        """When these bins were seen to, if that vehicle is the one that was sent last."""
        rows = Held(self._desk.runner.rows(VIEW, DISTRICT)[1])
        sent = rows.get("dispatch", dispatch_key(wish.route, wish.day), Dispatch)
        for event in self._standing.of(DISTRICT, wish.route):
            said = event.data
            assert isinstance(said, CatchUpDispatched)
            if said.day == wish.day:
                bins = (*said.bins, *(sent.bins if sent else ()))
                sent = Dispatch(vehicle=said.vehicle, bins=bins, actor=said.actor, at=event.time)
        if sent is None or sent.vehicle != wish.vehicle or not {*wish.bins} <= {*sent.bins}:
            return None
        return Done(actor=sent.actor, at=sent.at)

    def _check(self, wish: CatchUp) -> None:
        """404 for what the register does not have now, 422 for bins of other routes, 409 for what
        cannot have been missed: bins that were lifted, and days to come. Today's may be sent for
        before they are: a vehicle that broke down comes for none."""
        kinds = self._desk.runner.rows(VIEW, DISTRICT)[1]
        register = Register(kinds)
        now = millis(rfc3339(self._desk.clock.now()))
        if register.vehicle(wish.vehicle, now) is None:
            raise HTTPException(404, f"The register has no vehicle {wish.vehicle}.")
        planned = [one for _, one in register.routes_on(wish.day) if one.route == wish.route]
        if not planned:
            raise HTTPException(404, f"No route {wish.route} is driven on {wish.day}.")
        others = sorted({*wish.bins} - {*planned[0].bins})
        if others:
            raise HTTPException(422, f"{', '.join(others[:5])}: not planned on {wish.route}.")
        if wish.day > day_of(now):
            raise HTTPException(409, f"{wish.day} is still to come: nothing was missed.")
        lifted = sorted({*wish.bins} & {*board.done(kinds, wish.route, wish.day)})
        if lifted:
            raise HTTPException(409, f"{', '.join(lifted[:5])}: lifted on {wish.day}.")
