"""What an attacker changes in the pack alone, the manifest and the ZIP made to fit."""

import base64
import io
import json
import struct
import zipfile
from random import Random

from tests import fix_pack
from tests.fix_pack import HUB
from tests.tampers.verdict import Tampered, flipped, tampered
from tests.tampers.world import PLACE, World, tiles, with_frame, world


def frame_byte(one: World, rng: Random) -> Tampered:
    position, (start, end) = rng.choice([*one.frame_places().items()])
    frames = flipped(one.files["frames"], rng.randrange(start, end), rng)
    return tampered({**one.files, "frames": frames}, "leaf", position=position)


def frame_dropped(one: World, rng: Random) -> Tampered:
    places = one.frame_places()
    position = rng.choice([at for at in places if one.log.first <= at])
    start, end = places[position]
    raw = one.files["frames"]
    frames = raw[: start - PLACE] + raw[end:]
    return tampered({**one.files, "frames": frames}, "hole", position=position)


def frames_swapped(one: World, rng: Random) -> Tampered:
    """Two batches in each other's place."""
    places, raw = one.frame_places(), one.files["frames"]
    first, second = sorted(rng.sample([*places], 2))
    (a, b), (c, d) = places[first], places[second]
    words = [struct.pack(">QqI", first, 0, d - c) + raw[c:d], struct.pack(">QqI", second, 0, b - a)]
    frames = raw[: a - PLACE] + words[0] + raw[b : c - PLACE] + words[1] + raw[a:b] + raw[d:]
    return tampered({**one.files, "frames": frames}, "leaf", position=first)


def frames_reordered(one: World, rng: Random) -> Tampered:
    """Two neighbours in the file, each under its own position."""
    places, raw = one.frame_places(), one.files["frames"]
    listed = [at for at in places if at >= one.log.first]
    n = rng.randrange(len(listed) - 1)
    (a, b), (_, d) = places[listed[n]], places[listed[n + 1]]
    frames = raw[: a - PLACE] + raw[b:d] + raw[a - PLACE : b] + raw[d:]
    return tampered({**one.files, "frames": frames}, "hole order", position=listed[n])


def frame_repeated(one: World, rng: Random) -> Tampered:
    position, (start, end) = rng.choice([*one.frame_places().items()])
    raw = one.files["frames"]
    frames = raw[:end] + raw[start - PLACE : end] + raw[end:]
    return tampered({**one.files, "frames": frames}, "order", position=position)


def frames_cut(one: World, rng: Random) -> Tampered:
    raw = one.files["frames"]
    ends = {0, *(end for _, end in one.frame_places().values())}
    at = rng.choice([at for at in range(len(raw)) if at not in ends])
    return tampered({**one.files, "frames": raw[:at]}, "form hole", file={"frames", None})


def pack_cut(one: World, rng: Random) -> Tampered:
    raw = fix_pack.packed(one.files)
    return tampered(raw[: rng.randrange(len(raw))], "zip")


def pack_byte(one: World, rng: Random) -> Tampered:
    """A byte of a file in the ZIP, nothing repaired."""
    raw = fix_pack.packed(one.files)
    name = rng.choice([name for name in one.files if one.files[name] and name != "frames"])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        at = archive.getinfo(name).header_offset + 30 + len(name)
    raw = flipped(raw, at + rng.randrange(len(one.files[name])), rng)
    codes = "tile root form signature log-key copy"
    if name == "events.ndjson":
        return tampered(raw, codes, position={None, *range(1, 2000)})
    return tampered(raw, codes, file={name, "checkpoint"})


def tile_byte(one: World, rng: Random) -> Tampered:
    name = rng.choice([name for name in one.files if name.startswith("tiles/")])
    content = flipped(one.files[name], rng.randrange(len(one.files[name])), rng)
    # A tile the edge is computed from leads to another root; others to another hash above.
    return tampered({**one.files, name: content}, "tile root", file={"checkpoint", *tiles(one)})


def tile_dropped(one: World, rng: Random) -> Tampered:
    name = rng.choice(tiles(one))
    return tampered({at: one.files[at] for at in one.files if at != name}, "missing", file=name)


