"""Checks a Menwei audit pack: this one file, Python 3.11 or newer and `cryptography`. Nothing is
fetched, written or believed. 离线核验审计包：只需本文件，不联网，不落盘。

    python verify.py PACK --key VKEY [--policy FILE] [--trusted CHECKPOINT]

Exit: 0 holds, 1 the first place that does not, 2 usage, 3 not possible here. The order is that of
Audit's steps; docs/audit-verify.md explains every sentence.
"""

import base64
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ODD = (ValueError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError, OSError)
BAD = (*ODD, EOFError, struct.error, zlib.error, zipfile.BadZipFile)  # of a stranger's bytes
decoded = partial(base64.b64decode, validate=True)
PLACE = struct.Struct(">QqI")  # before a frame: position, received (signed by nobody), length
FRAME = struct.Struct(">4sBBBB32sIQQQ32sQII32s")  # docs/batch-format.md, section 1
NOTE = re.compile(  # the text: origin, size, root, and more; its signatures
    r"(([^\n]+)\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*)\n"
    r"((?:— [^ +\n]+ [^ \n]+\n)+)"
)
NAMES = re.compile(
    r"README\.md|manifest\.json|checkpoints?|frames|(?:skipped|keys|gaps|media|schema)\.json|quorum"
    r"|events\.ndjson|batch-format\.md|dictionary1\.bin|verify\.py|media/[0-9a-f]{64}"
    r"|tiles/tile/[0-7]/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
)
DICTIONARY = "0c42cb1f6a8fe035689a36c6f8941344f5973527985d8b18d19a94280f761379"
COPY = "events.ndjson"
MOST, RATIO = 1 << 28, 300  # bytes of what is read at once; how much larger than packed
TOLERANCE = 300  # seconds between the clocks of hub and witnesses
LOG, COSIGNED, ML_DSA = 1, 4, 6  # kinds of keys, and how long they are
LENGTHS = {LOG: 32, COSIGNED: 32, ML_DSA: 1312}
TEXTS = """
zip|不是完整的审计包（{0}）|not a whole audit pack ({0})
name|包内不该有 {0}|there is no place in a pack for {0}
bomb|自称有 {0} 字节，超过限度|claims to be {0} bytes, more than may be
missing|包内缺少此文件|is not in the pack
manifest|与 manifest.json 所列不符|is not what manifest.json lists
newer|是版本 {0}，本程序只懂 1，请换新版|is of version {0}, this program knows 1: get a newer one
form|格式不对（{0}）|is not formed as it must be ({0})
origin|属于日志 {0}，而非 {1}|is of the log {0}, not of {1}
log-key|没有指定密钥或其继任者的签名|is signed neither by the pinned key nor by its successors
signature|{0} 的签名不成立|the signature of {0} does not hold
quorum|见证签名不足，只有：{0}|too few witnesses cosigned, only: {0}
tile|不是这棵树的，或与上层哈希不符|is not this tree's, or does not lead to the hash above
root|瓦片得不出检查点的根|the tiles do not lead to the checkpoint's root
consistency|最新检查点并非由此延续：被改写|the newest checkpoint does not continue this one
forked|日志已与此可信检查点分叉|the log has forked from this trusted checkpoint
rolled-back|在 {1}，而包止于 {0}：被回退或较旧|is at {1}, the pack ends at {0}: rolled back or older
unshown|包未证明日志由此延续，请另行索取|the pack does not show that the log continues this one
order|位置不递增或在检查点外：重复、调换|positions do not rise, or pass the checkpoint: reordered
hole|此处的批次不在包内：被删除|the batch of this place is missing: dropped
leaf|不是日志在此处的批次：被改动|is not the batch that the log has here: changed
payload|内容不是当初签名的内容|the payload is not the one that was signed
key|密钥 {0} 在此不可信（{1}）|the key {0} is not believed here ({1})
source|有事件冒用其他网关之名|an event names another gateway than its key's
gap|前一批是第 {0} 批：中间被删除|follows number {0}: what was between is missing
fork|前一批是第 {0} 批：分叉或重放|comes behind number {0}: forked or replayed
chain|与前一批的哈希不相连|does not continue the batch before it: the chain is broken
backdated|自称 {0}，但 {1} 时日志还没有它|says {0}, but was not in the log at {1}: backdated
selection|所选范围不是导出事件所记|the selection is not the one that the export's event names
copy|{0} 与签名的批次不符|{0} is not what was signed
unchecked|未核对：{0}|not checked: {0}
filtered|有筛选：不证明范围内没有别的|not proved: that nothing else of the range fits the filter
never|不能证明：从未记录的、谎报的、之后的|not proved: what was never recorded, a lie, or later
holds|全部成立|everything holds
"""
SAY = {code: said for code, *said in (line.split("|") for line in TEXTS.strip().split("\n"))}
WORDS = {"file": "文件", "line": "行", "position": "位置", "journal": "日志本", "number": "批号"}


