"""Being registered with a library: by digest when it asks, and again when it has forgotten."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

import orjson

from devices.gat1400.speaker import Speaker
from devices.gat1400.status import INVALID_OPERATION, OK, Status, read
from devices.wire import Request
from infra.handoff.config import Target
from infra.handoff.line import Answer, Away, HttpLine
from infra.handoff.mapping import Made

# Of the request itself, not of who asks: the same will not be taken another time.
_UNACCEPTABLE = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class Unregistered(Away):
    """It is there, and does not take who we are."""


class Unacceptable(Away):
    """It is there, and does not take these objects together."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it answered {status}")
        self.status = status


class Session:
    """Owns whether we are registered. One request at a time."""

    def __init__(self, target: Target) -> None:
        self._line = HttpLine(target.config.url, target.tls)
        config = target.config
        root = self._line.target("")
        self._speaker = Speaker(config.device, config.user, target.password, root)
        self.registered = False
        self._doubted = False  # it said no to a whole request, and was registered with since

    async def register(self) -> None:
        answer = await self._asked(self._speaker.register)
        statuses = read(answer.body)
        refused = any(one.code != OK for one in statuses)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES or refused:
            raise Unregistered(f"registration was answered {answer.status}, {statuses[:1]}")
        self.registered = True

    async def keepalive(self) -> None:
        """Away also where it has forgotten us: then it is registered anew."""
        answer = await self._asked(self._speaker.keepalive)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES or any(
            one.code != OK for one in read(answer.body)
        ):
            self.registered = False
            raise Unregistered(f"keep-alive was answered {answer.status}")

    async def post(self, made: Sequence[Made]) -> list[Status | None]:
        """What was said of each, in their order; None: nothing. All of one name."""
        name = made[0].name
        body = orjson.dumps({f"{name}ListObject": {f"{name}Object": [one.body for one in made]}})
        answer = await self._asked(lambda: self._speaker.asks("POST", f"/VIID/{name}s", body))
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self.registered = False
            raise Unregistered(f"it answered {answer.status}")
        if answer.status in _UNACCEPTABLE:
            raise Unacceptable(answer.status)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise Away(f"it answered {answer.status}")
        statuses, ids = read(answer.body), [one.id for one in made]
        # Some say with 200 that they no longer know us: once it is taken for that, and what is
        # said right after a registration is of the objects.
        lost = bool(statuses) and all(
            one.code == INVALID_OPERATION and one.id not in ids for one in statuses
        )
        if lost and not self._doubted:
            self._doubted, self.registered = True, False
            raise Unregistered(f"it answered status {INVALID_OPERATION} of the request")
        self._doubted = lost
        return said_of(statuses, ids)

    async def _asked(self, request: Callable[[], Request]) -> Answer:
        """Again with credentials where it asks for them."""
        answer = await self._line.ask(request())
        if answer.status == HTTPStatus.UNAUTHORIZED and self._speaker.challenged(answer.headers):
            answer = await self._line.ask(request())
            self._speaker.done()
        return answer


def said_of(statuses: Sequence[Status], ids: Sequence[str]) -> list[Status | None]:
    """By id where it repeats them; by place where it says as many; one alone speaks of all."""
    by_id = {one.id: one for one in statuses if one.id}
    if any(one in by_id for one in ids):
        return [by_id.get(one) for one in ids]
    if len(statuses) == len(ids):
        return list(statuses)
    if len(statuses) == 1:
        return [statuses[0]] * len(ids)
    return [None] * len(ids)
