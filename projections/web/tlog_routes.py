"""/tlog: the transparency log as C2SP tlog-tiles has it, for whoever checks it. Checkpoint and
tiles are signatures and hashes, open to all; the batches themselves are for auditors.

A batch may be longer than the 65,535 bytes that an entry bundle can hold of one. Such a bundle is
not served; /tlog/frames serves every one, with lengths of four bytes instead of two.
"""

import struct
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response

from core.errors import BadProof
from core.tlog.log import TransparencyLog
from core.tlog.tiles import WIDTH, Tile, tile_of
from projections.web.api import Shared
from projections.web.auth import Hub
from projections.web.desk import Desk
from projections.web.rights import Auditor

_ENTRY, _FRAME = struct.Struct(">H"), struct.Struct(">I")
_MOST = 2**16 - 1  # bytes of an entry in a bundle
_PAGE = 4_000_000
_BYTES = "application/octet-stream"
_MOMENT = {"Cache-Control": "public, max-age=2"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_MINE = {"Cache-Control": "private, max-age=31536000, immutable"}

router = APIRouter(prefix="/tlog", include_in_schema=False)


async def _log(desk: Hub) -> TransparencyLog:
    if desk.tlog is None:
        raise HTTPException(404, "This hub signs no log.")
    return desk.tlog


Log = Annotated[TransparencyLog, Depends(_log)]


@router.get("/checkpoint")
async def checkpoint(log: Log) -> Response:
    published = log.published()
    if published is None:
        raise HTTPException(404, "Nothing is signed yet.")
    raw = published.checkpoint.encode()
    return Response(raw, media_type="text/plain; charset=utf-8", headers=_MOMENT)


@router.get("/tile/entries/{place:path}")
async def entries(desk: Hub, log: Log, _: Auditor, shared: Shared, place: str) -> Response:
    """Batches of a tile of level 0, each behind its length."""
    frames = await shared.scans.run(_frames, desk, log, place)
    if max(map(len, frames)) > _MOST:
        raise HTTPException(
            404, f"One of these is longer than an entry bundle can hold: /tlog/frames/{place}."
        )
    return _bundle(frames, _ENTRY)


@router.get("/frames/{place:path}")
async def frames(desk: Hub, log: Log, _: Auditor, shared: Shared, place: str) -> Response:
    return _bundle(await shared.scans.run(_frames, desk, log, place), _FRAME)


@router.get("/tile/{place:path}")
def tile(log: Log, place: str) -> Response:
    raw = log.tile(_tile(f"tile/{place}"))
    if raw is None:
        raise HTTPException(404, "No published tree has this tile.")
    return Response(raw, media_type=_BYTES, headers=_FOREVER)


def _tile(path: str) -> Tile:
    try:
        return tile_of(path)
    except BadProof as bad:
        raise HTTPException(404, "Not the path of a tile.") from bad


def _frames(desk: Desk, log: TransparencyLog, place: str) -> list[bytes]:
    wanted = _tile(f"tile/0/{place}")
    if log.tile(wanted) is None:
        raise HTTPException(404, "No published tree has this tile.")
    found: list[bytes] = []
    while len(found) < wanted.width:
        after = wanted.index * WIDTH + len(found)
        page = desk.log.frames(after, wanted.width - len(found), _PAGE)
        if not page:
            raise HTTPException(404, f"What was signed at position {after + 1} is not stored.")
        found += [frame for _, frame in page]
    return found


def _bundle(frames: list[bytes], length: struct.Struct) -> Response:
    raw = b"".join(part for frame in frames for part in (length.pack(len(frame)), frame))
    return Response(raw, media_type=_BYTES, headers=_MINE)