def tile_narrowed(one: World, rng: Random) -> Tampered:
    """The tile of an older tree in the place of this one's."""
    name = rng.choice(tiles(one))
    width = rng.randrange(len(one.files[name]) // 32) or 1
    other = f"{name.partition('.p/')[0]}.p/{width}"
    if other == name:
        return tile_dropped(one, rng)
    files = {at: one.files[at] for at in one.files if at != name}
    return tampered(
        {**files, other: one.files[name][: 32 * width]}, "tile missing", file={name, other}
    )


def leaf_and_tile(one: World, rng: Random) -> Tampered:
    """A batch changed and the tiles made to fit, under the checkpoint as it was signed."""
    at = rng.choice(one.gateways)
    frame = bytearray(one.built.batches[at - 1].frame)
    frame[rng.randrange(148, len(frame))] ^= 1 << rng.randrange(8)
    built = with_frame(one, at, bytes(frame))
    files = fix_pack.files_of(one.log, built, one.cosigned)
    return tampered({**files, "checkpoint": one.files["checkpoint"]}, "root", file="checkpoint")


def proof_byte(one: World, rng: Random) -> Tampered:
    lines = one.files["checkpoints"].splitlines()
    n = rng.choice([at for at, line in enumerate(lines) if json.loads(line)["proof"]])
    said = json.loads(lines[n])
    which = rng.randrange(len(said["proof"]))
    raw = base64.b64decode(said["proof"][which])
    said["proof"][which] = base64.b64encode(flipped(raw, rng.randrange(32), rng)).decode()
    lines[n] = json.dumps(said).encode()
    files = {**one.files, "checkpoints": b"".join(line + b"\n" for line in lines)}
    return tampered(files, "consistency", file="checkpoints", line=n + 1)


def older_root(one: World, rng: Random) -> Tampered:
    """An older checkpoint that says something else, signed by the hub."""
    lines = one.files["checkpoints"].splitlines()
    n = rng.randrange(len(lines))
    said = json.loads(lines[n])
    origin, size, _ = said["checkpoint"].split("\n")[:3]
    text = f"{origin}\n{size}\n{base64.b64encode(rng.randbytes(32)).decode()}\n"
    said["checkpoint"] = fix_pack.signed(text, [HUB], {}).decode()
    lines[n] = json.dumps(said).encode()
    files = {**one.files, "checkpoints": b"".join(line + b"\n" for line in lines)}
    return tampered(files, "consistency", file="checkpoints", line=n + 1)


def copy_edited(one: World, rng: Random) -> Tampered:
    lines = one.files["events.ndjson"].splitlines(keepends=True)
    n = rng.randrange(len(lines))
    position = json.loads(lines[n])["position"]
    lines[n] = lines[n].replace(b'"time":"2026', b'"time":"2025', 1)
    return tampered({**one.files, "events.ndjson": b"".join(lines)}, "copy", position=position)


def copy_dropped(one: World, rng: Random) -> Tampered:
    lines = one.files["events.ndjson"].splitlines(keepends=True)
    n = rng.randrange(len(lines) - 1)
    position = json.loads(lines.pop(n))["position"]
    return tampered({**one.files, "events.ndjson": b"".join(lines)}, "copy", position=position)


def list_dropped(one: World, rng: Random) -> Tampered:
    name = rng.choice(["keys.json", "gaps.json"])
    said = json.loads(one.files[name])
    position = said.pop(rng.randrange(len(said)))["position"]
    return tampered({**one.files, name: json.dumps(said).encode()}, "copy", position=position)


def list_edited(one: World, rng: Random) -> Tampered:
    name = rng.choice(["keys.json", "gaps.json"])
    said = json.loads(one.files[name])
    chosen = rng.choice(said)
    field = rng.choice([*chosen["data"]])
    chosen["data"][field] = "other"
    files = {**one.files, name: json.dumps(said).encode()}
    return tampered(files, "copy", position=chosen["position"])


def range_narrowed(one: World, rng: Random) -> Tampered:
    """The end of the range is left out, and the pack says it was never asked for."""
    to = rng.randrange(one.log.first + 13, one.log.to)  # behind the last of the key events
    places = one.frame_places()
    kept = [at for at in places if at <= to or at == len(one.log.items)]
    frames = b"".join(one.files["frames"][places[at][0] - PLACE : places[at][1]] for at in kept)
    files = {**one.files, "frames": frames}
    lines = [
        line
        for line in files["events.ndjson"].splitlines(keepends=True)
        if json.loads(line)["position"] <= to
    ]
    files["events.ndjson"] = b"".join(lines)
    for name in ("keys.json", "gaps.json"):
        said = [each for each in json.loads(files[name]) if each["position"] <= to]
        files[name] = json.dumps(said).encode()
    manifest = json.loads(files["manifest.json"])
    manifest["selection"]["to"] = to
    files["manifest.json"] = json.dumps(manifest).encode()
    return tampered(files, "selection", position=len(one.log.items))


def media_swapped(one: World, rng: Random) -> Tampered:
    name = f"media/{rng.randbytes(32).hex()}"
    return tampered({**one.files, name: rng.randbytes(40)}, "manifest", file=name)


def skipped_bent(_: World, rng: Random) -> Tampered:
    """The list of what a filter left out, so that a batch seems to be there, or not to be."""
    one = world(0, ("door.",))
    said = json.loads(one.files["skipped.json"])
    journal = rng.choice([of for of, those in said.items() if _asked(one, of, those)])
    those = said[journal]
    n = rng.choice(_asked(one, journal, those))
    if rng.random() < 0.5:
        number = those.pop(n)[0] + 1
    else:
        number, those[n][1] = (
            those[n][0] + 1,
            rng.choice([at for at in range(1, 20) if at != those[n][1]]),
        )
    follows = next(
        at for at in one.frame_places()
        if one.journal(at) == journal and one.built.batches[at - 1].header.number == number
    )  # fmt: skip
    files = {**one.files, "skipped.json": json.dumps(said).encode()}
    return tampered(files, "gap chain", position=follows)


def _asked(one: World, journal: str, those: list[list[int]]) -> list[int]:
    """Which of them the next batch of the range is chained to."""
    inside = [at for at in one.frame_places() if at <= one.log.to and one.journal(at) == journal]
    there = {one.built.batches[at - 1].header.number for at in inside}
    return [n for n, (number, _) in enumerate(those) if number + 1 in there]
