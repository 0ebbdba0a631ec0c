"""Witnesses of the hub's log are asked to cosign whatever it publishes: all at once, each at its
own pace, and none of them can hold up the hub. Who saw another history is told to everybody.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any

import msgspec

from core.clock import Clock, rfc3339
from core.errors import BadProof, DiskFull, Unavailable
from core.events.witness import Refused
from core.ownjournal import Append
from core.tlog.log import TransparencyLog
from core.tlog.note import Signature, VerifierKey
from core.tlog.published import Published
from core.tlog.quorum import Quorum
from core.tlog.submitting import NotCosigned, Submitting, cosigned_before
from infra.hub.config import Settings
from infra.hub.link import whole
from infra.hub.transparency import events
from infra.hub.witness_line import Away, WitnessLine
from infra.witness.policy import places
from projections.web.witnessing import LATE_S, State, Witnessing, WitnessStanding

log = logging.getLogger("hub.witnesses")

_LOOK = 1.0  # seconds
_BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0)
_REFUSED = 60.0  # until one that refused is asked again
_ROUNDS = 3  # a witness that has moved is asked again from where it says it stands
_OPEN = 1_000  # checkpoints without quorum that are remembered; the oldest is

Tell = Callable[[str, Refused], None]  # name of the witness, what it said; returns once on record


class Witnesses:
    """Owns what is known of each in this process. Event loop only; `cosigned` and `tell` block, on
    worker threads."""

    def __init__(
        self,
        policy: Quorum,
        published: Callable[[], Published | None],
        cosigned: Callable[[int, Sequence[Signature]], None],
        tell: Tell,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._published = published
        self._cosigned = cosigned
        self._tell = tell
        self._all = {one.key for one in policy.witnesses.values()}
        self._witnesses = [
            _Witness(names[0], url, [policy.witnesses[name].key for name in names])
            for url, names in places(policy).items()
        ]
        self._size = 0  # of the newest checkpoint
        self._witnessed = 0
        self._by: dict[int, set[VerifierKey]] = {}
        self._open: list[tuple[int, float]] = []  # without quorum, and since when
        self._late = False

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """Each for ever; what is fatal in the log's files comes out of them (I8)."""
        return [self._watch(), *map(self._stand, self._witnesses)]

    def standing(self) -> Witnessing:
        return Witnessing(
            published=self._size,
            witnessed=self._witnessed,
            tail_s=time.monotonic() - self._open[0][1] if self._open else 0.0,
            witnesses=[one.standing for one in self._witnesses],
        )

    async def _watch(self) -> None:
        while True:
            published = self._published()
            if published is not None and published.size > self._size:
                self._begin(published)
            late = self.standing().tail_s > LATE_S
            if late and not self._late:
                states = [f"{one.standing.name} {one.standing.state}" for one in self._witnesses]
                log.error(
                    "%d leaves have no quorum of witnesses for more than %.0f s: %s",
                    self._size - self._witnessed, LATE_S, ", ".join(states) or "none is asked",
                )  # fmt: skip
            self._late = late
            await asyncio.sleep(_LOOK)

    def _begin(self, published: Published) -> None:
        """A checkpoint not seen before, and who cosigned it before this process began."""
        self._size = published.size
        if published.size > self._witnessed:  # else they were quicker than this look
            self._open.append((published.size, time.monotonic()))
            del self._open[1:-_OPEN]
        self._count(published.size, cosigned_before(published, self._all))

    def _count(self, size: int, keys: set[VerifierKey]) -> None:
        self._by.setdefault(size, set()).update(keys)
        if size > self._witnessed and self._policy.met(self._by[size]):
            self._witnessed = size
            self._open = [one for one in self._open if one[0] > size]
            self._by = {one: by for one, by in self._by.items() if one >= size}
        while len(self._by) > _OPEN:
            del self._by[next(iter(self._by))]

    async def _stand(self, one: "_Witness") -> None:
        failures = 0
        try:
            while True:
                pause, published = _LOOK, self._published()
                if published is not None and one.lacks(published):
                    try:
                        await self._ask(one, published)
                        failures = 0
                    except NotCosigned as error:
                        pause = _REFUSED
                        await self._refused(one, published, error)
                    except (Away, DiskFull, Unavailable, BadProof) as error:
                        pause = _BACKOFF[min(failures, len(_BACKOFF) - 1)]
                        failures += 1
                        one.now("away", str(error))
                await asyncio.sleep(pause)
        finally:
            one.line.close()

    async def _ask(self, one: "_Witness", published: Published) -> None:
        for _ in range(_ROUNDS):
            asked = await asyncio.to_thread(one.talk.ask, published)
            status, answer = await one.line.add_checkpoint(asked.encode())
            signatures = one.talk.heard(published, status, answer)
            if signatures:
                kept = partial(self._cosigned, published.size, signatures)
                await whole(asyncio.to_thread(kept))
                one.talk.kept = published.size
                keys = {key for key in one.talk.keys if any(map(key.made, signatures))}
                self._count(published.size, keys)
                at = rfc3339(self._clock.now())
                one.now("following", "", size=published.size, at=at)
                return
        raise Away("it stands elsewhere each time it is asked")

    async def _refused(self, one: "_Witness", published: Published, error: NotCosigned) -> None:
        """What says that there are two histories is on record once until it follows again."""
        told = one.standing.state == error.word
        one.now(error.word, error.detail)
        match error.word:
            case "inconsistent" | "ahead" | "forgot" as reason if not told:
                pass
            case _:
                return
        data = Refused(
            origin=published.checkpoint.head.origin,
            reason=reason,
            size=published.size,
            known=error.known,
            detail=error.detail,
        )
        log.critical("THE WITNESS %s SAW ANOTHER HISTORY: %s", one.standing.name, error)
        while True:
            try:
                await whole(asyncio.to_thread(self._tell, one.standing.name, data))
                return
            except (DiskFull, Unavailable) as away:
                log.error("that %s refused waits to be written: %s", one.standing.name, away)
                await asyncio.sleep(_BACKOFF[-1])


def open_witnesses(
    settings: Settings,
    tlog: TransparencyLog,
    own: Append,
    compounds: Callable[[], Collection[str]],
    clock: Clock,
) -> Witnesses | None:
    """Those of the policy; None where hub.toml names none."""
    policy = settings.quorum
    if not settings.config.log.policy:
        return None
    if policy.logs and not any(one.key.name == tlog.origin for one in policy.logs):
        log.warning("%s does not name this log, %s", settings.config.log.policy, tlog.origin)

    def tell(name: str, data: Refused) -> None:
        own(events(f"witness/{name}", data, compounds(), clock.now()), {})

    return Witnesses(policy, tlog.published, tlog.cosigned, tell, clock)


class _Witness:
    """One address, with all the keys that the policy has for it."""

    def __init__(self, name: str, url: str, keys: Sequence[VerifierKey]) -> None:
        self.line = WitnessLine(url)
        self.talk = Submitting(keys)
        self.standing = WitnessStanding(name=name, url=url, state="asking")
        self._recalled = False

    def lacks(self, published: Published) -> bool:
        """Whether there is something to ask; after a start what stands there already counts."""
        if not self._recalled:
            self.talk.recall(published)
            self._recalled = True
        return published.size > self.talk.kept

    def now(self, state: State, detail: str, **more: Any) -> None:
        if (state, detail) != (self.standing.state, self.standing.detail):
            log.info("%s: %s %s", self.standing.name, state, detail)
        self.standing = msgspec.structs.replace(self.standing, state=state, detail=detail, **more)
