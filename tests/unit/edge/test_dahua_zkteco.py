"""Dahua and ZKTeco records in the journal: once in every form, gaps told and filled, sealed."""

from datetime import timedelta

from core.events.device import GapDetected, GapFilled
from devices.adapter import Known, Message
from devices.dahua import simulate as dahua
from devices.wire import Reply, Request
from devices.zkteco.dialog import turn
from devices.zkteco.simulate import Call, Terminal
from tests.fix_core import START
from tests.fix_edge import SHANGHAI, EdgeRig
from tests.unit.devices.lines import FakePlace

SERIAL = "CRJP260000007"
USER = "R-77310"
MAC = "02:5e:10:bb:00:05"


def of(message: Message) -> tuple[str, bytes]:
    return message.topic, message.payload


def said(edge: EdgeRig, place: FakePlace) -> Call:
    """The other side of a dialog: what it says is in the journal before it is answered."""

    def call(request: Request) -> Reply:
        made = turn(request, place)
        edge.take(*(of(message) for message in made.messages if message.payload))
        place.notes |= made.notes
        missing: set[int] = set()
        for event in edge.events(GapDetected.TYPE, GapFilled.TYPE):
            data = event.data
            assert isinstance(data, GapDetected | GapFilled)
            span = set(range(data.from_record, data.to_record + 1))
            missing = missing | span if isinstance(data, GapDetected) else missing - span
        place.missing[SERIAL] = [(number, number) for number in sorted(missing)]
        return made.reply

    return call


def test_one_passage_in_every_form_is_one_event(edge: EdgeRig) -> None:
    terminal = dahua.Terminal("south-gate", MAC)
    one = terminal.passed(START, user=USER, method=1, card="9F3C11A0")
    _, listed = terminal.listed("/?name=AccessControlCardRec")
    for payload in (
        terminal.uploaded(one).payload,
        terminal.streamed(one),
        terminal.snapped(one),
        listed,
    ):
        edge.take((terminal.topic, payload))
    (event,) = edge.events()
    assert event.type == "access.granted.v1"
    assert edge.counters.duplicates == 3
    assert edge.held() == []
    assert USER.encode() not in edge.plain()


def test_a_gap_in_numbers_that_come_live_is_filled_from_the_list(edge: EdgeRig) -> None:
    terminal = dahua.Terminal("south-gate", MAC, numbers=True)
    passed = [terminal.passed(START + timedelta(seconds=each), user=USER) for each in range(4)]
    edge.take(of(terminal.uploaded(passed[0])), of(terminal.uploaded(passed[3])))
    _, listed = terminal.listed(
        f"/?name=AccessControlCardRec&StartTime={passed[1].second}&EndTime={passed[2].second}"
    )
    edge.take((f"{terminal.topic}/history/numbered", listed))
    (gap,) = [event.data for event in edge.events(GapDetected.TYPE)]
    (filled,) = [event.data for event in edge.events(GapFilled.TYPE)]
    assert isinstance(gap, GapDetected)
    assert isinstance(filled, GapFilled)
    assert (gap.from_record, gap.to_record, gap.method) == (2, 3, "RecNo")
    assert (filled.from_record, filled.to_record) == (2, 3)


def test_a_terminals_missing_records_come_by_its_dialog(edge: EdgeRig) -> None:
    place = FakePlace(START.astimezone(SHANGHAI), {SERIAL: Known()})
    call = said(edge, place)
    terminal = Terminal(SERIAL)
    wall = START.astimezone(SHANGHAI).replace(tzinfo=None)
    terminal.happened(wall, 0, pin="00042")
    terminal.turn(call)
    for second in (1, 2, 3):
        terminal.happened(wall + timedelta(seconds=second), 0, pin="00042")
    terminal.forget(2)
    terminal.turn(call)
    (gap,) = [event.data for event in edge.events(GapDetected.TYPE)]
    assert isinstance(gap, GapDetected)
    assert (gap.from_record, gap.to_record, gap.method) == (2, 3, "index")
    (filled,) = [event.data for event in edge.events(GapFilled.TYPE)]
    assert isinstance(filled, GapFilled)
    assert (filled.from_record, filled.to_record) == (2, 3)
    granted = edge.events("access.granted.v1")
    assert sorted(event.id for event in granted) == [
        f"zk:{SERIAL}:1:{each}" for each in (1, 2, 3, 4)
    ]
    assert sorted(event.origin for event in granted) == ["backfill", "backfill", "live", "live"]
    assert edge.counters.conflicts == 0
    assert b"00042" not in edge.plain()


def test_an_answer_that_got_lost_doubles_nothing(edge: EdgeRig) -> None:
    """Durable, and then the gateway dies before it answers and notes: the terminal sends again."""
    place = FakePlace(START.astimezone(SHANGHAI), {SERIAL: Known()})
    call = said(edge, place)
    lost: list[Request] = []

    def losing(request: Request) -> Reply:
        if request.query.get("table") and not lost:
            noted = dict(place.notes)
            call(request)
            place.notes = noted
            lost.append(request)
            return Reply(status=503)
        return call(request)

    wall = START.astimezone(SHANGHAI).replace(tzinfo=None)
    terminal = Terminal(SERIAL, "att")
    for second in range(3):
        terminal.happened(wall + timedelta(seconds=second), 0, pin=f"000{second + 1}")
    terminal.turn(losing)
    assert len(edge.events()) == 3
    edge.reopen()
    terminal.turn(losing)
    assert len(edge.events()) == 3
    assert edge.counters.duplicates == 3
    assert place.notes[f"zk:{SERIAL}:ATTLOGStamp"] == "3"
