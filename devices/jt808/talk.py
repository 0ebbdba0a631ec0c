"""The platform's side of a JT/T 808 connection: every message is answered, after it is durable.

A terminal keeps what was not answered and sends it again, so the answer is our acknowledgement.
Dying between commit and answer: it comes again, and is told by its content.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC

from core.errors import Undecodable
from devices.adapter import Message
from devices.jt808.frame import LONGEST, MARK, Frame, Head, code_of, first_of, read, written
from devices.wire import Place, Turn

_DONE, _FAILED = 0, 1
_ANSWER, _REGISTERED, _TIME = 0x8001, 0x8100, 0x8004
_REGISTER, _AUTHENTICATE, _LOGOUT, _ASK_TIME = 0x0100, 0x0102, 0x0003, 0x0004
_UNANSWERED = frozenset({0x0001, 0x0104, 0x0107, 0x0201})  # are answers themselves
_MOST_PARTS = 262_144  # bytes of subpackages that wait for the rest of theirs ...
_OVERHEAD = 256  # ... and so many for each
_MOST_JUNK = 64  # unreadable pieces in a row before we hang up


class Conversation:
    """One connection (or UDP peer). Owns the bytes of a frame that is not whole yet, and the
    subpackages whose message is not."""

    def __init__(self, place: Place, peer: str) -> None:
        self._place = place
        self._peer = peer
        self._rest = b""
        self._inside = False  # a delimiter has been seen
        self._serial = 0
        self._proven = ""  # the number of the terminal that authenticated here
        self._parts: dict[tuple[str, int, int, int], dict[int, tuple[Head, bytes]]] = {}
        self._held = 0
        self._junk = 0

    def received(self, data: bytes) -> Sequence[Turn]:
        turns: list[Turn] = []
        *ended, rest = (self._rest + data).split(bytes([MARK]))
        for piece in ended:
            if piece and (self._inside or len(piece) > 12):
                turns.append(self._piece(piece))
                if turns[-1].end:
                    self._rest, self._inside = b"", False
                    return turns
            self._inside = True
        self._rest = rest
        if len(self._rest) > LONGEST:
            self._rest, self._inside = b"", False
            turns.append(Turn(end=True))  # nothing that speaks this protocol
        return turns

    def _piece(self, piece: bytes) -> Turn:
        raw = b"\x7e" + piece + b"\x7e"
        try:
            frame = read(piece)
        except Undecodable:
            # Set aside unanswered: a terminal sends again what was damaged on its way.
            self._junk += 1
            return Turn(messages=(_message(raw),), end=self._junk >= _MOST_JUNK)
        self._junk = 0
        head = frame.head
        if self._secret(head) is not None and not self._allowed(frame):
            return Turn(answer=self._answer(head, _FAILED), end=True)
        if head.packages > 1:
            return self._subpackage(head, raw)
        return Turn(
            messages=(_message(raw),),
            answer=self._reply(frame),
            end=head.kind == _LOGOUT,
        )

    def _subpackage(self, head: Head, raw: bytes) -> Turn:
        """All of a message are answered when all are durable, which they are as one."""
        key, before = (head.phone, head.kind, head.packages), first_of(head)
        if (*key, before) not in self._parts and (*key, head.serial) in self._parts:
            before = head.serial  # all of a message under one number, with some firmware
        parts = self._parts.setdefault((*key, before), {})
        if (told := parts.get(head.package)) is not None:
            self._held -= _cost(told[1])
        parts[head.package] = (head, raw)
        self._held += _cost(raw)
        if len(parts) == head.packages:
            del self._parts[*key, before]
            self._held -= sum(_cost(one) for _, one in parts.values())
            inorder = [parts[number] for number in sorted(parts)]
            return Turn(
                messages=(_message(b"".join(one for _, one in inorder)),),
                answer=b"".join(self._answer(one, _DONE) for one, _ in inorder),
            )
        dropped: list[Message] = []
        while self._held > _MOST_PARTS:  # the oldest, unanswered, and not silently
            old = self._parts.pop(next(iter(self._parts)))
            self._held -= sum(_cost(one) for _, one in old.values())
            dropped.append(_message(b"".join(one for _, one in old.values())))
        return Turn(messages=tuple(dropped))

    def _reply(self, frame: Frame) -> bytes:
        head = frame.head
        if head.kind in _UNANSWERED:
            return b""
        if head.kind == _REGISTER:
            code = self._secret(head) or code_of(head.phone)
            return self._frame(head, _REGISTERED, _serial(head) + b"\x00" + code.encode("gb18030"))
        if head.kind == _ASK_TIME:
            now = self._place.now().astimezone(UTC)
            return self._frame(head, _TIME, bytes.fromhex(now.strftime("%y%m%d%H%M%S")))
        return self._answer(head, _DONE)

    def _allowed(self, frame: Frame) -> bool:
        """Of a terminal the installer gave a password: it is the code of the registration, and
        has to be shown before anything else is listened to."""
        head = frame.head
        if head.kind == _AUTHENTICATE:
            secret = self._secret(head) or ""
            if hmac.compare_digest(_shown(frame), secret.encode("gb18030")):
                self._proven = head.phone
        return head.kind == _REGISTER or self._proven == head.phone

    def _secret(self, head: Head) -> str | None:
        return self._first(head, self._place.secret)

    def _first(self, head: Head, ask: Callable[[str], str | None]) -> str | None:
        for name in (code_of(head.phone), head.phone.lstrip("0"), head.phone):
            if (found := ask(name)) is not None:
                return found
        return None

    def _answer(self, head: Head, result: int) -> bytes:
        body = _serial(head) + head.kind.to_bytes(2, "big") + bytes([result])
        return self._frame(head, _ANSWER, body)

    def _frame(self, head: Head, kind: int, body: bytes) -> bytes:
        """In the terminal's own edition, with our serial number."""
        made = Head(kind=kind, phone=head.phone, serial=self._serial, edition=head.edition)
        self._serial = (self._serial + 1) % 65_536
        return written(made, body)


def _cost(raw: bytes) -> int:
    """Of a subpackage that waits, in memory: however short it is, it is not free."""
    return len(raw) + _OVERHEAD


def _serial(head: Head) -> bytes:
    return head.serial.to_bytes(2, "big")


def _shown(frame: Frame) -> bytes:
    """The code of an authentication; edition 2019 says its length, and more behind it."""
    if frame.head.edition < 0:
        return frame.body.rstrip(b"\x00")
    length = frame.body[0] if frame.body else 0
    return frame.body[1 : 1 + length]


def _message(raw: bytes) -> Message:
    return Message("", raw, adapter="jt808")
