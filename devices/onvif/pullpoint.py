"""Following a device by its PullPoint: subscribe, pull for ever, renew, and begin again where the
device has forgotten (it was switched off, or the subscription ran out).

What a device tells is handed over one notification a message, as it stood in the answer. A device
has only some places for subscribers: the address of ours is noted, emptied and given back before
another is taken, also by the life after a crash.
"""

from datetime import timedelta
from xml.etree.ElementTree import Element

import msgspec

from devices.adapter import Message
from devices.onvif import soap
from devices.wire import Line, LineLost, Sworn

_TAKEN = "subscription"  # note: the address of one that may still be there
_DEVICE_SERVICE, _EVENT_SERVICE = "/onvif/device_service", "/onvif/event_service"
_LASTS_S = 60  # of a subscription, asked for
_PULL_S = 8  # the device holds an answer so long when there is nothing; less than a line waits
_ALIVE_S = 30.0  # a quiet device is told of so often
_QUICK_S = 0.5  # an empty answer sooner than this did not wait
_DRAINS = 32  # answers of a subscription that is about to be given back
_TRIES = 3  # subscriptions in a row that fail before anything was pulled
_ALIVE = b"<PullMessagesResponse/>"


class _Denied(Exception):
    """The device answers with a fault."""

    def __init__(self, fault: soap.Fault, status: int) -> None:
        super().__init__(f"{status} {'/'.join(fault.codes)} {fault.reason}".strip())
        self.fault = fault


async def follow(line: Line) -> None:
    await _Follower(line).run()


class _Follower:
    """Owns one subscription at a time. Dying anywhere leaves one at the device, which is noted."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._device = line.source.device
        self._skew = timedelta()
        self._service = line.source.options.get("events", "")
        self._spoke = line.now() - timedelta(seconds=_ALIVE_S)

    async def run(self) -> None:
        await self._introduce()
        await self._give_back()
        failed = 0
        while True:
            if await self._subscribed():
                failed = 0
                continue
            failed += 1
            if failed >= _TRIES:
                raise LineLost(f"{failed} subscriptions ended before anything could be pulled")
            await self._line.pause(float(failed))

    async def _introduce(self) -> None:
        """The device's clock, by which it judges our token, and where its events are. Both are
        asked without proof; a device that tells neither is taken to be as the standard has it."""
        options = self._line.source.options
        at = options.get("device", _DEVICE_SERVICE)
        try:
            told = soap.clock(await self._ask(at, "GetSystemDateAndTime", proven=False))
        except _Denied:
            told = None
        if told is not None:
            self._skew = told - self._line.now()
        if not self._service:
            try:
                self._service = soap.events_at(await self._ask(at, "GetCapabilities"))
            except _Denied:
                self._service = ""
        self._service = self._service or _EVENT_SERVICE

    async def _give_back(self) -> None:
        noted = self._line.note(_TAKEN)
        if noted:
            try:
                taken = msgspec.json.decode(noted, type=soap.Subscription)
                await self._drain(taken)
                await self._ask(taken.address, "Unsubscribe", to=taken)
            except (_Denied, LineLost, msgspec.MsgspecError):
                pass  # it ran out meanwhile, or will within the minute
            self._line.keep(_TAKEN, "")

    async def _drain(self, taken: soap.Subscription) -> None:
        """What happened while nobody pulled is kept there, and given back it would be lost."""
        for _ in range(_DRAINS):
            answer = await self._ask(taken.address, "PullMessages", to=taken, seconds=1)
            messages = self._messages(answer)
            if not messages:
                return
            await self._line.tell(messages)

    def _messages(self, answer: Element) -> list[Message]:
        topic = f"onvif/{self._device}/event"
        return [Message(topic, one, (), "onvif") for one in soap.notifications(answer)]

    async def _subscribed(self) -> bool:
        """One subscription from its beginning to its end. Whether anything came of it."""
        try:
            made = await self._ask(self._service, "CreatePullPointSubscription", seconds=_LASTS_S)
        except _Denied as error:
            raise LineLost(f"no subscription: {error}") from error
        taken = soap.subscription(made)
        if taken is None:
            raise LineLost("an answer to CreatePullPointSubscription without an address")
        self._line.keep(_TAKEN, msgspec.json.encode(taken).decode())
        pulled = False
        renew_at = self._line.now() + timedelta(seconds=taken.lasts_s / 2)
        renews = True
        try:
            while True:
                await self._pull(taken)
                pulled = True
                if renews and self._line.now() >= renew_at:
                    renews, lasts = await self._renewed(taken)
                    renew_at = self._line.now() + timedelta(seconds=lasts / 2)
        except _Denied as error:
            if "NotAuthorized" in error.fault.codes:
                raise LineLost(f"refuses to be asked: {error}") from error
            return pulled

    async def _pull(self, taken: soap.Subscription) -> None:
        began = self._line.now()
        answer = await self._ask(taken.address, "PullMessages", to=taken, seconds=_PULL_S)
        messages = self._messages(answer)
        now = self._line.now()
        if messages:
            await self._line.tell(messages)
            self._spoke = now
            return
        if (now - self._spoke).total_seconds() >= _ALIVE_S:
            await self._line.tell([Message(f"onvif/{self._device}/event", _ALIVE, (), "onvif")])
            self._spoke = now
        if (now - began).total_seconds() < _QUICK_S:
            await self._line.pause(1.0)

    async def _renewed(self, taken: soap.Subscription) -> tuple[bool, float]:
        """Some devices know no Renew and prolong with every pull: they are not asked again."""
        try:
            answer = await self._ask(taken.address, "Renew", to=taken, seconds=_LASTS_S)
        except _Denied:
            return False, taken.lasts_s
        return True, soap.lasts_s(answer, taken.lasts_s)

    async def _ask(
        self,
        at: str,
        operation: str,
        *,
        to: soap.Subscription | None = None,
        seconds: int = 0,
        proven: bool = True,
    ) -> Element:
        body = soap.BODIES[operation]
        answer = await self._line.ask(
            "POST",
            at,
            soap.request(
                operation, body % seconds if "%d" in body else body, to, self._proof(proven)
            ),
            soap.type_of(operation),
        )
        if answer.status in (401, 403):
            raise LineLost(f"{answer.status} to {operation}: user or password is not taken")
        try:
            root = soap.read(answer.body)
        except soap.Unreadable as error:
            raise LineLost(f"{answer.status} to {operation}: {error}") from error
        if fault := soap.fault(root):
            raise _Denied(fault, answer.status)
        if answer.status >= 300:
            raise LineLost(f"{answer.status} to {operation}")
        return root

    def _proof(self, proven: bool) -> soap.Proof | None:
        """Beside the line's own digest: older devices know only one of the two."""
        user = self._line.source.user
        if not proven or not user or not isinstance(self._line, Sworn):
            return None
        password = self._line.secret()
        return soap.Proof(user, password, self._line.now() + self._skew) if password else None
