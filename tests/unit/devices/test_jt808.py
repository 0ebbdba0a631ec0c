"""JT/T 808: what frames say, and what a terminal is answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import pytest

from core.errors import Undecodable
from core.event import Draft
from core.events import device, vehicle
from devices import registry
from devices.adapter import Known, Message, Site
from devices.jt808 import frame
from devices.jt808.frame import Head, code_of, read, written
from devices.jt808.location import GMT8
from devices.jt808.simulate import Fix, Terminal, located
from devices.jt808.talk import Conversation
from devices.wire import Turn
from tests.unit.devices.here import Here
from tests.unit.devices.wire import SHANGHAI, aside, site_with

PHONE = "13800138000"
AT = datetime(2026, 3, 2, 7, 41, 9, tzinfo=GMT8)
KEY = code_of(PHONE)


def drafts(payload: bytes, site: Site = SHANGHAI) -> tuple[Draft, ...]:
    outcome = registry.decode(Message("", payload), site)
    assert isinstance(outcome, registry.Decoded), outcome
    assert outcome.adapter == "jt808"
    return outcome.drafts


def one(payload: bytes, site: Site = SHANGHAI) -> Draft:
    (only,) = drafts(payload, site)
    return only


def report(body: bytes, edition: int = 1) -> bytes:
    phone = PHONE.zfill(12 if edition < 0 else 20)
    return written(Head(0x0200, phone, 7, edition), body)


@pytest.mark.parametrize("edition", [-1, 1])
def test_a_report_is_a_position(edition: int) -> None:
    fix = Fix(at=AT, speed=23.4, heading=91, altitude=-3, alarm=2, mileage=12.5, fuel=80.1)
    made = one(report(located(fix), edition))
    assert (made.device, made.subject) == (KEY, f"vehicle/{KEY}")
    assert (made.time, made.timequality) == ("2026-03-02T07:41:09+08:00", "device-zone")
    assert made.data == vehicle.Positioned(
        lat=31.230416,
        lon=121.473701,
        speed_kmh=23.4,
        heading_deg=91.0,
        alarm_bits=2,
        native={
            "adapter": "jt808",
            "serial": 7,
            "edition": 2013 if edition < 0 else 2019,
            "alarm": 2,
            "status": 3,
            "acc": True,
            "altitudeM": -3,
            "mileageKm": 12.5,
            "fuelL": 80.1,
        },
    )


def test_hemispheres_are_obeyed_where_the_installer_says_so() -> None:
    payload = report(located(Fix(at=AT, lat=-12.5, lon=-77.25)))
    for options, place in (({}, (12.5, 77.25)), ({"hemisphere": "as-told"}, (-12.5, -77.25))):
        data = one(payload, site_with(KEY, Known(options=options))).data
        assert isinstance(data, vehicle.Positioned)
        assert (data.lat, data.lon) == place
        assert data.native["status"] == 0b1111


def test_a_vehicle_whose_terminal_says_south_is_where_it_is() -> None:
    """Bit 2 set, as it is met in the field."""
    body = bytes.fromhex("0000006f0000001601dc9a0707456246007b00420003250129223344")
    made = one(report(body + bytes.fromhex("0202006401040000000c")))
    assert isinstance(made.data, vehicle.Positioned)
    assert (made.data.lat, made.data.lon) == (31.234567, 121.987654)
    assert (made.data.speed_kmh, made.data.alarm_bits) == (6.6, 111)
    assert made.data.native["status"] == 22


def test_the_number_of_the_sim_is_nowhere() -> None:
    for payload in (report(located(Fix(at=AT))), Terminal(PHONE, -1).register("沪A12345")):
        for draft in drafts(payload):
            bare = msgspec.structs.replace(draft, mark="", personal=None)
            seen = msgspec.json.encode(bare).decode()
            assert PHONE not in seen
            assert "A12345" not in seen
            assert draft.mark == PHONE
            assert draft.personal is not None  # so that the frame's hash is sealed, too
            assert draft.personal.fields["phone"] == PHONE


@pytest.mark.parametrize("key", [KEY, PHONE])
def test_the_installers_name(key: str) -> None:
    site = site_with(key, Known(name="truck-07"))
    made = one(report(located(Fix(at=AT))), site)
    assert (made.device, made.subject) == (KEY, "vehicle/truck-07")


def test_not_positioned_is_no_position() -> None:
    payload = report(located(Fix(at=AT, positioned=False)))
    outcome = registry.decode(Message("", payload), SHANGHAI)
    assert outcome == registry.Decoded("jt808", (), (KEY,))
    warned = one(report(located(Fix(at=AT, positioned=False, alarm=1)))).data
    assert isinstance(warned, device.ConditionChanged)
    assert warned.native["alarm"] == 1


def test_items_unknown_and_cut_are_passed_over() -> None:
    body = located(Fix(at=AT)) + bytes.fromhex("e103010203020200c80104000000")
    data = one(report(body)).data
    assert data.native["fuelL"] == 20
    assert "mileageKm" not in data.native


def test_a_terminal_without_a_clock() -> None:
    body = located(Fix(at=AT))
    made = one(report(body[:22] + bytes(6)))
    assert (made.time, made.timequality, made.unnumbered) == ("", "gateway", True)


def test_sent_again_it_is_the_same_report_and_late() -> None:
    terminal = Terminal(PHONE, 1, serial=65_535)
    first = one(terminal.report(Fix(at=AT)))
    (batch,) = terminal.again()
    again = one(batch)
    assert (first.id, first.mark, first.origin) == (again.id, again.mark, "live")
    assert again.origin == "backfill"
    assert msgspec.structs.replace(first.data, native={}) == msgspec.structs.replace(
        again.data, native={}
    )


def test_a_batch_in_subpackages_in_any_order() -> None:
    terminal = Terminal(PHONE, 1, serial=65_530)
    for second in range(60):
        terminal.report(Fix(at=AT.replace(second=second)))
    parts = terminal.again()
    assert len(parts) > 1
    assert len(drafts(b"".join(parts))) == 60
    assert drafts(b"".join(reversed(parts))) == drafts(b"".join([*parts, parts[0]]))
    outcome = registry.decode(Message("", b"".join(parts[1:])), SHANGHAI)
    assert isinstance(outcome, registry.Aside)
    assert outcome.reason == "malformed"


def test_registration_and_logout() -> None:
    terminal = Terminal(PHONE, -1)
    made = one(terminal.register("沪A12345", 2))
    assert isinstance(made.data, device.Connected)
    assert (made.data.model, made.data.reason) == ("RT-808", "registered")
    assert made.personal is not None
    assert made.personal.fields == {"plate": "沪A12345", "phone": PHONE}
    assert made.unnumbered
    assert isinstance(one(terminal.logout()).data, device.Lost)
    assert drafts(terminal.heartbeat()) == ()


def test_several_frames_and_hex_text() -> None:
    first, second = report(located(Fix(at=AT))), report(located(Fix(at=AT.replace(hour=8))))
    raw = drafts(first + second)
    assert len(raw) == 2
    assert drafts(first + second[1:]) == raw  # one delimiter between two frames
    text = f"# two\n{first.hex(' ').upper()}\n{second.hex()}  # the second\n"
    assert drafts(text.encode()) == raw


def test_noise_between_frames_costs_none_of_them() -> None:
    first, second = report(located(Fix(at=AT))), report(located(Fix(at=AT.replace(hour=8))), -1)
    clean = drafts(first + second)
    for noise in (b"\x00\x01", b"AT+CSQ\r\n and more of what a modem says", b"\xff" * 61):
        assert drafts(first + noise + second) == clean
        around = registry.decode(Message("jt808/x", noise + first + second + noise), SHANGHAI)
        assert around == registry.Decoded("jt808", clean)
    damaged = _damaged(second, 20)
    assert aside("jt808/x", first + damaged)[:2] == ("jt808", "malformed")  # a frame, and broken


def test_an_answer_to_a_vehicles_order_holds_where_it_is() -> None:
    body = located(Fix(at=AT))
    frame_ = written(Head(0x0500, PHONE.zfill(20), 7, 1), b"\x00\x01" + body)
    assert one(frame_).id == one(report(body)).id


def _damaged(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :]


def _longer() -> bytes:
    """A right checksum over a wrong length."""
    plain = frame.unescaped(report(located(Fix(at=AT)))[1:-1])
    wrong = plain[:3] + bytes([plain[3] - 1]) + plain[4:-1]
    checksum = 0
    for byte in wrong:
        checksum ^= byte
    return b"\x7e" + frame.escaped(wrong + bytes([checksum])) + b"\x7e"


GOOD = report(located(Fix(at=AT)))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (_damaged(GOOD, 20), "malformed"),
        (_longer(), "malformed"),
        (b"\x7e" + GOOD[1:12] + b"\x7d" + GOOD[12:-1] + b"\x7e", "malformed"),
        (written(Head(0x0200, PHONE.zfill(20), 7, 1, encrypted=True), bytes(28)), "field"),
        (written(Head(0x0900, PHONE.zfill(20), 7, 1), b"\x01abc"), "unknown-type"),
        (written(Head(0x0704, PHONE.zfill(20), 7, 1), b"\x00\x02\x01\x00\x1c"), "malformed"),
        (report(bytes(10)), "malformed"),
        (report(located(Fix(at=AT))[:22] + bytes.fromhex("269999999999")), "time"),
        (report(located(Fix(at=AT, lat=90.5))), "field"),
        (b"7e0200zz7e", "shape"),
        (b"hello", "shape"),
        (b"", "empty"),
    ],
)
def test_refusals(payload: bytes, reason: str) -> None:
    assert aside("jt808/x", payload)[:2] == ("jt808", reason)


def heard(talk: Conversation, data: bytes) -> Sequence[Turn]:
    return talk.received(data)


def test_a_conversation_answers_behind_what_it_hands_over() -> None:
    talk, terminal = Conversation(Here(), "peer"), Terminal(PHONE, 1, serial=65_534)
    for sent in (terminal.register(), terminal.authenticate(), terminal.heartbeat()):
        (turn,) = heard(talk, sent)
        assert len(turn.messages) == 1
        terminal.heard(turn.answer)
    assert terminal.results == [(0x0100, 0), (0x0102, 0), (0x0002, 0)]
    assert terminal.code
    raw = terminal.report(Fix(at=AT))
    (turn,) = heard(talk, raw)
    assert turn.messages == (Message("", raw, adapter="jt808"),)
    assert terminal.unanswered
    terminal.heard(turn.answer)
    assert not terminal.unanswered
    (bye,) = heard(talk, terminal.logout())
    assert bye.end


def test_a_stream_cut_anywhere_says_the_same() -> None:
    terminal = Terminal(PHONE, -1)
    stream = terminal.heartbeat() + terminal.report(Fix(at=AT)) + terminal.heartbeat()
    whole = [turn.answer for turn in heard(Conversation(Here(), ""), stream)]
    for at in range(len(stream)):
        talk = Conversation(Here(), "")
        turns = [*heard(talk, stream[:at]), *heard(talk, stream[at:])]
        assert [turn.answer for turn in turns] == whole


def test_a_terminal_with_a_secret_has_to_show_it() -> None:
    here = Here({KEY: "s3cret"})
    wrong = Terminal(PHONE, 1, code="guess")
    (turn,) = heard(Conversation(here, ""), wrong.authenticate())
    wrong.heard(turn.answer)
    assert (turn.messages, turn.end, wrong.results) == ((), True, [(0x0102, 1)])
    (turn,) = heard(Conversation(here, ""), wrong.report(Fix(at=AT)))
    assert (turn.messages, turn.end) == ((), True)
    talk, right = Conversation(here, ""), Terminal(PHONE, -1)
    for make in (right.register, right.authenticate):
        (turn,) = heard(talk, make())
        right.heard(turn.answer)
    (turn,) = heard(talk, right.report(Fix(at=AT)))
    right.heard(turn.answer)
    assert not right.unanswered


def test_subpackages_are_answered_when_all_are_there() -> None:
    talk, terminal = Conversation(Here(), ""), Terminal(PHONE, 1)
    for second in range(60):
        terminal.report(Fix(at=AT.replace(second=second)))
    *before, last = terminal.again()
    for part in before:
        (turn,) = heard(talk, part)
        assert (turn.messages, turn.answer) == ((), b"")
    (turn,) = heard(talk, last)
    terminal.heard(turn.answer)
    assert len(terminal.results) == len(before) + 1
    assert len(drafts(turn.messages[0].payload)) == 60


def test_what_is_damaged_is_set_aside_unanswered_and_the_next_is_read() -> None:
    talk, terminal = Conversation(Here(), ""), Terminal(PHONE, 1)
    first, second = heard(talk, b"noise" + _damaged(GOOD, 20) + terminal.heartbeat())
    assert (len(first.messages), first.answer) == (1, b"")
    assert second.answer


def test_memory_is_bounded() -> None:
    talk = Conversation(Here(), "")
    assert any(turn.end for turn in heard(talk, b"GET / HTTP/1.1\r\n" * 1000))
    talk = Conversation(Here(), "")
    kept: list[Any] = []
    for serial in range(0, 60_000, 100):
        head = Head(0x0704, PHONE.zfill(20), serial, 1, packages=2, package=1)
        kept += heard(talk, written(head, bytes(1000)))
    assert sum(len(turn.messages) for turn in kept) > 100
    assert talk._held <= 262_144


def test_what_frames_cannot_hold() -> None:
    with pytest.raises(ValueError, match="1023"):
        written(Head(0x0704, PHONE.zfill(20), 0, 1), bytes(1024))
    with pytest.raises(Undecodable):
        read(bytes(5000))


def test_zero_in_both_coordinates_is_no_position() -> None:
    nowhere = located(Fix(at=AT, lat=0, lon=0))
    assert drafts(report(nowhere)) == ()
    assert isinstance(
        one(report(located(Fix(at=AT, lat=0, lon=0, alarm=1)))).data, device.ConditionChanged
    )
    assert isinstance(one(report(located(Fix(at=AT, lat=0, lon=1)))).data, vehicle.Positioned)


@pytest.mark.parametrize(
    "told", ["0138000", PHONE.zfill(12), "T" + PHONE, "沪A12345", "A12345", "A-12345-1"]
)
def test_a_serial_number_made_of_the_sims_or_of_the_plate_is_left_out(told: str) -> None:
    for edition, widths in ((-1, (5, 20, 7)), (1, (11, 30, 30))):
        words = ("MW001", "RT-808", told)
        fields = zip(words, widths, strict=True)
        body = b"".join(word.encode("gbk")[:width].ljust(width, b"\0") for word, width in fields)
        body = bytes(4) + body + b"\x02" + "沪A12345".encode("gbk")
        phone = PHONE.zfill(12 if edition < 0 else 20)
        made = one(written(Head(0x0100, phone, 7, edition), body)).data
        assert isinstance(made, device.Connected)
        if edition >= 0 or len(told.encode("gbk")) <= 7:
            assert "terminal" not in made.native
        assert (made.model, made.native["maker"]) == ("RT-808", "MW001")


def test_subpackages_under_one_number() -> None:
    body = b"\x00\x02\x01" + 2 * (len(located(Fix(at=AT))).to_bytes(2, "big") + located(Fix(at=AT)))
    parts = [
        written(Head(0x0704, PHONE.zfill(20), 7, 1, packages=2, package=number), part)
        for number, part in enumerate((body[:20], body[20:]), 1)
    ]
    assert len(drafts(b"".join(parts))) == 1
    talk = Conversation(Here(), "")
    (first,), (second,) = (heard(talk, part) for part in parts)
    assert (first.answer, len(second.messages)) == (b"", 1)


def test_subpackages_that_change_are_counted_as_they_are_held() -> None:
    """Told short and then long, a peer could have us hold anything; told long and then short, it
    had no room left."""
    talk = Conversation(Here(), "")
    head = Head(0x0704, PHONE.zfill(20), 7, 1, packages=2, package=1)
    for size in (0, 1000, 0):
        heard(talk, written(head, bytes(size)))
    held = talk._held
    assert held < 500
    heard(talk, written(msgspec.structs.replace(head, serial=8, package=2), b""))
    assert talk._held == 0
    for serial in range(0, 6000, 10):
        heard(talk, written(msgspec.structs.replace(head, serial=serial), b""))
    for serial in range(0, 6000, 10):
        heard(talk, written(msgspec.structs.replace(head, serial=serial), bytes(1000)))
    holding = sum(len(raw) for parts in talk._parts.values() for _, raw in parts.values())
    assert holding <= 262_144