class Finding(Exception):
    """The first wrong place, and what is wrong there."""

    def __init__(self, code: str, *details: object, **place: object) -> None:
        super().__init__(code, details, place)
        self.code, self.details, self.place = code, details, place
        self.exit = {"usage": 2, "environment": 3, "newer": 3}.get(code, 1)

    def told(self, language: str) -> str:
        at = [f"{WORDS[of] if language == 'zh' else of} {one}" for of, one in self.place.items()]
        return ": ".join(filter(None, (" ".join(at), say(self.code, language, *self.details))))


def say(code: str, language: str, *details: object) -> str:
    said = SAY.get(code, ("{0}", "{0}"))[language != "zh"]
    return said.format(*(str(one)[:120] for one in details))


def need(holds: object, code: str, *details: object, **place: object) -> None:
    if not holds:
        raise Finding(code, *details, **place)


def when(at: int) -> str:
    return f"{datetime.fromtimestamp(min(at, 1 << 37), UTC):%Y-%m-%dT%H:%M:%SZ}"


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def signed(key: bytes, signature: bytes, message: bytes, scheme: Any = Ed25519PublicKey) -> bool:
    try:
        scheme.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Pack:
    """The ZIP, read strictly: entries back to back from the first byte on, nothing between them.
    Its tree is RFC 6962 over tiles (C2SP tlog-tiles): each 256 hashes of 256**level leaves."""

    def __init__(self, file: BinaryIO) -> None:
        self.size, self.tile = 0, lru_cache(256)(self._tile)  # leaves, as the checkpoint has it
        file.seek(max(0, file.seek(0, 2) - 22))
        need(file.read(4) == b"PK\5\6", "zip", "cut off, or no ZIP")
        self.zip, at = zipfile.ZipFile(file), 0
        self.files = {one.filename: one for one in self.zip.infolist()}
        for name, one in self.files.items():
            is_file = one.external_attr >> 28 in (0, 8)  # and neither a link nor a device
            need(NAMES.fullmatch(name) and is_file, "name", ascii(name))
            least = one.file_size / RATIO - 4096
            need(one.compress_size >= least, "bomb", one.file_size, file=name)
            file.seek(at)
            flags, method, length, extra = struct.unpack("<6xHH16xHH", file.read(30))
            plain = method == flags == one.flag_bits == 0 and one.file_size == one.compress_size
            plain = plain or (method, flags | one.flag_bits) == (8, 0)  # stored, or deflated
            need(plain and at == one.header_offset, "zip", name)
            at += 30 + length + extra + one.compress_size
        twice = len(self.files) != len(self.zip.infolist())
        need(at == self.zip.start_dir and not twice, "zip", "names twice, or bytes between files")

    def open(self, name: str) -> Any:
        need(name in self.files, "missing", file=name)
        return self.zip.open(name)

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            size = self.files[name].file_size
            need(size <= MOST, "bomb", size, file=name)
            return bytes(file.read())

    def frames(self) -> Iterator[tuple[int, bytes]]:
        with self.open("frames") as file:
            while head := file.read(PLACE.size):
                position, _, length = PLACE.unpack(head.ljust(PLACE.size, b"\xff"))
                frame = file.read(min(length, 128_000))
                need(len(frame) == length, "form", "cut off", file="frames")
                yield position, frame

    def tile_name(self, level: int, index: int) -> tuple[str, int]:
        """Of the one tile of a tree of this size that can stand there; how many hashes it has."""
        width = max(0, min(256, (self.size >> 8 * level) - 256 * index))
        path, rest = f"{index % 1000:03d}", index // 1000
        while rest:
            path, rest = f"x{rest % 1000:03d}/{path}", rest // 1000
        return f"tiles/tile/{level}/{path}" + (f".p/{width}" if width < 256 else ""), width

    def _tile(self, level: int, index: int) -> list[list[bytes]]:
        """Its hashes, and above them the nodes that they make, up to the tile above."""
        name, width = self.tile_name(level, index)
        raw = self.read(name)
        need(raw and len(raw) == 32 * width, "tile", file=name)
        nodes = [[raw[at : at + 32] for at in range(0, len(raw), 32)]]
        while len(below := nodes[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            nodes.append([sha256(b"\1", left, right) for left, right in pairs])
        whole = width == 256  # others stand at the right edge, and make the root
        need(not whole or nodes[8][0] == self.node(8 * level + 8, index), "tile", file=name)
        return nodes

    def node(self, level: int, index: int) -> bytes:
        """Root over the leaves from `index << level` to `(index + 1) << level`."""
        first = index << level % 8
        return self.tile(level // 8, first >> 8)[level % 8][(first & 255) >> level % 8]

    def root(self, size: int) -> bytes:
        """Of the first `size` leaves: its complete subtrees, joined from the right."""
        levels = [level for level in range(56) if size >> level & 1]
        root = self.node(levels[0], (size >> levels[0]) - 1)
        for level in levels[1:]:
            root = sha256(b"\1", self.node(level, (size >> level) - 1), root)
        return root


class Key(NamedTuple):
    """Of a log or a witness (C2SP signed-note), written `name+id+base64(kind ‖ key)`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def of(cls, text: str) -> "Key":
        name, identity, material = text.split("+", 2)
        key = cls(name, decoded(material)[0], decoded(material)[1:])
        right = len(key.public) == LENGTHS[key.kind] and identity == key.id.hex()
        need(right, "usage", f"not a key: {text[:80]}")
        return key

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode(), b"\n", bytes((self.kind,)), self.public)[:4]


class Checkpoint:
    """A signed tree head (C2SP tlog-checkpoint), of the file `name`."""

    def __init__(self, raw: bytes, name: str = "checkpoint") -> None:
        found = NOTE.fullmatch(raw.decode())
        if found is None:
            raise ValueError("no checkpoint")
        self.name, (self.text, self.origin, size, root, below) = name, found.groups()
        self.size, self.root = int(size), decoded(root)
        lines = (line.split(" ") for line in below.splitlines())
        self.signatures = [(by, decoded(body)) for _, by, body in lines]

    def by(self, key: Key) -> int:
        """When this key signed it, the log itself at 1; 0 if it did not."""
        found = (body for name, body in self.signatures if (name, body[:4]) == (key.name, key.id))
        if (body := next(found, None)) is None:
            return 0
        scheme: Any = Ed25519PublicKey
        text, at, signature = self.text.encode(), int.from_bytes(body[4:12], "big"), body[12:]
        message = b"cosignature/v1\ntime %d\n%s" % (at, text)
        if key.kind == LOG:
            at, message, signature = 1, text, body[4:]
        elif key.kind == ML_DSA:
            from cryptography.hazmat.primitives.asymmetric import mldsa

            scheme, name, origin = mldsa.MLDSA44PublicKey, key.name.encode(), self.origin.encode()
            head = (len(name), name, body[4:12], len(origin), origin, bytes(8))
            size = struct.pack(">Q", self.size)
            message = b"subtree/v1\n\0%c%s%s%c%s%s%s%s" % (*head, size, self.root)
        need(signed(key.public, signature, message, scheme), "signature", key.name)
        return at


class Policy:
    """Whose cosignatures are enough (C2SP tlog-policy): log, witness, group and quorum lines."""

    def __init__(self, text: str = "quorum none") -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.needs: dict[str, tuple[int, list[str]]] = {"none": (0, [])}  # how many of whom
        self.quorum = ""
        for line in text.splitlines():
            match line.split() if not line.lstrip().startswith("#") else []:
                case []:
                    continue
                case ["log", key, *_]:
                    self.logs.append(Key.of(key))
                case ["witness", name, key, *_] if name not in self.needs:
                    self.witnesses[name], self.needs[name] = Key.of(key), (1, [])
                case ["group", name, least, *members] if name not in self.needs:
                    count = {"all": len(members), "any": 1}.get(least) or int(least)
                    known = {*members} <= {*self.needs} - {"none"}
                    need(known and 0 < count <= len(members), "usage", line[:80])
                    self.needs[name] = (count, members)
                case ["quorum", name] if not self.quorum and name in self.needs:
                    self.quorum = name
                case _:
                    raise Finding("usage", f"policy line not understood: {line[:80]}")
        need(self.quorum, "usage", "the policy has no quorum line")

    def met(self, by: Iterable[str], name: str) -> bool:
        """Whether this witness signed, or enough of this group."""
        least, members = self.needs[name]
        return name in by or sum(self.met(by, one) for one in members) >= least


def continues(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    """By the recursion of RFC 6962 section 2.1.2: the tree of `new` begins with that of `old`."""

    def roots(first: int, size: int, *, known: bool) -> tuple[bytes, bytes]:
        if first == size:
            root = old.root if known else proof.pop(0)
            return root, root
        half = 1 << (size - 1).bit_length() - 1
        if first <= half:
            (before, left), right = roots(first, half, known=known), proof.pop(0)
            return before, sha256(b"\1", left, right)
        (before, right), left = roots(first - half, size - half, known=False), proof.pop(0)
        return sha256(b"\1", left, before), sha256(b"\1", left, right)

    return roots(old.size, new.size, known=True) == (old.root, new.root) and not proof
