"""A city's load: signed batches of many gateways, from the events of one simulated compound.

Every gateway of every compound has the template's devices under names and keys of its own, and
begins somewhere else in its hours; when they are over, the next day begins. A batch holds PAGE
events and is signed and chained by its gateway. Gateways take turns, batch by batch.

Frames are made once and kept in `folder`, so that making them costs no row of the table; the
same seed makes the same bytes. All of it is read as a stream: memory does not grow with events.
"""

import hashlib
import os
import re
import struct
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.batch import Head, Journal, parse
from core.ingest import Arrival
from core.keys import Signer
from core.trust import Gateway, by_key
from core.writer import BatchWriter
from tests.bench import template
from tests.bench.template import PAGE, Template

_FRAME = struct.Struct(">II")  # gateway, bytes
_WRITTEN = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
# The template's own days, latest first: none is taken for one it has just become.
_DAYS = [template.START.astimezone(UTC).date() + timedelta(days=day) for day in (2, 1, 0)]
_STRIDE = 0.6180339887  # gateways begin all over the template, none beside its neighbour


class City:
    """Owns nothing but files in `folder`. `devices` is how many the whole city shall have: as
    many neighbourhoods as that needs stand behind each gateway, at least one. `batch`: events in
    one, where a gateway has not been silent for long."""

    def __init__(
        self,
        seed: int = 7,
        compounds: int = 10,
        gateways_per_compound: int = 1,
        devices: int = 0,
        *,
        folder: Path,
        hours: float = 6,
        tracks: int = 1,
        batch: int = PAGE,
    ) -> None:
        self._template = template.made(folder, seed, hours, tracks)
        gateways = compounds * gateways_per_compound
        each = len(self._template.devices)
        self._sites = max(1, round(devices / (gateways * each)))
        self.devices = gateways * each * self._sites
        self._signers = [_signer(seed, number) for number in range(gateways)]
        self.gateways = tuple(
            Gateway(
                compound=f"c{number // gateways_per_compound + 1:04d}",
                name=f"gw{number % gateways_per_compound + 1:02d}",
                key=signer.public.hex(),
            )
            for number, signer in enumerate(self._signers)
        )
        self.trust = by_key(self.gateways)
        self._folder = folder
        self._batch = batch
        self._frames = folder / (
            f"frames-{seed}-{compounds}-{gateways_per_compound}-{self._sites}"
            f"-{hours:g}-{tracks}-{batch}.bin"
        )

    def arrivals(self, events: int) -> Iterator[Arrival]:
        """The first `events` events, rounded up to whole batches, as they reach the hub."""
        self.prepare(events)
        left = events
        with self._frames.open("rb") as file:
            while left > 0:
                number, size = _FRAME.unpack(file.read(_FRAME.size))
                frame = file.read(size)
                left -= _count(frame)
                gateway = self.gateways[number]
                yield Arrival(gateway.compound, gateway.name, frame)

    def groups(self, events: int, size: int) -> Iterator[list[Arrival]]:
        """The same, `size` arrivals at once: what the hub takes in one commit."""
        group: list[Arrival] = []
        for arrival in self.arrivals(events):
            group.append(arrival)
            if len(group) == size:
                yield group
                group = []
        if group:
            yield group

    def lines(self, events: int) -> Iterator[bytes]:
        """The same events one by one, JSON as it stands in the batches."""
        for arrival in self.arrivals(events):
            yield from parse(arrival.frame).lines().splitlines()

    def prepare(self, events: int) -> None:
        """Makes the frames of the first `events` events, unless they are there."""
        kept = self._frames.with_suffix(".count")
        if kept.exists() and int(kept.read_text()) >= events:
            return
        made = 0
        with self._frames.open("wb") as file:
            for number, frame in self._made():
                file.write(_FRAME.pack(number, len(frame)) + frame)
                made += _count(frame)
                if made >= events:
                    break
        kept.write_text(str(made))

    @property
    def mean_bytes(self) -> float:
        """Of an event's JSON."""
        return self._template.size / self._template.events

    @property
    def shares(self) -> dict[str, float]:
        """Of the kinds of events (the first word of the type), greatest first."""
        kinds: Counter[str] = Counter()
        for name, times in self._template.types.items():
            kinds[name.partition(".")[0]] += times
        return {kind: times / self._template.events for kind, times in kinds.most_common()}

    def describe(self) -> str:
        """What the table says under its figures."""
        shares = ", ".join(f"{kind} {share:.1%}" for kind, share in self.shares.items())
        return (
            f"{len(self.gateways):,} gateways, {self.devices:,} devices, "
            f"{self.mean_bytes:.0f} B of JSON an event: {shares}"
        )

    def _made(self) -> Iterator[tuple[int, bytes]]:
        """(gateway, frame), endless."""
        sites = [_renamed(self._template, self._folder, site) for site in range(self._sites)]
        handles = [os.open(one.path, os.O_RDONLY) for one in sites]
        writers = [BatchWriter(Journal(one.public, 1), one, Head()) for one in self._signers]
        pieces = -(-PAGE // self._batch)
        try:
            for turn in count():
                step, piece = divmod(turn, pieces)
                step, site = divmod(step, self._sites)
                for number, writer in enumerate(writers):
                    page, days = self._place(number, step)
                    plain = sites[site].read(handles[site], page)
                    lines = _rehomed(plain, self.gateways[number], days).splitlines()
                    part = lines[piece * self._batch : (piece + 1) * self._batch]
                    for batch in writer.batches(part, _WRITTEN):
                        writer.advance([batch])
                        yield number, batch.frame
        finally:
            for handle in handles:
                os.close(handle)

    def _place(self, gateway: int, step: int) -> tuple[int, int]:
        """(page, days later) of a gateway's page number `step`. The first page introduces the
        devices and comes first, once; then the gateway goes round from its own beginning."""
        rest = self._template.pages - 1
        if step == 0 or rest == 0:
            return 0, step
        days, page = divmod(int(gateway * _STRIDE % 1 * rest) + step - 1, rest)
        return page + 1, days


def _signer(seed: int, number: int) -> Signer:
    material = hashlib.sha256(f"menwei/city/{seed}/{number}".encode()).digest()
    return Signer(Ed25519PrivateKey.from_private_bytes(material))


def _count(frame: bytes) -> int:
    """Events in a frame, from its header (core/batch.py says the layout)."""
    first, last = struct.unpack_from(">QQ", frame, 52)
    return int(last) - int(first) + 1


def _rehomed(lines: bytes, gateway: Gateway, days: int) -> bytes:
    """The same facts of another gateway, and of another day."""
    home = f"/c/{template.COMPOUND}/gw/{template.GATEWAY}/".encode()
    lines = lines.replace(home, gateway.source.encode())
    if gateway.name != template.GATEWAY:
        lines = lines.replace(template.GATEWAY.encode(), gateway.name.encode())
    if days:
        lines = lines.replace(b'{"id":"', b'{"id":"%d.' % days)
        for day in _DAYS:
            later = day + timedelta(days=days)
            for form in ("%Y-%m-%dT", "/%Y%m%d-"):  # in times, and in a collection's name
                lines = lines.replace(day.strftime(form).encode(), later.strftime(form).encode())
    return lines


def _renamed(found: Template, folder: Path, site: int) -> Template:
    """The template with every device under another name; as it is for the first site."""
    if not site:
        return found
    path = folder / f"{Path(found.path).stem}-{site}.lines"
    ends: list[int] = []
    names = sorted(found.names, key=len, reverse=True)
    every = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?!\w)".encode())
    handle = os.open(found.path, os.O_RDONLY)
    try:
        with path.open("wb") as file:
            for page in range(found.pages):
                lines = every.sub(rb"\g<0>-s%d" % site, found.read(handle, page))
                file.write(lines.replace(b'{"id":"gw:', b'{"id":"s%d.gw:' % site))
                ends.append(file.tell())
    finally:
        os.close(handle)
    return msgspec.structs.replace(found, path=str(path), ends=tuple(ends))
