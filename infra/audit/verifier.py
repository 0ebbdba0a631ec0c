"""The second half of the verifier: the log's word of its keys, and one reading of a pack."""

import argparse
import hashlib
import importlib
import json
import locale
import re
import sys
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm

from infra.audit.evidence import (
    BAD,
    COPY,
    DICTIONARY,
    FRAME,
    LOG,
    TOLERANCE,
    Checkpoint,
    Finding,
    Key,
    Pack,
    Policy,
    continues,
    decoded,
    need,
    say,
    sha256,
    signed,
    when,
)

zstandard: Any = None  # reads packed events, where it is installed
with suppress(ImportError):
    zstandard = importlib.import_module("zstandard")
Progress = Callable[[int, int], object]  # how far, of how much


class Said(NamedTuple):
    """What the log says of a key: believed from `begins` on, behind `rotated` only within `tails`,
    behind `revoked` not at all (0: has not happened). `owner`: role, compound, gateway."""

    owner: tuple[str, ...]
    begins: int
    rotated: int = 0
    revoked: int = 0
    tails: tuple[Any, ...] = ()

    def wrong(self, position: int) -> str:
        """Why the key is not believed there; empty if it is."""
        if position < self.begins:
            return "not enrolled 未登记"
        if 0 < self.revoked < position:
            return "revoked 已吊销"
        return "handed over 已移交" if 0 < self.rotated < position else ""


NOBODY = Said(("",), 1 << 63)


class Keys:
    """The log's key events, folded in its order; one that breaks a rule has no effect."""

    def __init__(self) -> None:
        self.known: dict[str, Said] = {}
        self.hubs: list[str] = []
        self.reaching = True  # while the history begins, an enrolment may reach back

    def tell(self, position: int, by: str, event: Any) -> None:
        kind, data = event["type"], event["data"]
        owner = tuple(str(data.get(one, "")) for one in ("role", "compound", "gateway"))
        is_hub, key, since = owner[0] == "hub", str(data.get("key")), int(data.get("since", 0))
        hub, one = by in self.hubs and not self.known[by].wrong(position), self.known.get(key)
        if kind == "key.enrolled.v1" and one is None and re.fullmatch("[0-9a-f]{64}", key):
            root = not self.hubs and is_hub and key == by and since == 1
            if root or (hub and not is_hub and since <= position * self.reaching):
                self.reaching = self.reaching and since > 0
                self.hubs += [key] * root
                self.known[key] = Said(owner, since or position + 1)
        elif kind == "key.revoked.v1" and hub and one and one.owner[0] == owner[0]:
            if not one.revoked and (one.rotated or not is_hub):
                self.reaching, self.known[key] = False, one._replace(revoked=position)
        elif kind == "key.rotated.v1":
            old, new, consent = data["from"], data["to"], bytes.fromhex(data.get("consent", ""))
            before, after = self.known.get(old, NOBODY), self.known.get(new)
            said = "\n".join(("menwei key rotation v1", owner[0], old, new, *owner[1:])).encode()
            may = by == old or (hub and not is_hub and signed(bytes.fromhex(old), consent, said))
            speaks = before.owner == owner and not before.rotated and not before.wrong(position)
            spare = after and after.owner == owner and not (after.rotated or after.revoked)
            proven = signed(bytes.fromhex(new), bytes.fromhex(data["proof"]), said)
            if may and speaks and (not after or (spare and not is_hub)) and old != new and proven:
                tails = tuple(data.get("tails", ()))
                self.known[old] = before._replace(rotated=position, tails=tails)
                self.known.setdefault(new, Said(owner, position + 1))
                self.reaching, self.hubs = False, self.hubs + [new] * is_hub


