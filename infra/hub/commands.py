"""Orders of people to gateways: on record first, then on their way; the answer is an event."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import get_args

from core.clock import Clock, rfc3339
from core.command import Command, Verb, sign
from core.events.door import DoorMode
from core.events.policy import CommandIssued
from core.keys import Signer
from core.ownjournal import Append
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.presence import Device
from projections.view import Kinds
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.lookups import REFERENCE
from projections.web.people import OrderMade, Unfit, Unready, Wish
from projections.web.reasons import stated

# How long an order may be obeyed (I9). What opens is meant for who stands there now.
GOOD: Mapping[Verb, timedelta] = {
    "open": timedelta(seconds=10),
    "mode": timedelta(seconds=30),
    "release": timedelta(seconds=60),
    "reset": timedelta(seconds=60),
}
_KINDS: Mapping[Verb, tuple[str, ...]] = {
    "open": ("door", "gate"),
    "mode": ("door", "gate"),
    "release": ("door", "gate"),
    "reset": ("area", "subject", "door", "gate"),
}
_ARGS: Mapping[Verb, frozenset[str]] = {
    "open": frozenset(),
    "mode": frozenset({"mode"}),
    "release": frozenset({"measured", "outcome"}),
    "reset": frozenset({"ref", "area"}),
}
_MODES = tuple(name for name in get_args(DoorMode) if name != "unknown")
_OUTCOMES = ("admitted", "turned-away")
Send = Callable[[str, str, str, bytes], bool]  # compound, gateway, verb, payload


class Commands:
    """Any thread; blocks for one sync. Dying between record and sending leaves an order on record
    that nobody answers, which the desk shows."""

    def __init__(
        self,
        signer: Signer,
        clock: Clock,
        gateways: Mapping[str, Sequence[str]],
        append: Append,
        send: Send,
        rows: Callable[[str], Kinds],
    ) -> None:
        self._signer = signer
        self._clock = clock
        self._gateways = gateways  # compound → names
        self._append = append
        self._send = send
        self._rows = rows

    def order(self, compound: str, account: Account, wish: Wish) -> OrderMade:
        check(wish)
        gateway = self._gateway(compound, wish)
        word, note = stated(wish.reason, account.name)
        now = self._clock.now()
        at, until = rfc3339(now), rfc3339(now + GOOD[wish.verb])
        data = CommandIssued(
            verb=wish.verb,
            target=wish.target,
            actor=account.name,
            reason=word,
            until=until,
            gateway=gateway,
        )
        event = event_of(compound, wish.target, data, at)
        command = Command(
            id=event.id,
            verb=wish.verb,
            compound=compound,
            gateway=gateway,
            target=wish.target,
            issued=at,
            until=until,
            actor=account.name,
            args=wish.args,
        )
        position = self._append([event], {event.id: note} if note else {})
        if not self._send(compound, gateway, wish.verb, sign(command, self._signer)):
            raise Unready("too many orders wait for the gateways already; this one is not sent")
        return OrderMade(id=event.id, gateway=gateway, until=until, position=position)

    def _gateway(self, compound: str, wish: Wish) -> str:
        there = self._gateways.get(compound, ())
        if wish.gateway:
            if wish.gateway not in there:
                raise Unfit(f"{compound} has no gateway of the name given")
            return wish.gateway
        if len(there) == 1:
            return there[0]
        found = _speaks_for(self._rows(compound), wish.target)
        if found not in there:
            raise Unfit("which gateway? none has spoken of this target yet; name one in gateway")
        return found


def check(wish: Wish) -> None:
    """Unfit names what is wrong: what a gateway would not understand is not sent."""
    kind, _, key = wish.target.partition("/")
    if kind not in _KINDS[wish.verb] or not key:
        words = " or ".join(f"{one}/…" for one in _KINDS[wish.verb])
        raise Unfit(f"the target of {wish.verb} is {words}")
    if unknown := sorted(wish.args.keys() - _ARGS[wish.verb]):
        raise Unfit(f"{wish.verb} takes no argument {unknown[0]}")
    args = wish.args
    if wish.verb == "release" and (
        not args.get("measured") or args.get("outcome") not in _OUTCOMES
    ):
        raise Unfit(f"release needs measured (an event's id) and outcome: {' or '.join(_OUTCOMES)}")
    if wish.verb == "mode" and args.get("mode") not in _MODES:
        raise Unfit(f"mode needs mode: {', '.join(_MODES)}")
    if wish.verb == "reset":
        if bool(args.get("ref")) == bool(args.get("area")):
            raise Unfit("reset needs either ref or area")
        if args.get("ref") and not re.fullmatch(REFERENCE, args["ref"]):
            raise Unfit("ref is `s:` and 32 hex digits")


def _speaks_for(rows: Kinds, target: str) -> str:
    """The gateway of the device that told of this door last."""
    door = rows.get("door", {}).get(target)
    device = rows.get("device", {}).get(door.device) if isinstance(door, Door) else None
    return device.gateway if isinstance(device, Device) else ""
