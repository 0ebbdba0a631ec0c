"""Where a device's record counter stands, and as the row of a journal file it is kept in."""

from collections.abc import Sequence

import msgspec

from core.clock import parse_rfc3339
from edge.damage import Corrupt
from edge.rowsum import SIZE, rowsum

Range = tuple[int, int]  # both ends included


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where one counter of one device stands."""

    epoch: int
    highest: int
    latest: int  # accepted last: facts of one record share its number
    linked: int  # highest number that came with a link; -1: this device links none
    last_time: str  # of the record with the highest number, as told; empty when it told none
    seen: str  # gateway's time of the same
    began: str = ""  # last_time of the epoch's first record
    gaps: tuple[Range, ...] = ()  # declared, not filled; ascending
    before: "Track | None" = None  # the epoch before, where clocks can tell its stragglers


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Track)
_SUMMED, _BARE = b"\x01", b"{"  # how a state begins; the first files' had no sum
_BODY = 1 + SIZE
_MOST_USED = 1 << 62


def row_of(source: str, counter: str, used: int, track: Track) -> tuple[str, str, int, int, bytes]:
    """A track as its row."""
    unfilled = len(track.gaps) + (len(track.before.gaps) if track.before else 0)
    body = _ENCODER.encode(track)
    told = rowsum(source, counter, used, unfilled, body)
    return source, counter, used, unfilled, _SUMMED + told + body


def track_of(row: Sequence[object]) -> Track:
    """The track in a row; Corrupt unless it is as it was written."""
    source, counter, used, unfilled, state = row
    if isinstance(state, bytes) and isinstance(unfilled, int) and orderly(used):
        head, body = state[:_BODY], state[_BODY:]
        if head[:1] == _BARE:
            return _unsummed(f"{source}", f"{counter}", state)
        if head == _SUMMED + rowsum(source, counter, used, unfilled, body):
            return _DECODER.decode(body)
    raise Corrupt(f"records: counter {counter} of {source}: not as it was written")


def _unsummed(source: str, counter: str, state: bytes) -> Track:
    try:
        track = _DECODER.decode(state)
        for time in filter(None, (track.last_time, track.seen, track.began)):
            parse_rfc3339(time)
    except (msgspec.DecodeError, ValueError) as error:
        raise Corrupt(f"records: counter {counter} of {source}: {error}") from error
    return track


def orderly(used: object) -> bool:
    """Whether it can be a place in the order of last use."""
    return isinstance(used, int) and 0 <= used < _MOST_USED
