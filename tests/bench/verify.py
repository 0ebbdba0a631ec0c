"""An audit pack of a city's events, checked by the single file alone in a process of its own."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.batch import Batch, parse
from core.dictionary import DICTIONARY
from core.events.key import Enrolled
from core.tlog import proofs
from core.tlog.head import TreeHead
from infra.audit.beside import pack_files
from tests import fix_pack
from tests.bench.city import City
from tests.bench.context import Context
from tests.bench.table import Result
from tests.fix_pack import HUB, LOG_KEY, ORIGIN, STEP, Log, Own

_EVENTS = 1_000_000
_LIMIT = 8.0  # seconds


def measure(context: Context) -> list[Result]:
    """Whole: every check, beside the readable copy. Frames: without a copy, as without zstd."""
    events = context.events(_EVENTS)
    city = context.load(events).city()
    results = []
    with context.room() as folder:
        for name, copy in (("with its readable copy", True), ("without a copy", False)):
            pack = folder / f"{copy}.zip"
            with zipfile.ZipFile(pack, "w") as archive:
                write(archive, city, events, copy=copy)
            runs = [checked(pack) for _ in range(context.repeats)]
            seconds = sorted(one[0] for one in runs)[len(runs) // 2]
            held = max(one[1] for one in runs)
            size = pack.stat().st_size / 1e6
            results.append(
                Result(
                    name=f"audit pack of {events:,} events {name} ({size:.0f} MB), verified",
                    measured=f"{seconds:.2f} s, {events / seconds:,.0f} ev/s, {held:.0f} MB",
                    limit=f"≤ {_LIMIT:g} s a million",
                    reached=seconds <= _LIMIT * events / _EVENTS,
                    command=context.command("verify"),
                )
            )
    return results


def checked(pack: Path) -> tuple[float, float]:
    """Processor seconds and peak memory in MB of the file alone: it has one thread."""
    program = pack.with_name("verify.py")
    program.write_bytes(pack_files(None)["verify.py"])
    command = [sys.executable, "-I", str(program), str(pack), "--key", LOG_KEY]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{pack} does not hold, exit code {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def write(archive: zipfile.ZipFile, city: City, events: int, *, copy: bool) -> None:
    """As tests.fix_pack does, without holding all of it."""
    kept: dict[str, dict[str, object]] = {}

    def put(name: str, parts: Iterator[bytes], method: int = zipfile.ZIP_STORED) -> None:
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        info.compress_type = method
        with archive.open(info, "w", force_zip64=True) as entry:
            for part in parts:
                entry.write(part)
                digest.update(part)
                size += len(part)
        kept[name] = {"sha256": digest.hexdigest(), "bytes": size}

    leaves: list[bytes] = []

    def frames() -> Iterator[bytes]:
        for position, batch in _batches(city, events):
            leaves.append(batch.hash)
            yield fix_pack.placed(position, batch.frame)

    put("frames", frames())
    levels = fix_pack.nodes(leaves)
    size = len(leaves)
    root = proofs.root(lambda level, index: levels[level][index], size)
    text = TreeHead(ORIGIN, size, root).text()
    put("checkpoint", iter([fix_pack.signed(text, [HUB], {})]))
    for tile in sorted(fix_pack.tiles_of(size, set(range(size)))):
        start = tile.index * 256
        put(f"tiles/{tile.path}", iter(levels[tile.level * 8][start : start + tile.width]))
    if copy:
        put("events.ndjson", _copy(city, events, size - 1), zipfile.ZIP_DEFLATED)
    put("dictionary1.bin", iter([DICTIONARY.as_bytes()]))
    selection = {"from": 1, "to": size - 1, "compound": "", "types": []}
    manifest = {"format": "menwei-audit-pack", "version": 1, "selection": selection}
    said = json.dumps({**manifest, "export": size, "files": kept}).encode()
    put("manifest.json", iter([said]))


def _copy(city: City, events: int, to: int) -> Iterator[bytes]:
    line = b'{"position":%d,"index":%d,"event":%s}\n'
    for position, batch in _batches(city, events):
        if position <= to:
            said = enumerate(batch.lines().splitlines())
            yield b"".join(line % (position, index, one) for index, one in said)


def _batches(city: City, events: int) -> Iterator[tuple[int, Batch]]:
    """The hub's word of every key, the city's batches, the hub's word of the export."""
    enrolments = [
        Enrolled(role="gateway", key=one.key, compound=one.compound, gateway=one.name, since=1)
        for one in city.gateways
    ]
    hub = Enrolled(role="hub", key=HUB.public.hex(), since=1)
    begin = fix_pack.own(HUB, 0, hub, *enrolments)
    position = 1
    yield position, fix_pack.sealed([begin]).batches[0]
    for position, arrival in enumerate(city.arrivals(events), 2):
        yield position, parse(arrival.frame)
    log = Log([], [], 1, position)
    end: Own = fix_pack.exported(HUB, STEP, log)
    yield position + 1, fix_pack.sealed([begin, end]).batches[1]
