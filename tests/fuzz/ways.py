"""The ways in: something hostile is made, then handed over, and what came of it is looked at."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from urllib.parse import parse_qsl

from core.errors import Undecodable
from devices import markup, registry
from devices.adapter import Known, Message
from devices.wire import Request, Turn
from tests.fuzz import over_http
from tests.fuzz.mutate import mutated
from tests.property.test_decode import check
from tests.unit.devices.wire import SHANGHAI, message_of, samples

SEEDS = tuple(message_of(path) for path in samples())
XML = tuple(one for one in SEEDS if markup.looks(one.payload)) or (
    Message("", b"<a x='1'><b>1</b></a>"),
)
Hand = Callable[[], str]  # over → what came of it, in a word; AssertionError: it should not have
Make = Callable[[Random], Hand]


class Nowhere:
    """A place that knows nobody by name, and everybody by sight."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def note(self, key: str) -> str:
        return ""

    def secret(self, user: str) -> str | None:
        return "secret" if len(user) % 2 else None

    def nonce(self) -> str:
        return "1.1.f"

    def fresh(self, nonce: str) -> bool:
        return nonce == "1.1.f"

    def known(self, device: str) -> Known | None:
        return Known() if len(device) % 3 else None

    def gaps(self, device: str) -> Sequence[tuple[int, int]]:
        return ((3, 5), (7, 2**53)) if len(device) % 2 else ()


def decoded(rng: Random) -> Hand:
    """By topic and form, or by one adapter's name."""
    message = mutated(rng, SEEDS)
    name = rng.choice(registry.ADAPTERS).name if rng.random() < 0.2 else ""
    return lambda: _understood(message, name)


def dialogued(rng: Random) -> Hand:
    """A request to an adapter that answers by HTTP."""
    dialogs = [one.dialog for one in registry.ADAPTERS if one.dialog is not None]
    if not dialogs:
        return lambda: "none"
    dialog = rng.choice(dialogs)
    message = mutated(rng, SEEDS)
    path, _, query = message.topic.partition("?")
    tail = rng.choice((path, "/".join(path.split("/")[1:]), *_PATHS))
    request = Request(
        method=rng.choice(("GET", "POST", "PUT", "DELETE", "X")),
        path=f"{rng.choice(dialog.paths)}/{tail}",
        query=dict(parse_qsl(query)) or rng.choice(_QUERIES),
        headers=rng.choice(_HEADERS),
        body=message.payload,
        client=rng.choice(("", "gate-1")),
        peer="127.0.0.1",
    )

    def hand() -> str:
        exchange = dialog.turn(request, Nowhere())
        assert 100 <= exchange.reply.status < 600
        for one in exchange.messages:
            _understood(one)
        return f"{exchange.reply.status}"

    return hand


def talked(rng: Random) -> Hand:
    """A TCP stream in random pieces, or datagrams."""
    spoken = [one.converse for one in registry.ADAPTERS if one.converse is not None]
    if not spoken:
        return lambda: "none"
    converse = rng.choice(spoken)
    stream = b"".join(mutated(rng, SEEDS).payload for _ in range(rng.randrange(1, 4)))
    size = rng.choice((7, 100, 1400, 65_536))

    def hand() -> str:
        talk = converse.open(Nowhere(), "127.0.0.1")
        turns: list[Turn] = []
        for start in range(0, len(stream), size):
            turns += talk.received(stream[start : start + size])
        for turn in turns:
            for one in turn.messages:
                _understood(one)
        return f"{min(len(turns), 3)} turns"

    return hand


def marked(rng: Random) -> Hand:
    """XML, where entities and depth would bite."""
    payload = mutated(rng, XML).payload

    def hand() -> str:
        try:
            markup.parse(payload)
        except Undecodable as error:
            return error.reason
        return "parsed"

    return hand


def _understood(message: Message, adapter: str = "") -> str:
    outcome = registry.decode(message, SHANGHAI, adapter)
    if isinstance(outcome, registry.Aside) and outcome.reason == "fault":
        raise AssertionError(f"{outcome.adapter}: {outcome.detail}")
    check(outcome, repeated=True)
    return outcome.reason if isinstance(outcome, registry.Aside) else "decoded"


_PATHS = (
    "cdata", "getrequest", "devicecmd", "registry", "push", "querydata", "ping", "System/Register",
    "System/Keepalive", "System/Time", "System/UnRegister", "Faces", "Persons", "MotorVehicles",
    "NonMotorVehicles", "Images", "Subscribes", "SubscribeNotifications", "APEs",
    "Community/PersonInfos", "", "..", "%00",
)  # fmt: skip
_QUERIES: tuple[dict[str, str], ...] = (
    {}, {"SN": "CRJP230000001", "table": "rtlog"}, {"SN": "A" * 500},
    {"SN": "SN1", "options": "all"},
    {"SN": "SN1", "table": "ATTLOG", "Stamp": "1"}, {"SN": "", "table": "\0"},
    {"SN": "SN2", "options": "all", "DeviceType": "acc", "pushver": "3.1.2"},
    {"SN": "SN1", "table": "tabledata", "tablename": "transaction", "count": "x"},
)  # fmt: skip
_HEADERS: tuple[dict[str, str], ...] = (
    {}, {"user-identify": "34020000001190000001"}, {"user-identify": "\r\n"},
    {"authorization": "Digest "}, {"authorization": 'Digest username="a", nonce="1.1.f", nc=1'},
    {"authorization": 'Digest username="abc", realm="x", nonce="1.1.f", response="0", qop=auth, '
     'uri="/VIID/System/Register", nc=00000001, cnonce="1"',
     "user-identify": "34020000001190000001"},
    {"content-type": "application/VIID+JSON", "user-identify": "34020000001190000001"},
)  # fmt: skip

WAYS: dict[str, tuple[Make, float]] = {  # and its share of all payloads
    "decode": (decoded, 0.65),
    "dialog": (dialogued, 0.1),
    "talk": (talked, 0.1),
    "markup": (marked, 0.05),
    "http": (over_http.maker(SEEDS, Nowhere()), 0.1),
}
