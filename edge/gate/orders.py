"""Orders of people, through the hub: obeyed once, in time, and answered whatever becomes of them.

What is not signed by the hub answers nobody; it is told of once a minute, so that a stranger on
the broker can neither act nor fill the log.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

from core.clock import parse_rfc3339
from core.command import Command, CommandRefused, open_command
from core.events.access import AntipassbackReset, Granted
from core.events.door import DoorMode, ModeChanged
from core.events.policy import CommandDone
from core.policy import standing as stands
from core.site import Site
from edge.gate.desk import NATIVE
from edge.gate.items import Order
from edge.gate.memory import remember_order
from edge.gate.opening import FRESH, opening, topic_of
from edge.gate.screening import OUTCOMES, release
from edge.gate.turn import Turn
from edge.hubkeys import HubKeys
from edge.watch.fact import key_of

_MODES: dict[str, DoorMode] = {name: name for name in get_args(DoorMode)}
_QUIET = timedelta(minutes=1)
_KINDS = ("door/", "gate/")
DeviceOf = Callable[[Site, str], tuple[str, str]]  # door → device, as whom it is signed in


class Orders:
    """Owns when a frame that answers nobody was told of; a restart may tell once more."""

    def __init__(self, compound: str, gateway: str, hub_keys: HubKeys, device_of: DeviceOf) -> None:
        self._compound, self._gateway, self._hub_keys = compound, gateway, hub_keys
        self._device_of = device_of
        self._told: dict[str, datetime] = {}

    def received(self, turn: Turn, site: Site, version: int, order: Order) -> None:
        try:
            command = open_command(
                order.frame, self._hub_keys.now, self._compound, self._gateway, turn.now
            )
            if command.verb != order.verb:
                raise CommandRefused("malformed", "signed for another topic")
        except CommandRefused as refused:
            if not refused.id:
                self._stray(turn, order, refused.reason)
            elif refused.id not in turn.memory.orders:
                self._answer(turn, refused.id, refused.verb, refused.reason)
            return
        if command.id not in turn.memory.orders:
            outcome = self._obey(turn, site, version, command)
            self._answer(turn, command.id, command.verb, outcome)

    def _answer(self, turn: Turn, name: str, verb: str, outcome: str) -> None:
        turn.say(CommandDone(command=name, verb=verb, outcome=outcome), cause=name)
        turn.remembers(orders=remember_order(turn.memory.orders, name))

    def _stray(self, turn: Turn, order: Order, reason: str) -> None:
        last = self._told.get(reason)
        if last is None or not timedelta() <= turn.now - last < _QUIET:
            self._told[reason] = turn.now
            turn.say(CommandDone(command="", verb=order.verb[:32], outcome=reason))

    def _obey(self, turn: Turn, site: Site, version: int, command: Command) -> str:
        if command.verb == "reset":
            return self._reset(turn, site, command)
        door = key_of(command.target)
        if not command.target.startswith(_KINDS):
            return "unknown"
        if command.verb == "release":
            outcome = OUTCOMES.get(command.args.get("outcome", ""))
            if outcome is None:
                return "refused"
            done = release(
                turn, door, outcome,
                actor=command.actor, command=command.id, of=command.args.get("measured", ""),
            )  # fmt: skip
            return "obeyed" if done else "unknown"
        if site.doors and door not in site.doors:
            return "unknown"
        if command.verb == "mode":
            return self._mode(turn, site, door, command)
        return self._open(turn, site, door, version, command)

    def _open(self, turn: Turn, site: Site, door: str, version: int, command: Command) -> str:
        device, user = self._device_of(site, door)
        granted = Granted(
            credential="remote",
            policy=version,
            request=command.id,
            native={"adapter": NATIVE},
        )
        name = turn.say(granted, device, command.target, cause=command.id)
        if site.door(door).interlock:
            turn.stands(stands.granted(turn.standing, door, turn.now))
        self._say(turn, site, command, name, device, user)
        return "obeyed"

    def _mode(self, turn: Turn, site: Site, door: str, command: Command) -> str:
        mode = _MODES.get(command.args.get("mode", ""))
        if mode is None or mode == "unknown":
            return "refused"
        device, user = self._device_of(site, door)
        changed = ModeChanged(mode=mode, cause="command", native={"adapter": NATIVE})
        name = turn.say(changed, device, command.target, cause=command.id)
        turn.stands(stands.mode(turn.standing, door, mode))
        self._say(turn, site, command, name, device, user, mode=mode)
        return "obeyed"

    def _reset(self, turn: Turn, site: Site, command: Command) -> str:
        ref, area = command.args.get("ref", ""), command.args.get("area", "")
        if area and site.areas and area not in site.areas:
            return "unknown"
        turn.stands(stands.reset(turn.standing, ref=ref, area=area))
        reset = AntipassbackReset(subject_ref=ref, area=area, command=command.id)
        turn.say(reset, "", f"area/{area}" if area else "", cause=command.id)
        return "obeyed"

    def _say(
        self, turn: Turn, site: Site, command: Command, name: str, device: str, user: str,
        **more: str,
    ) -> None:  # fmt: skip
        until = min(parse_rfc3339(command.until), turn.now + FRESH)
        turn.openings.append(
            opening(
                verb=command.verb,
                decision=name,
                door=command.target,
                device=device,
                topic=topic_of(site, command.target, command.verb, user or device),
                until=until,
                more=more,
            )
        )
