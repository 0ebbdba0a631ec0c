"""Audit packs by the format's description, not by our exporter: a log of some gateways and its hub,
checkpoints with witnesses, and whatever an attacker wants to bend of it."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from core import codec, handover
from core.batch import Batch, Head, Header, Journal, Lane, parse, seal
from core.clock import rfc3339
from core.event import Data, Event, source_of
from core.events.journal import EpochChanged, Opened, Tail
from core.events.key import Enrolled, Revoked
from core.keys import Signer
from core.tlog import checkpoint, note, proofs, tiles
from core.tlog.head import TreeHead
from core.tlog.lines import encoded
from core.tlog.note import Note, Signature, SignatureType, VerifierKey
from core.tlog.tree import node_hash
from tests.fix_core import COMPOUND, START, door_opened, signer_of

ORIGIN = "jinxiu.example/log"
HUB, HUB2, GHOST = signer_of(200), signer_of(201), signer_of(99)
STEP = 60  # seconds from one batch to the next
GAPS = (
    "journal.opened.v1", "journal.gap.declared.v1", "journal.damage.found.v1",
    "device.gap.detected.v1", "device.gap.filled.v1", "device.epoch.raised.v1",
    "gateway.epoch.changed.v1",
)  # fmt: skip
_PLACE = struct.Struct(">QqI")
_DATE = (1980, 1, 1, 0, 0, 0)
Files = dict[str, bytes]


class Own(NamedTuple):
    """A batch of the hub's own, not sealed yet: whoever has its key can write it anew."""

    signer: Signer
    lines: bytes
    at: int  # seconds since START


Item = bytes | Own  # a gateway's frame is as it is


class Witness(NamedTuple):
    name: str
    signer: Signer | MLDSA44PrivateKey

    @property
    def key(self) -> VerifierKey:
        if isinstance(self.signer, Signer):
            kind = SignatureType.COSIGNATURE_ED25519
            return VerifierKey(self.name, kind, self.signer.public)
        public = self.signer.public_key().public_bytes_raw()
        return VerifierKey(self.name, SignatureType.COSIGNATURE_ML_DSA_44, public)

    def cosign(self, text: str, at: int) -> Signature:
        if isinstance(self.signer, Signer):
            return note.cosignature(text, self.name, self.signer, at)
        signed = self.signer.sign(note.cosigned_message(self.name, text, at))
        return Signature(self.name, self.key.id, struct.pack(">Q", at) + signed)


WITNESSES = (
    Witness("city.example/w", signer_of(210)),
    Witness("property.example/w", signer_of(211)),
    Witness("auditor.example/w", MLDSA44PrivateKey.from_seed_bytes(bytes([212]) * 32)),
)
LOG_KEY = checkpoint.log_key(ORIGIN, HUB.public).encode()
POLICY = "\n".join([
    f"log {LOG_KEY}",
    *(f"witness w{n} {one.key.encode()}" for n, one in enumerate(WITNESSES)),
    "group most 2 w0 w1 w2",
    "quorum most",
])  # fmt: skip


