"""The scales that a load went over: the vehicle's lifter and the weighbridges. What they may be off
by together, and whether a ticket says what can be."""

from collections.abc import Iterable, Sequence

from core.events.register import Scale
from projections.waste_district.lifts.lift import Resolved
from projections.waste_district.loads.tolerance import TOLERANCE, Readings, bridge, lifter, together
from projections.waste_district.register.register import Register
from projections.waste_district.rows.register import VehicleVersion
from projections.waste_district.rows.tickets import Ticket
from projections.waste_district.rows.trips import GapName

_LIMITS = TOLERANCE.ticket


def kept_tare(one: Resolved) -> bool:
    """The lift's net was worked out with a tare that the scale did not read."""
    lift = one.lift
    return one.weighed and lift.gross_g is not None and lift.tare_g is None


def stored_tare(ticket: Ticket) -> bool:
    """Its vehicle was not weighed empty this time."""
    weighed = [one for one in ticket.words if one.what == "weighed" and one.tare_from]
    return bool(weighed) and weighed[-1].tare_from == "stored"


class Scales:
    """`zero_g`: by which the lifter's zero is off on that day, where its empty bins say so."""

    def __init__(self, vehicle: VehicleVersion | None, zero_g: int, register: Register) -> None:
        self._vehicle = vehicle
        self._register = register
        self._lifter = lifter(vehicle.scale if vehicle else Scale())
        self.zero_g = zero_g

    def tolerance(self, lifts: Iterable[Resolved], tickets: Sequence[Ticket]) -> int:
        nets = [
            self._lifter.net(one.lift.gross_g, one.lift.tare_g, one.net_g)
            for one in lifts
            if one.weighed
        ]
        for ticket in tickets:
            nets.extend(self._bridged(ticket))
        return together(nets)

    def fault(self, ticket: Ticket, lifted_g: int) -> GapName | None:
        """Why its net can not be taken as what was brought; None: it can."""
        if self._contradicts(ticket):
            return "impossible-weight"
        net = ticket.net_g
        if net is None:
            return "unweighed-load"
        most, least = _LIMITS.most_g, self._bridge(ticket).division_g
        vehicle = self._vehicle
        if vehicle is not None and vehicle.capacity_g:
            most = min(most, vehicle.capacity_g * _LIMITS.capacity_percent // 100)
        much_lifted = lifted_g >= _LIMITS.lifted_g and net * _LIMITS.share < lifted_g
        empty = vehicle.tare_g if vehicle and ticket.tare_g != 0 else None  # 0: tared by hand
        light = empty is not None and any(
            grams is not None and grams * 100 < empty * _LIMITS.tare_percent
            for grams in (ticket.gross_g, ticket.tare_g)
        )
        if net > most or 0 < net < least or much_lifted or light:
            return "impossible-weight"
        return None

    def _contradicts(self, ticket: Ticket) -> bool:
        """A facility may take water and dirt off the net, and nobody adds anything. Who corrects
        a net alone says that what was weighed was wrong."""
        if ticket.gross_g is None or ticket.tare_g is None:
            return False
        weighed = ticket.gross_g - ticket.tare_g
        if weighed < 0:
            return True
        net = weighed if ticket.net_g is None or ticket.corrected else ticket.net_g
        return net > weighed + self._bridge(ticket).division_g or net * _LIMITS.share < weighed

    def _bridge(self, ticket: Ticket) -> Readings:
        known = self._register.weighbridge(ticket.weighbridge, ticket.ms)
        return bridge(known.scale if known else Scale())

    def _bridged(self, ticket: Ticket) -> list[tuple[int, int]]:
        net, readings = ticket.net_g or 0, self._bridge(ticket)
        empty = self._vehicle.tare_g if self._vehicle else None
        tare = ticket.tare_g if ticket.tare_g is not None else empty or 0
        gross = ticket.gross_g if ticket.gross_g is not None else net + tare
        if not stored_tare(ticket):
            return [readings.net(gross, tare, net)]
        return [readings.net(gross, None, net), (TOLERANCE.stored_tare_g**2, 0)]
