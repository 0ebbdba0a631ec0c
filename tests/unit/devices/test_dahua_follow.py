"""Following a Dahua terminal: nothing missed while it was away, nothing told twice."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from devices.dahua.follow import follow
from devices.dahua.simulate import JPEG, Terminal
from devices.wire import LineLost, Source
from tests.unit.devices.lines import FakeLine

START = datetime(2026, 3, 2, 7, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MAC = "02:5e:10:bb:00:05"


def always(answer: tuple[int, bytes], _target: str) -> tuple[int, bytes]:
    return answer


def terminal(*, numbers: bool = False) -> Terminal:
    return Terminal("south-gate", MAC, numbers=numbers)


def line(device: Terminal, live: str = "events", parts: list[bytes] | None = None) -> FakeLine:
    source = Source(
        device="south-gate", kind="dahua", url="http://192.0.2.9", options={"live": live}
    )
    return FakeLine(source, device.listed, START + timedelta(hours=1), parts or [])


def run(fake: FakeLine) -> str:
    """Until the stream ends: why."""
    with pytest.raises(LineLost) as lost:
        asyncio.run(follow(fake))
    return str(lost.value)


def test_first_contact_then_the_stream() -> None:
    device = terminal()
    before = device.passed(START, user="R-1")
    after = device.passed(START + timedelta(minutes=5), user="R-2")
    device.passages.remove(after)
    fake = line(device, parts=[device.heartbeat(), device.part(device.streamed(after))])
    assert "ended" in run(fake)
    first, second = fake.drafts()
    assert (first.origin, second.origin) == ("backfill", "live")
    assert fake.notes["since"] == str(after.second)
    assert str(before.second) in first.id


def test_what_happened_while_it_was_away_is_asked_for() -> None:
    device = terminal()
    first = device.passed(START, user="R-1")
    fake = line(device, parts=[device.part(device.streamed(first))])
    run(fake)
    missed = device.passed(START + timedelta(minutes=1), user="R-2", error=17)
    again = device.passed(START + timedelta(minutes=2), user="R-3")
    fake.told.clear()
    fake.parts = [device.part(device.streamed(again))]  # in the list, and said once more
    run(fake)
    assert [draft.id.split(":")[3] for draft in fake.drafts()] == [
        str(missed.second),
        str(again.second),
    ]
    fake.told.clear()
    fake.parts = []
    run(fake)
    assert fake.told == []


def test_two_in_the_last_second_at_two_doors() -> None:
    device = terminal()
    first = device.passed(START, user="R-1", door=0)
    fake = line(device, parts=[])
    run(fake)
    device.passed(START, user="R-2", door=1)
    fake.told.clear()
    run(fake)
    (only,) = fake.drafts()
    assert only.subject == "door/south-gate-2"
    assert first.second == int(fake.notes["since"])


def test_long_histories_are_asked_for_in_halves() -> None:
    device = terminal()
    for number in range(450):
        device.passed(START + timedelta(seconds=7 * number), user=f"R-{number}")
    fake = line(device)
    run(fake)
    seconds = [int(draft.id.split(":")[3]) for draft in fake.drafts()]
    assert seconds == sorted(each.second for each in device.passages)
    assert fake.notes["since"] == str(seconds[-1])


def test_numbers_that_come_live_make_the_list_count() -> None:
    device = terminal(numbers=True)
    first = device.passed(START, user="R-1")
    fake = line(device, parts=[device.part(device.streamed(first))])
    run(fake)
    assert fake.notes["numbered"] == "1"
    device.passed(START + timedelta(minutes=1), user="R-2")
    fake.told.clear()
    fake.parts = []
    run(fake)
    (draft,) = fake.drafts()
    assert draft.record is not None
    assert (draft.record.counter, draft.record.number) == ("RecNo", 2)


def test_pictures_of_snap_manager_come_with_their_event() -> None:
    device = terminal()
    one = device.passed(START, user="R-1")
    device.passages.clear()
    text, image = device.part(device.snapped(one)), device.part(JPEG, "image/jpeg")
    fake = line(
        device, "snap", [text[:50], text[50:], image[:10], image[10:], text, device.heartbeat()]
    )
    run(fake)
    with_it, without = fake.told
    assert [media.bytes for media in with_it.media] == [len(JPEG)]
    assert without.media == ()
    assert "snapManager" in fake.asked[0]


def test_uploads_are_asked_about_only_where_numbers_are_missing() -> None:
    device = terminal(numbers=True)
    for minute in range(5):
        device.passed(START + timedelta(minutes=minute), user=f"R-{minute}")
    fake = line(device, "upload")
    fake.open_gaps = [(2, 3)]
    assert run(fake) == "enough"
    assert {draft.record.number for draft in fake.drafts() if draft.record} == {2, 3}
    assert "whole" not in fake.notes
    fake.open_gaps, fake.rests = [], 1
    run(fake)
    assert fake.notes["whole"]


def test_cameras_have_no_such_list() -> None:
    device = terminal()
    told = b'Code=VideoMotion;action=Start;index=0;data={"UTC": 1772408469}'
    source = Source(device="yard", kind="dahua", url="http://192.0.2.9")
    for answer in ((400, b"Error\r\nBad Request!\r\n"), (404, b""), (501, b"Error")):
        fake = FakeLine(source, partial(always, answer), START, [device.part(told)])
        run(fake)
        assert [draft.data.TYPE for draft in fake.drafts()] == ["camera.motion.started.v1"]


def test_a_list_that_wants_its_times_as_text() -> None:
    device = terminal()
    device.passed(START, user="R-1")

    def listed(target: str) -> tuple[int, bytes]:
        if "StartTime=2026-" not in target:
            return 400, b"Error\r\nBad Request!\r\n"
        return device.listed("/?name=AccessControlCardRec")

    source = Source(device="south-gate", kind="dahua", url="http://192.0.2.9")
    fake = FakeLine(source, listed, START)
    run(fake)
    assert len(fake.drafts()) == 1
    assert fake.notes["times"] == "text"


def test_a_list_whose_times_are_text() -> None:
    device = terminal()
    device.passed(START, user="R-1")
    second = str(device.passages[0].second).encode()

    def listed(target: str) -> tuple[int, bytes]:
        status, body = device.listed(target)
        return status, body.replace(b"CreateTime=" + second, b"CreateTime=2026-03-02 07:00:00")

    source = Source(
        device="south-gate", kind="dahua", url="http://192.0.2.9", options={"zone": "Asia/Shanghai"}
    )
    fake = FakeLine(source, listed, START, [device.part(device.streamed(device.passages[0]))])
    run(fake)
    (draft,) = fake.drafts()
    assert fake.notes["since"] == second.decode()
    assert draft.id.split(":")[3] == second.decode()


def test_a_zone_nobody_knows_is_said() -> None:
    device = terminal()
    device.passed(START, user="R-1")
    source = Source(
        device="south-gate", kind="dahua", url="http://192.0.2.9", options={"zone": "No/Where"}
    )
    assert "No/Where" in run(FakeLine(source, device.listed, START))


def test_nothing_live_is_told_while_the_list_does_not_answer() -> None:
    device = terminal()
    one = device.passed(START, user="R-1")
    source = Source(device="south-gate", kind="dahua", url="http://192.0.2.9")
    fake = FakeLine(source, lambda _: (503, b""), START, [device.part(device.streamed(one))])
    assert "503" in run(fake)
    assert (fake.told, fake.notes) == ([], {})


def test_a_stream_that_is_refused() -> None:
    fake = line(terminal())
    fake.status = 401
    assert "401" in run(fake)
    assert "events, snap or upload" in run(line(terminal(), "other"))


def test_what_cannot_be_read_is_told_all_the_same() -> None:
    device = terminal()
    fake = line(device, parts=[device.part(b"Code=X;action=Pulse;index=0;data={]}")])
    run(fake)
    assert [message.payload[:6] for message in fake.told] == [b"Code=X"]