class Sealed(NamedTuple):
    """A log as it stands: frames in order, and the complete nodes over them."""

    batches: Sequence[Batch]
    levels: Sequence[Sequence[bytes]]

    def node(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def text(self, size: int) -> str:
        return TreeHead(ORIGIN, size, proofs.root(self.node, size)).text()


def sealed(items: Sequence[Item]) -> Sealed:
    heads: dict[bytes, Head] = {}
    found = []
    for one in items:
        if isinstance(one, bytes):
            found.append(parse(one))
            continue
        head = heads.get(one.signer.public, Head())
        header = Header(
            journal=Journal(one.signer.public, 1),
            number=head.number + 1,
            first=head.last + 1,
            last=head.last + one.lines.count(b"\n"),
            previous=head.hash,
            written_us=round((START.timestamp() + one.at) * 1_000_000),
        )
        found.append(seal(header, one.lines, one.signer))
        heads[one.signer.public] = found[-1].head()
    return Sealed(found, nodes([one.hash for one in found]))


def nodes(leaves: list[bytes]) -> list[list[bytes]]:
    levels = [leaves]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([node_hash(left, right) for left, right in pairs])
    return levels


def event(data: Data, id: str, by: str, at: int) -> Event:
    when = rfc3339(START.fromtimestamp(START.timestamp() + at, START.tzinfo))
    return Event(
        id=id, source=source_of(COMPOUND, by, "ingest"), type=data.TYPE, subject="log/1",
        time=when, recordedtime=when, timequality="gateway", data=data,
    )  # fmt: skip


class Writer:
    """A gateway's journal lane that grows in the log."""

    def __init__(self, name: str, seed: int, epoch: int = 1, lane: Lane = Lane.ALL) -> None:
        self.name, self.signer = name, signer_of(seed)
        self.journal, self.head = Journal(self.signer.public, epoch, lane), Head()

    def write(self, at: int, *said: Data, count: int = 3) -> bytes:
        first = self.head.last + 1
        doors = [door_opened(first + n, self.name) for n in range(0 if said else count)]
        events = [event(one, f"{self.name}:{at}:{n}", self.name, at) for n, one in enumerate(said)]
        header = Header(
            journal=self.journal, number=self.head.number + 1, first=first,
            last=self.head.last + len(doors) + len(events), previous=self.head.hash,
            written_us=round((START.timestamp() + at) * 1_000_000),
        )  # fmt: skip
        batch = seal(header, codec.lines([*doors, *events]), self.signer)
        self.head = batch.head()
        return batch.frame


class Log(NamedTuple):
    """What is honest of a log: its items, and at which sizes checkpoints were cosigned."""

    items: list[Item]
    sizes: list[int]
    first: int
    to: int
    compound: str = ""
    types: tuple[str, ...] = ()


def own(signer: Signer, at: int, *said: Data) -> Own:
    events = [event(one, f"hub:{at}:{n}", "hub", at) for n, one in enumerate(said)]
    return Own(signer, codec.lines(events), at)


def exported(signer: Signer, at: int, log: Log | None = None, first: int = 1, to: int = 1) -> Own:
    """The export's own event; its type is another branch's, so it is written as text."""
    said: dict[str, Any] = {
        "fromPosition": first,
        "toPosition": to,
        "actor": "a",
        "reason": "audit",
    }
    if log is not None:
        said |= {"fromPosition": log.first, "toPosition": log.to}
        said |= {"compound": log.compound} if log.compound else {}
        said |= {"types": list(log.types)} if log.types else {}
    shell = json.loads(
        codec.encode(event(EpochChanged(previous=1, epoch=2, declared=True), f"x:{at}", "hub", at))
    )
    line = json.dumps({**shell, "type": "audit.exported.v1", "data": said}, separators=(",", ":"))
    return Own(signer, line.encode() + b"\n", at)


def enrolled(writer: Writer, since: int = 0) -> Enrolled:
    return Enrolled(
        role="gateway", key=writer.signer.public.hex(), compound=COMPOUND, gateway=writer.name,
        since=since, actor="admin",
    )  # fmt: skip


def small_log(extra: int = 0) -> Log:
    """Three gateways, two lanes, two epochs, a gateway's and the hub's own handover, a revocation;
    `extra` further batches of gw-1 stand in front of the selected range."""
    urgent, bulk = Writer("gw-1", 1, lane=Lane.URGENT), Writer("gw-1", 1, lane=Lane.BULK)
    second, after, third = Writer("gw-2", 2), Writer("gw-2", 22), Writer("gw-3", 3)
    items: list[Item] = []

    def at() -> int:
        return len(items) * STEP

    hub_key = Enrolled(role="hub", key=HUB.public.hex(), since=1)
    items.append(own(HUB, at(), hub_key, enrolled(urgent, 1), enrolled(second, 1)))
    items += [bulk.write((n + 1) * STEP, count=1) for n in range(extra)]
    first = 1 if not extra else len(items) + 1
    items += [urgent.write(at())]
    items += [second.write(at())]
    items += [bulk.write(at())]
    items += [own(HUB, at(), enrolled(third))]
    items += [urgent.write(at())]
    items += [third.write(at())]
    changed = EpochChanged(previous=1, epoch=2, declared=True)
    items += [own(HUB, at(), changed)]
    tail = Tail(epoch=1, lane=0, number=2, hash="", key="")
    over = handover.rotated(
        "gateway", second.signer, after.signer, compound=COMPOUND, gateway="gw-2", tails=(tail,)
    )
    items += [second.write(at(), over)]
    items += [after.write(at())]
    items += [
        own(HUB, at(), Revoked(role="gateway", key=third.signer.public.hex(), reason="stolen"))
    ]
    ends = (Tail(epoch=1, lane=1, number=urgent.head.number, hash=urgent.head.hash.hex()),)
    again = Writer("gw-1", 1, epoch=2, lane=Lane.URGENT)
    items += [again.write(at(), Opened(epoch=2, reason="renewed", tails=ends))]
    items += [bulk.write(at())]
    items += [own(HUB, at(), handover.rotated("hub", HUB, HUB2))]
    items += [own(HUB2, at(), EpochChanged(previous=2, epoch=3, declared=False))]
    items += [after.write(at())]
    items += [again.write(at())]
    items += [own(HUB2, at(), EpochChanged(previous=3, epoch=4, declared=True))]
    items += [bulk.write(at())]
    log = Log(items, [], first, len(items))
    items += [exported(HUB2, at(), log)]
    sizes = [first + 3, first + 7, first + 11, first + 16, len(items)]
    return log._replace(sizes=sizes)


Cosigned = dict[str, tuple[Signature, ...]]  # by the text they are over


def cosign(log: Log, built: Sealed) -> Cosigned:
    """What honest witnesses say of the log, each soon after the checkpoint's newest batch."""
    found = {}
    for size in log.sizes:
        text = built.text(size)
        at = int(START.timestamp()) + (size - 1) * STEP + 5
        found[text] = tuple(one.cosign(text, at + n) for n, one in enumerate(WITNESSES))
    return found


def signed(text: str, signers: Sequence[Signer], cosigned: Cosigned, origin: str = ORIGIN) -> bytes:
    by = tuple(note.own_signature(text, origin, one) for one in signers)
    return Note(text, (*by, *cosigned.get(text, ()))).encode()


def files_of(
    log: Log,
    built: Sealed,
    cosigned: Cosigned,
    signer: Signer = HUB2,
    media: Mapping[str, bytes] | None = None,
) -> Files:
    """The pack of the log's range, all that follows from the frames made to follow."""
    size = len(built.batches)
    chosen = [at for at in range(1, size + 1) if _chosen(log, built.batches[at - 1], at)]
    included = sorted(
        {size, *chosen, *(at for at in range(1, size + 1) if _judges(built.batches[at - 1]))}
    )
    files = {"README.md": "审计包 audit pack\n".encode()}
    files["checkpoint"] = signed(built.text(size), [signer], cosigned)
    files["checkpoints"] = b"".join(
        _line({
            "checkpoint": signed(built.text(one), [HUB], cosigned).decode(),
            "proof": [encoded(each) for each in proofs.consistency(built.node, one, size)],
        })
        for one in log.sizes if one < size
    )  # fmt: skip
    files["frames"] = b"".join(placed(at, built.batches[at - 1].frame) for at in included)
    leaves = {at - 1 for at in included} | set(range(log.first - 1, log.to))
    for tile in tiles_of(size, leaves):
        level, start = tile.level * 8, tile.index * 256
        files[f"tiles/{tile.path}"] = b"".join(built.levels[level][start : start + tile.width])
    skipped: dict[str, list[tuple[int, int]]] = {}
    journals = {built.batches[at - 1].header.journal.id.hex for at in included}
    for at in range(log.first, log.to + 1):
        header = built.batches[at - 1].header
        if at not in included and header.journal.id.hex in journals:
            skipped.setdefault(header.journal.id.hex, []).append((header.number, at))
    files["skipped.json"] = json.dumps(skipped).encode()
    said = [
        (at, n, line) for at in included for n, line in enumerate(lines_of(built.batches[at - 1]))
    ]
    events = [(at, n, json.loads(line)) for at, n, line in said]
    files["keys.json"] = _list(events, ("key.",))
    files["gaps.json"] = _list([one for one in events if one[0] in chosen], GAPS)
    files["media.json"] = b"[]"
    files["events.ndjson"] = b"".join(
        b'{"position":%d,"index":%d,"event":%s}\n' % one
        for one in said
        if log.first <= one[0] <= log.to
    )
    words = Path(__file__).parent.parent / "core" / "dictionary1.bin"
    files["dictionary1.bin"] = words.read_bytes()
    selection = {
        "from": log.first,
        "to": log.to,
        "compound": log.compound,
        "types": list(log.types),
    }
    manifest = {
        "format": "menwei-audit-pack", "version": 1, "origin": ORIGIN, "made": rfc3339(START),
        "reason": "audit", "actor": "a", "selection": selection, "export": size,
        "counts": {"batches": len(chosen), "events": 0},
    }  # fmt: skip
    files |= media or {}
    files["manifest.json"] = json.dumps(manifest).encode()
    return files


def placed(position: int, frame: bytes) -> bytes:
    """As it stands in `frames`."""
    return _PLACE.pack(position, 0, len(frame)) + frame


def packed(files: Files, **more: Any) -> bytes:
    """The ZIP, with a manifest that lists what is there. `more` goes into the manifest."""
    manifest = json.loads(files["manifest.json"]) | more
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    return zipped({**files, "manifest.json": json.dumps(manifest).encode()})


def zipped(files: Files, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def tiles_of(size: int, leaves: set[int]) -> set[tiles.Tile]:
    found: set[tiles.Tile] = set()
    level, at = 0, {one // 256 for one in leaves}
    while held := size >> (level * 8):
        at.add((held - 1) // 256)
        found |= {tiles.covering(level, one * 256, size) for one in at}
        at = {one // 256 for one in at}
        level += 1
    return {one for one in found if one.width > 0}


def lines_of(batch: Batch) -> list[bytes]:
    return batch.lines().splitlines()


def _chosen(log: Log, batch: Batch, at: int) -> bool:
    if not log.first <= at <= log.to:
        return False
    plain = batch.lines()
    return (not log.compound or f'"/c/{log.compound}/gw/'.encode() in plain) and (
        not log.types or any(f'"type":"{one}'.encode() in plain for one in log.types)
    )


def _judges(batch: Batch) -> bool:
    return b'"type":"key.' in batch.lines()


def _list(events: Sequence[tuple[int, int, Any]], types: tuple[str, ...]) -> bytes:
    shown = ("id", "type", "source", "subject", "recordedtime", "data")
    return json.dumps([
        {"position": at, "index": n, **{name: said.get(name, "") for name in shown}}
        for at, n, said in events if said["type"].startswith(types)
    ]).encode()  # fmt: skip


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"
