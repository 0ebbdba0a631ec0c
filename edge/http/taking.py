"""A request from its head to its answer: who asks, what for, whether it may, what came, and that
it is durable."""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec

from core.errors import DiskFull
from core.media.credential import DEVICE
from devices import digest, lifting
from devices.adapter import Adapter, Message
from devices.fields import slug
from devices.registry import FAULTS
from devices.wire import Dialog, Exchange, Reply, Request
from edge.delivery import Answer
from edge.endpoint.unfinished import Sender
from edge.http import parts
from edge.http import target as targets
from edge.http.context import Context, log
from edge.http.declined import Declined
from edge.http.door import Shown
from edge.http.inflate import Inflated
from edge.http.multipart import Multipart, boundary_of, looks_like
from edge.http.parts import Assembly, Found
from edge.http.talk import Gone, Talk
from edge.http.target import Target

_OVERHEAD = 512  # bytes of memory a waiting message costs beside its payload, about
_QUIET_S = 1.0  # of a stream: what is whole by then gets no more pictures
_HEAD = 65_536  # bytes kept of a stream in which no part begins
_LARGE = 1_000_000  # bytes of a body
_AGAIN_S = 60  # what a device is asked to wait before it comes again
_UNNAMED = "unnamed"  # whose pictures nobody's name stands on
_STREAMS = ("multipart/mixed", "multipart/x-mixed-replace", "multipart/related")
_NAMES = ("sn", "deviceid")
_TAKEN = Reply(body=b"OK\n")
_FULL = Reply(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    body=b"no room: counted as not taken, and shown as a gap\n",
    headers={"retry-after": str(_AGAIN_S)},
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a request."""

    method: str
    raw: bytes  # its address, as it came
    headers: Mapping[str, str]
    address: str  # of who asks


class Taking:
    """Of one request."""

    def __init__(self, context: Context, talk: Talk, sender: Sender, asked: Asked) -> None:
        self._context, self._talk, self._sender, self._asked = context, talk, sender, asked
        self._http = context.http
        self._client = ""

    async def reply(self) -> Reply | None:
        """None: what came is not durable, and there is no answer. Declined: not even taken."""
        asked = self._asked
        target = targets.read(asked.raw, self._http.max_topic)
        if target.path == "/healthz" and asked.method in ("GET", "HEAD"):
            return _TAKEN
        found = self._context.dialogs.find(target.path)
        if found is not None and found[1].own_digest:
            self._context.door.watch(asked.address, self._context.now())
        else:
            self._client = await self._who(target)
            self._permit(target, dialog=found is not None)
        await self._share()
        if found is not None:
            return await self._in_dialog(*found, target)
        if self._endless():
            return await self._stream(target.topic)
        self._measured()
        body = await self._body(self._http.max_body)
        return await self._whole(target.topic, body)

    # -- who, and whether it may ---------------------------------------------------------------

    async def _who(self, target: Target) -> str:
        asked, door = self._asked, self._context.door
        shown = Shown(
            asked.headers.get("authorization", ""),
            target.secret,
            asked.method,
            asked.raw.decode("latin-1"),
            asked.address,
        )
        found = door.ask(shown, self._context.now())
        if isinstance(found, str):
            return found
        name, check = found
        passed = await self._context.slowly(check)
        return door.answer(name, shown, self._context.now(), passed=passed)

    def _permit(self, target: Target, *, dialog: bool) -> None:
        if not dialog and self._asked.method not in ("POST", "PUT"):
            raise Declined(405, "method", "POST or PUT what is to be taken", {"allow": "POST, PUT"})
        targets.check_topic(target.topic)
        rules = self._context.rules.get(self._client, self._context.nobody)
        if not rules.permits(target.topic):
            raise Declined(403, "topic", "this device may not send to this topic")
        device = self._context.door.devices.get(self._client)
        serials = device.serials if device is not None else self._http.serials
        if serials and not self._called(target, dialog=dialog) <= set(serials):
            raise Declined(403, "serial", "this device may not speak for that serial number")

    def _called(self, target: Target, *, dialog: bool) -> set[str]:
        """All that the device calls itself: one right name does not make up for another. Its
        topic ends in what its messages are told of."""
        named = {value for name, value in target.query.items() if name.lower() in _NAMES}
        if dialog:
            named.add(self._asked.headers.get("user-identify", ""))
        else:
            named.add(target.topic.rpartition("/")[2])
        return named - {""}

    async def _share(self) -> None:
        """Waits until this device may go on: it is slowed, and nobody else is."""
        context = self._context
        rate = context.rate(self._client, self._asked.address)
        rate.users += 1
        try:
            waited = False
            while rate.available(now := context.now()) < 1:
                waited = True
                await asyncio.sleep(rate.wait(now))
                rate.resumed(context.now())
            rate.take(1)
            if waited:
                rate.delayed += 1
                context.counters.throttled += 1
        finally:
            rate.users -= 1

    # -- what came -----------------------------------------------------------------------------

    def _length(self) -> int | None:
        told = self._asked.headers.get("content-length")
        return int(told) if told is not None else None  # h11 has looked at it

    def _measured(self) -> None:
        """Without a length there is no body, whatever follows: 200 would say it was taken. An
        event that is all in the headers needs none."""
        headers = self._asked.headers
        if headers.keys().isdisjoint({"content-length", "transfer-encoding", "ce-specversion"}):
            said = "the body needs a Content-Length, or to be chunked"
            raise Declined(411, "length", said)

    def _endless(self) -> bool:
        kind = self._asked.headers.get("content-type", "").partition(";")[0].strip().lower()
        length = self._length()
        unknown = "transfer-encoding" in self._asked.headers
        return kind in _STREAMS and (unknown or (length or 0) > self._http.max_body)

    async def _body(self, most: int) -> bytes:
        inflated = Inflated(self._asked.headers.get("content-encoding", ""))
        if (self._length() or 0) > most:
            raise Declined(413, "oversized", f"more than {most} bytes")
        large = (self._length() or 0) > _LARGE
        if large:
            await self._context.large.enter(self._sender)
        made, raw, broken = bytearray(), bytearray(), not inflated.coded
        async with asyncio.timeout(self._http.body_timeout_s) as limit:
            while (data := await self._talk.data()) is not None:
                raw += data
                if len(raw) > most:
                    raise Declined(413, "oversized", f"more than {most} bytes")
                if not broken:
                    try:
                        made += inflated.feed(data, most - len(made))
                    except ValueError:
                        broken = True
                        made.clear()
                self._context.unfinished.hold(self._sender, len(raw) + len(made))
                if not large and len(raw) + len(made) > _LARGE:
                    large = True
                    await self._context.large.enter(self._sender)
                    limit.reschedule(self._context.now() + self._http.body_timeout_s)
        return bytes(raw if broken else made)

    async def _whole(self, topic: str, body: bytes) -> Reply | None:
        keep = self._context.keeps
        read = functools.partial(parts.read, self._asked.headers, body, topic, keep=keep)
        found = await self._context.aside(len(body), read)
        return _said(await self._durable(topic, found))

    # -- durable -------------------------------------------------------------------------------

    async def _durable(
        self, topic: str, found: Sequence[Found], adapter: str = ""
    ) -> Answer | None:
        for one in found:
            await self._context.keep(self._camera(topic), one.pictures)
        return await self._tell([Message(topic, one.payload, one.media, adapter) for one in found])

    async def _tell(self, messages: Sequence[Message]) -> Answer | None:
        """None when it takes too long: then it may be durable or not, and the device asks again."""
        context = self._context
        rate = context.rate(self._client, self._asked.address)
        rate.take(max(0, len(messages) - 1))
        size = sum(len(one.payload) + _OVERHEAD for one in messages)
        await context.room.enter(size)
        context.free(self._sender)
        context.counters.messages += len(messages)
        telling = context.telling(context.link.tell(messages, self._client), size)
        done, _ = await asyncio.wait({telling}, timeout=self._http.answer_timeout_s)
        if not done:
            context.refused("unsettled")
            return None
        return telling.result()

    def _camera(self, topic: str) -> str:
        """Whose pictures they are, as far as that can be told before anything is decoded."""
        for name in (topic.rpartition("/")[2], self._client):
            if (cleaned := slug(name)) and DEVICE.fullmatch(cleaned):
                return cleaned
        return _UNNAMED

    # -- a stream without an end ---------------------------------------------------------------

    async def _stream(self, topic: str) -> Reply | None:
        """Every part becomes durable as it is whole; the answer comes when the stream ends."""
        inflated = Inflated(self._asked.headers.get("content-encoding", ""))
        boundary = boundary_of(self._asked.headers.get("content-type", ""))
        multipart = Multipart(boundary, self._http.max_body) if boundary else None
        assembly = Assembly(keep=self._context.keeps)
        head, refused = b"", False
        came = began = self._context.now()  # the last byte, and the part under way
        while True:
            ended = quiet = False
            try:
                async with asyncio.timeout(_QUIET_S):
                    data = await self._talk.data()
                ended, data = data is None, data or b""
            except TimeoutError:
                quiet, data = True, b""
            except Gone:
                self._context.refused("broken-off")
                ended, refused, data = True, True, b""
            try:
                data = inflated.feed(data, self._http.max_body)
            except ValueError as error:
                raise Declined(400, "coding", str(error)) from error
            if multipart is None:
                head += data
                if not (boundary := looks_like(head)) and len(head) < _HEAD and not ended:
                    continue
                multipart, data = Multipart(boundary or b"?", self._http.max_body), head
            elif not multipart.begun:
                head = (head + data)[:_HEAD]
            now = self._context.now()
            if data:
                came = now
            if not multipart.waiting or not multipart.held:
                began = now
            whole = multipart.feed(data)
            if whole:
                began = now
            if quiet:
                whole += multipart.quiet()
            elif ended:
                whole += multipart.end() if not refused else multipart.quiet()
            found = [one for part in whole for one in assembly.add(part)]
            if ended or (quiet and not multipart.waiting):
                found += assembly.flush()
            if ended and not multipart.begun and head:
                found.append(parts.message(head, keep=False))
            if found:
                answer = await self._durable(topic, found)
                if answer is None:
                    return None
                refused = refused or answer is not Answer.STORED
                await self._share()
            if ended:
                return _FULL if refused else _TAKEN
            self._context.unfinished.hold(self._sender, multipart.held)
            dawdling = multipart.waiting and multipart.held > 0
            self._patience(now - came, now - began if dawdling else 0.0)

    def _patience(self, quiet: float, under_way: float) -> None:
        """TimeoutError for a part that does not get whole, and for a stream that says nothing."""
        if quiet > self._http.stream_idle_s or under_way > self._http.body_timeout_s:
            self._context.refused("idle")
            raise TimeoutError("the stream went quiet")

    # -- dialogs -------------------------------------------------------------------------------

    async def _in_dialog(self, adapter: Adapter, dialog: Dialog, target: Target) -> Reply | None:
        context, asked = self._context, self._asked
        body = await self._body(min(dialog.most, self._http.max_body))
        lift = functools.partial(lifting.lift, body, keep=context.keeps)
        lifted = await context.aside(len(body), lift)
        headers = dict(asked.headers)
        if not dialog.own_digest:
            headers.pop("authorization", None)
        request = Request(
            method=asked.method,
            path=target.path,
            query=target.query,
            headers=headers,
            body=lifted.body,
            client=self._client,
            peer=asked.address,
        )
        turn = functools.partial(dialog.turn, request, context.place)
        try:
            exchange = await context.aside(len(lifted.body), turn)
        except FAULTS:
            # A mistake of ours: what came is kept to be looked at, and the device is told no.
            log.exception("%s: %s could not answer a request", asked.address, adapter.name)
            context.refused("fault")
            await self._tell([Message(target.topic, lifted.body, (), adapter.name)])
            return Reply(status=HTTPStatus.INTERNAL_SERVER_ERROR, body=b"cannot be answered\n")
        if exchange.reply.status == HTTPStatus.UNAUTHORIZED and dialog.own_digest:
            context.refused("dialog", unauthorized=True)
            if "authorization" in headers:
                context.door.failed(asked.address, context.now())
        if dialog.own_digest:
            self._theirs(exchange, target)
        return await self._told(exchange, adapter, lifted)

    def _theirs(self, exchange: Exchange, target: Target) -> None:
        """Declined where who proved itself to the dialog may not send here, or not for that
        device. Without proof in it, a request rests on an earlier one that had some."""
        devices = self._http.devices
        user = digest.fields(self._asked.headers.get("authorization", "")).get("username", "")
        for one in exchange.messages:
            said = one.topic.rpartition("/")[2]
            name = said if said in devices else user
            device = devices.get(name)
            if device is None:
                continue
            if not self._context.rules[name].permits(target.topic):
                raise Declined(403, "topic", "this device may not send to this topic")
            if device.serials and said not in device.serials:
                raise Declined(403, "serial", "this device may not speak for that serial number")

    async def _told(
        self, exchange: Exchange, adapter: Adapter, lifted: lifting.Lifted
    ) -> Reply | None:
        context = self._context
        messages = [_pictured(one, adapter.name, lifted) for one in exchange.messages]
        if messages:
            await context.keep(self._camera(messages[0].topic), lifted.pictures)
        answer = await self._tell(messages) if messages else Answer.STORED
        if answer is not Answer.STORED:
            return _said(answer)
        if exchange.notes:
            try:
                await context.slowly(functools.partial(context.notes.keep, exchange.notes))
            except DiskFull:  # the messages are durable: the device asks again, and they are known
                context.refused("disk")
                return _FULL
        return exchange.reply


def _said(answer: Answer | None) -> Reply | None:
    if answer is None:
        return None
    return _TAKEN if answer is Answer.STORED else _FULL


def _pictured(message: Message, adapter: str, lifted: lifting.Lifted) -> Message:
    """With those pictures that its payload names by their hash."""
    media = tuple(
        one.media for one in lifted.pictures if lifting.mark(one.media) in message.payload
    )
    return Message(
        message.topic, message.payload, (*message.media, *media), message.adapter or adapter
    )