class Audit:
    """One reading of a pack by what the auditor has from elsewhere; once made, all of it holds."""

    def __init__(
        self, file: BinaryIO, log: Key, policy: Policy, trusted: list[Checkpoint], bar: Progress
    ) -> None:
        self.log, self.policy, self.trusted, self.progress = log, policy, trusted, bar
        self.keys, self.batches, self.events, self.seen = Keys(), 0, 0, 0
        self.ends: dict[str, tuple[int, int, int, bytes]] = {}  # position, number, last, hash
        self.place: dict[str, object] = {}  # what is looked at: anything odd is found there
        try:
            self.pack = Pack(file)
            for step in (self._manifest, self._tree, self._places, self._history, self._batches):
                step()
        except Finding as found:
            found.place = found.place or self.place
            raise
        except (ImportError, UnsupportedAlgorithm, MemoryError) as error:
            raise Finding("environment", error) from error
        except BAD as error:
            code, said = "form" if self.place else "zip", str(error) or type(error).__name__
            raise Finding(code, said, **self.place) from error

    def _json(self, name: str) -> Any:
        self.place = {"file": name}
        return json.loads(self.pack.read(name), parse_constant=int)

    def _listed(self, name: str) -> None:
        """It is what the manifest lists."""
        self.place = {"file": name}
        with self.pack.open(name) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        said = {"sha256": digest, "bytes": self.pack.files[name].file_size}
        need(self.listed[name] == said, "manifest")
        need(not name.startswith("media/") or name == f"media/{digest}", "manifest")

    def _manifest(self) -> None:
        """The pack holds what it says, and what was asked for can be told."""
        said, there = self._json("manifest.json"), self.pack.files.keys() - {"manifest.json"}
        known = said["format"] == "menwei-audit-pack" and said["version"] == 1
        need(known, "newer", said["version"])
        self.listed, self.export = said["files"], int(said["export"])
        self.asked = [said["selection"][one] for one in ("from", "to", "compound", "types")]
        self.first, self.to, *filters = self.asked
        self.whole = not any(filters)
        need(0 < self.first <= self.to + 1 <= self.export + 1, "form", "selection")
        for name in sorted(self.listed.keys() ^ there):
            raise Finding("manifest" if name in there else "missing", file=name)
        for name in there - {"frames", COPY}:  # in their turn
            self._listed(name)
        left = self._json("skipped.json") if "skipped.json" in there else {}
        self.skipped = {of: sorted((int(n), int(at)) for n, at in one) for of, one in left.items()}

    def _tree(self) -> None:
        """Of the right log, cosigned by enough, and its tiles lead to its root."""
        self.place = {"file": "checkpoint"}
        self.head = Checkpoint(self.pack.read("checkpoint"))
        need(self.head.origin == self.log.name, "origin", self.head.origin, self.log.name)
        cosigned = ((name, self.head.by(key)) for name, key in self.policy.witnesses.items())
        self.cosigned = {name: at for name, at in cosigned if at}
        enough = self.policy.met(self.cosigned, self.policy.quorum)
        need(enough, "quorum", ", ".join(self.cosigned) or "-")
        self.pack.size = self.head.size
        need(self.pack.root(self.head.size) == self.head.root, "root")

    def _places(self) -> None:
        """Each batch is the log's at its place, and of the range none is missing unless filtered;
        folds what they say of keys, as it stands before any of it is judged by it."""
        before, wanted, self.place = 0, self.first, {"file": "frames"}
        for position, frame in self.pack.frames():
            need(before < position <= self.head.size, "order", position=position)
            hole = self.whole and wanted <= self.to and wanted < position
            need(not hole, "hole", position=wanted)
            leaf = sha256(b"\0", frame)
            need(leaf == self.pack.node(0, position - 1), "leaf", position=position)
            before, wanted = position, wanted + (position == wanted)
            for line in frame[FRAME.size : -64].split(b"\n") if frame[6:7] == b"\0" else ():
                if b'"type":"key.' in line:
                    with suppress(*BAD):
                        self.keys.tell(position, frame[8:40].hex(), json.loads(line))
        ended = before >= self.export and not (self.whole and wanted <= self.to)
        need(ended, "hole", position=min(wanted, self.export))
        self._listed("frames")

    def _history(self) -> None:
        """Signed by the pinned key or one of its chain; continues all that was signed before."""
        self.place = {"file": "checkpoint"}
        self.pinned = self.log.public.hex() in self.keys.hubs
        chain = map(bytes.fromhex, self.keys.hubs) if self.pinned else [self.log.public]
        need(any(self.head.by(self.log._replace(public=one)) for one in chain), "log-key")
        roots, self.times = {self.head.size: self.head.root}, [(self.head.size, 0)]
        known: list[tuple[dict[str, object], Checkpoint, Any]] = []
        older = self.pack.read("checkpoints") if "checkpoints" in self.pack.files else b""
        for number, line in enumerate(older.splitlines(), 1):
            self.place = {"file": "checkpoints", "line": number}
            said = json.loads(line)
            proof = [*map(decoded, said["proof"])]
            known.append((self.place, Checkpoint(said["checkpoint"].encode()), proof))
        known += [({"file": one.name}, one, None) for one in self.trusted]
        for place, one, proof in known:
            self.place = place
            need(one.origin == self.head.origin, "origin", one.origin, self.head.origin)
            need(one.size <= self.head.size, "rolled-back", self.head.size, one.size)
            if proof is not None:
                need(continues(one, self.head, proof), "consistency")
                roots[one.size] = one.root
            try:
                root = roots.get(one.size) or self.pack.root(one.size)
            except Finding as found:
                raise Finding("unshown") from found
            need(root == one.root, "forked")
            seen = filter(None, map(one.by, self.policy.witnesses.values()))
            self.times.append((one.size, min(seen, default=0)))
        self.times.sort(reverse=True)

    def _batches(self) -> None:
        """What each batch says of itself, beside its readable copy."""
        words = self.pack.read("dictionary1.bin")
        need(sha256(words).hex() == DICTIONARY, "manifest", file="dictionary1.bin")
        if zstandard:
            more = {2: {"dict_data": zstandard.ZstdCompressionDict(words)}}
            self.unpack = {n: zstandard.ZstdDecompressor(**more.get(n, {})) for n in (1, 2)}
        self.copy = self.pack.open(COPY) if COPY in self.pack.files else None
        for position, frame in self.pack.frames():
            self.place = {"position": position}
            self._batch(position, frame)
            self.progress(position, self.head.size)
        self.place = {"file": COPY}
        need(not (self.copy and zstandard and self.copy.read(1)), "copy", COPY)
        if self.copy and not zstandard:
            self._listed(COPY)

    def _batch(self, position: int, frame: bytes) -> None:
        magic, version, kind, codec, lane, key, epoch, number, *more = FRAME.unpack_from(frame)
        first, last, previous, at, size, plain, digest = more
        payload, leaf = frame[FRAME.size : -64], self.pack.node(0, position - 1)
        journal = sha256(b"menwei journal v1\n", frame[8:44], frame[7:8]).hex()[:32]
        self.place |= {"journal": journal, "number": number}
        known = (magic, version, kind, size) == (b"MWB1", 1, 1, len(payload)) and lane <= 2
        need(known and number > 0 and 0 < first <= last and plain <= 1_000_000, "form", "header")
        need(sha256(payload) == digest, "payload")
        holds = signed(key, frame[-64:], b"menwei batch v1\n" + frame[: FRAME.size])
        need(holds, "signature", key.hex()[:16])
        said = self.keys.known.get(key.hex(), NOBODY)
        owner, wrong = said.owner, said.wrong(position)
        was_to_come = said.tails if owner[0] != "hub" and wrong[:6] == "handed" else ()
        for one in was_to_come:
            if [one["epoch"], one["lane"]] == [epoch, lane] and number <= one["number"]:
                wrong = "" if number < one["number"] or leaf.hex() == one["hash"] else wrong
        need(not wrong and (self.pinned or owner[0] != "hub"), "key", key.hex()[:16], wrong)
        self._chain(journal, position, number, first, previous)
        self.ends[journal] = (position, number, last, leaf)
        self.batches, self.events = self.batches + 1, self.events + last - first + 1
        while self.times and self.times[-1][0] < position:
            self.seen = max(self.seen, self.times.pop()[1])
        late = owner[0] == "hub" and at // 1_000_000 + TOLERANCE < self.seen
        need(not late, "backdated", when(at // 1_000_000), when(self.seen))
        if not codec or (codec < 3 and zstandard):
            text = self.unpack[codec].stream_reader(payload).read(plain + 1) if codec else payload
            need(len(text) == plain, "payload")
            self._events(position, text, last - first + 1, owner)

    def _chain(self, journal: str, position: int, number: int, first: int, previous: bytes) -> None:
        """Nothing of the journal is missing, repeated or exchanged within the range."""
        at, before, sequence, end = self.ends.get(journal, (0, 0, 0, bytes(32)))
        left = self.skipped.get(journal, [])
        between = left[bisect_left(left, (before + 1,)) : bisect_left(left, (number,))]
        need(number > before, "fork", before)
        if number == before + 1:
            need(previous == end and first == sequence + 1, "chain")
        elif between and between[-1][0] == number - 1:
            place = between[-1][1]
            need(0 < place < position and self.pack.node(0, place - 1) == previous, "chain")
            need(not before or len(between) == number - before - 1, "gap", before)
        else:
            need(self.first > max(at, 1) or position > self.to, "gap", before)
        need(first > sequence, "chain")

    def _events(self, position: int, text: bytes, count: int, owner: tuple[str, ...]) -> None:
        """As many as the header says, each of the key's own gateway, and as readers are told."""
        lines = text.split(b"\n")
        need(not lines.pop() and len(lines) == count, "form", "number of events")
        own = "/c/{1}/gw/{2}/".format(*map(re.escape, owner))
        own = own if owner[0] != "hub" else '/c/[^/"]*/gw/hub/'
        quick = re.compile(rb'{"id":"[^"\\]*","source":"' + own.encode()).match
        if not all(map(quick, lines)) or text.count(b'"source":') != count or b"\\u" in text:
            sources = (json.loads(line)["source"] for line in lines)  # not as our own encoder does
            need(all(re.match(own, one) for one in sources), "source")
        if position == self.export:
            told = (json.loads(line)["data"] for line in lines)
            data = next(one for one in told if "fromPosition" in one)
            kept = [data["fromPosition"], data["toPosition"], data.get("compound", "")]
            need([*kept, data.get("types", [])] == self.asked, "selection")
        if self.copy and zstandard and self.first <= position <= self.to:
            line = b'{"position":%d,"index":%d,"event":%s}\n'
            same = b"".join(line % (position, at, one) for at, one in enumerate(lines))
            need(self.copy.read(len(same)) == same, "copy", COPY)

    def told(self, language: str, *, lists: bool = False) -> str:
        """What holds, by whose word, and what nobody checked. `lists`: somebody compared them."""
        known = self.keys.known.items()
        keys = [f"{key[:16]} {'/'.join(one.owner)} @{one.begins}" for key, one in known]
        seen = [f"{name} {when(at)}" for name, at in self.cosigned.items()]
        unchecked = {
            "见证 witnesses (--policy)": self.policy.quorum != "none",
            "别处的检查点 checkpoints from elsewhere (--trusted)": self.trusted,
            "日期 dates: no older checkpoint is cosigned": self.seen,
            "压缩的事件 packed events (pip install zstandard)": zstandard,
            "可读副本 readable copy": self.copy,
            "清单 keys.json, gaps.json, media.json (`menwei audit verify`)": lists,
        }
        told = [
            f"日志 log: {self.head.origin}, {self.head.size}, {self.head.root.hex()}",
            f"见证 witnesses: {', '.join(seen) or '-'}",
            f"密钥 keys: {', '.join(keys) or '-'}",
            f"范围 range: {self.first}-{self.to}",
            f"批次、事件 batches, events: {self.batches}, {self.events}",
        ]
        told += [say("unchecked", language, of) for of, held in unchecked.items() if not held]
        last = ["never", "holds"] if self.whole else ["filtered", "never", "holds"]
        told += [say(code, language) for code in last]
        return "\n".join(told)


class Wish(NamedTuple):
    """What is asked: the pack, and what the auditor holds."""

    pack: Path
    key: str = ""  # of the log: NAME+ID+KEY, or hex with its `origin`; empty: the policy's
    origin: str = ""
    policy: Path | None = None
    trusted: tuple[Path, ...] = ()


def audited(wish: Wish, progress: Progress = lambda *_: None) -> Audit:
    """Finding: the first wrong place, or why it cannot be looked for."""
    asked = f"--policy {wish.policy}: cannot be read, or is no policy (C2SP tlog-policy)"
    try:
        policy = Policy(wish.policy.read_text("utf-8")) if wish.policy else Policy()
        asked = "--trusted: cannot be read, or is no checkpoint"
        held = [Checkpoint(one.read_bytes(), one.name) for one in wish.trusted]
        asked = "--key: name the log's key, NAME+ID+KEY, or 64 hex digits and --origin"
        public = bytes.fromhex("" if "+" in wish.key else wish.key)
        log = Key.of(wish.key) if "+" in wish.key else Key(wish.origin, LOG, public)
        log = log if wish.key else policy.logs[0]
        if (len(log.public), log.kind) != (32, LOG) or wish.origin not in ("", log.name):
            raise ValueError("not the key of a log")
    except (*BAD, Finding) as error:
        raise Finding("usage", asked) from error
    try:
        with wish.pack.open("rb") as file:
            return Audit(file, log, policy, held, progress)
    except OSError as error:
        code = "environment" if isinstance(error, PermissionError) else "usage"
        raise Finding(code, f"{error.strerror or error}: {wish.pack}") from error


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a Menwei audit pack. 核验门卫审计包。")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--key", default="", help="of the log: NAME+ID+KEY, or hex with --origin")
    parser.add_argument("--origin", default="", help="the log's name, where --key is hex")
    parser.add_argument("--policy", type=Path, help="log and witnesses trusted (C2SP tlog-policy)")
    parser.add_argument("--trusted", type=Path, nargs="*", default=(), help="kept checkpoints")
    local = "zh" if "zh" in str(locale.getlocale()[0]).lower() else "en"
    parser.add_argument("--lang", choices=("zh", "en"), default=local)
    asked = vars(parser.parse_args())
    language = asked.pop("lang")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        print(audited(Wish(**asked)).told(language))
    except Finding as found:
        print(found.told(language))
        return found.exit
    return 0


if __name__ == "__main__":
    sys.exit(main())
