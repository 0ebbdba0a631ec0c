"""The endpoint on a table: a loop whose clock is moved by hand, transports that keep what is
written, an intake that settles when told. No sockets, no waiting."""

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.delivery import Answer, Delivery
from edge.endpoint import build, codec
from edge.endpoint.config import Endpoint, Resolved
from edge.endpoint.connection import Connection
from edge.endpoint.context import Context
from edge.endpoint.message import Message
from edge.endpoint.packets import (
    Ack,
    Connack,
    Connect,
    Disconnect,
    Filter,
    Packet,
    Publish,
    Suback,
    Subscribe,
    Will,
)
from edge.endpoint.password import Password
from edge.endpoint.properties import NONE, Kind, Properties

PacketT = TypeVar("PacketT")
# One that may do everything; the tests of access make their own.
OPEN = Endpoint(anonymous=True, publish=("#",), subscribe=("#",))


def endpoint(**changed: Any) -> Endpoint:
    return msgspec.structs.replace(OPEN, **changed)


class Timer:
    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._callback, self._args = callback, args
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def run(self) -> None:
        if not self._cancelled:
            self._callback(*self._args)


class Loop:
    """Runs what is due when time is moved, in order."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._due: list[tuple[float, int, Timer]] = []
        self._number = count()
        self.checks: list[tuple[Future[bool], Callable[[], bool]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], /, *args: Any) -> Timer:
        return self.call_later(0, callback, *args)

    call_soon_threadsafe = call_soon

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> Timer:
        timer = Timer(callback, args)
        heapq.heappush(self._due, (self.now + delay, next(self._number), timer))
        return timer

    def run_in_executor(
        self, _executor: Executor | None, func: Callable[[], bool], /
    ) -> "Future[bool]":
        future: Future[bool] = Future()
        self.checks.append((future, func))
        return future

    def finish_checks(self) -> None:
        while self.checks:
            future, func = self.checks.pop(0)
            future.set_result(func())
        self.run()

    def run(self, seconds: float = 0.0) -> None:
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            at, _, timer = heapq.heappop(self._due)
            self.now = max(self.now, at)
            timer.run()
        self.now = until


class Wire(asyncio.Transport):
    """One client's end: says packets, keeps what it is told."""

    def __init__(self, bench: "Bench", version: int, address: str, common_name: str = "") -> None:
        super().__init__()
        self.version = version
        self.paused = self.closed = self.aborted = self.ended = False
        self.reset = False  # by the client, and nobody has noticed yet
        self.sent: list[Packet] = []  # to the client, in order
        self.writes: list[bytes] = []
        self._partial = b""
        self._bench = bench
        self._extra: dict[str, Any] = {"peername": (address, 1)}
        if common_name:
            self._extra["peercert"] = {"subject": ((("commonName", common_name),),)}
        self.connection = Connection(bench.context)
        self.connection.connection_made(self)

    def say(self, *packets: Packet) -> None:
        self.raw(b"".join(build.encode(one, self.version) for one in packets))

    def raw(self, data: bytes) -> None:
        assert not self.paused, "nobody reads"
        self.connection.data_received(data)
        self._bench.loop.run()

    def publish(
        self, topic: str, payload: bytes = b"{}", qos: int = 1, packet: int = 1, **more: Any
    ) -> None:
        self.say(Publish(topic, payload, qos, packet=packet if qos else 0, **more))

    def subscribe(self, *filters: str | Filter, qos: int = 2, identifier: int = 0) -> Suback:
        lines = tuple(Filter(one, qos) if isinstance(one, str) else one for one in filters)
        told = Properties(subscription_ids=(identifier,)) if identifier else NONE
        self.say(Subscribe(99, lines, told))
        return self.last(Suback)

    def all(self, kind: type[PacketT]) -> list[PacketT]:
        return [one for one in self.sent if isinstance(one, kind)]

    def last(self, kind: type[PacketT]) -> PacketT:
        found = self.all(kind)
        assert found, f"no {kind.__name__} among {self.sent}"
        return found[-1]

    def acks(self, kind: Kind = Kind.PUBACK) -> list[tuple[int, int]]:
        return [(one.packet, one.reason) for one in self.all(Ack) if one.kind is kind]

    def messages(self) -> list[tuple[str, bytes]]:
        return [(one.topic, one.payload) for one in self.all(Publish)]

    def forget(self) -> None:
        self.sent.clear()
        self.writes.clear()

    def vanish(self) -> None:
        """Without a DISCONNECT."""
        self.closed = True
        self.connection.connection_lost(None)
        self._bench.loop.run()

    def bye(self, reason: int = 0, properties: Properties = NONE) -> None:
        self.say(Disconnect(reason, properties))

    # asyncio.Transport

    def write(self, data: Any) -> None:
        assert not self.closed, "written after close"
        assert not self.ended, "written after the end"
        self.writes.append(bytes(data))
        self._partial += bytes(data)
        while (span := codec.frame(self._partial, 0, 1 << 28, self.version)) is not None:
            if span[1] > len(self._partial):
                break
            head, body = self._partial[0], self._partial[span[0] : span[1]]
            self._partial = self._partial[span[1] :]
            self.sent.append(codec.decode(head, body, self.version))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._extra.get(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if self.reset:
            raise OSError(107, "Transport endpoint is not connected")
        self.ended = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._bench.loop.call_soon(self.connection.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()


class Below(asyncio.Transport):
    """A socket's transport, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = self.ended = False

    def write(self, data: Any) -> None:
        assert not self.closed
        assert not self.ended
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class Bench:
    """The endpoint's middle, and the intake behind it."""

    def __init__(
        self, settings: Endpoint = OPEN, passwords: dict[str, Password] | None = None
    ) -> None:
        self.loop = Loop()
        self.batches: list[list[Delivery]] = []
        self.throttled: list[tuple[str, int, float, int]] = []
        self._unsettled: list[Delivery] = []
        resolved = Resolved(endpoint=settings, passwords=passwords or {})
        self.context = Context(resolved, self._deliver, self._throttled, self.loop)
        self.counters = self.context.counters

    def wire(self, version: int = 4, address: str = "192.0.2.1", common_name: str = "") -> Wire:
        return Wire(self, version, address, common_name)

    def client(
        self,
        name: str = "cam-1",
        version: int = 4,
        *,
        clean: bool = True,
        will: Will | None = None,
        keep_alive: int = 0,
        expiry: int | None = None,
        **properties: Any,
    ) -> Wire:
        """Connected; its CONNACK has been looked at and is the first packet in `sent`."""
        wire = self.wire(version)
        told = Properties(session_expiry=expiry, **properties)
        wire.say(
            Connect(
                version,
                name,
                clean,
                keep_alive,
                will=will,
                properties=told if version == 5 else NONE,
            )
        )
        assert wire.last(Connack).reason == 0, wire.sent
        return wire

    @property
    def delivered(self) -> list[Delivery]:
        return [one for batch in self.batches for one in batch]

    def topics(self) -> list[str]:
        return [one.topic for one in self.delivered]

    def settle(self, answer: Answer = Answer.STORED, which: Iterable[int] | None = None) -> None:
        """The unsettled ones at these places, or all; then the loop has its turn."""
        places = list(range(len(self._unsettled)) if which is None else which)
        chosen = [self._unsettled[place] for place in places]
        self._unsettled = [one for one in self._unsettled if not any(one is c for c in chosen)]
        for one in chosen:
            one.link.settle([(one.packet, answer)])
        self.loop.run()

    def publish(self, topic: str, payload: bytes = b"go", qos: int = 1, **more: Any) -> None:
        """By the agent."""
        self.context.exchange.publish(Message(topic, payload, qos, **more))
        self.loop.run()

    def wait(self, seconds: float) -> None:
        """Time goes by, and the sweep with it."""
        for _ in range(round(seconds * 2)):
            self.loop.run(0.5)
            self.context.sweep()
        self.loop.run()

    def _deliver(self, batch: Sequence[Delivery]) -> None:
        self.batches.append(list(batch))
        self._unsettled += batch

    def _throttled(self, client: str, messages: int, waited: float, rate: int) -> None:
        self.throttled.append((client, messages, waited, rate))


def authority(folder: Path, name: str) -> str:
    """A certificate authority in `folder`, as {name}.pem and {name}.key."""
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder, name, key, _certificate(name, key, name, key, authority=True))
    return name


def certificate(folder: Path, name: str, signer: str, common_name: str) -> None:
    """One for `common_name`, signed by authority `signer`."""
    signing = serialization.load_pem_private_key((folder / f"{signer}.key").read_bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder, name, key, _certificate(common_name, key, signer, signing, authority=False))


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signing: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (subject, issuer)
    ]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )


def _write(
    folder: Path, name: str, key: ec.EllipticCurvePrivateKey, made: x509.Certificate
) -> None:
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
