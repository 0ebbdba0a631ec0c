"""What terminals and lanes say about doors hangs together."""

from collections import Counter, defaultdict
from datetime import timedelta

from devices.hikvision.simulate import (
    DOOR_CLOSED,
    DOOR_FORCED,
    DOOR_HELD_OPEN,
    DOOR_OPENED,
    GRANTED,
    REFUSED,
    TAILGATED,
)
from infra.simulate.compound import Compound
from tests.unit.simulate.conftest import Day, Said

_LAST_MINUTES = timedelta(minutes=10)  # what happens then may end after the day


def doors(day: Day, compound: Compound) -> dict[str, list[tuple[str, Said]]]:
    """(state, message) in order for each door, from the terminal and the lane alike."""
    names = {
        f"hikvision/{doorway.mac.replace(':', '')}/acs": doorway.subject
        for doorway in (*compound.entrances, *compound.doors)
    }
    minors = {
        DOOR_OPENED: "opened",
        DOOR_CLOSED: "closed",
        DOOR_FORCED: "forced",
        DOOR_HELD_OPEN: "held",
        TAILGATED: "tailgated",
    }
    natives = {"door.opened.v1": "opened", "door.closed.v1": "closed"}
    found: dict[str, list[tuple[str, Said]]] = defaultdict(list)
    for said in day.said:
        if state := minors.get(said.record.get("subEventType", 0)):
            found[names[said.topic]].append((state, said))
        elif state := natives.get(said.type):
            found[said.body["subject"]].append((state, said))
    return found


def test_a_door_opens_only_when_closed_and_is_closed_again(day: Day, compound: Compound) -> None:
    histories = doors(day, compound)
    assert len(histories) == 12
    for history in histories.values():
        is_open = False
        first, *history = history  # a controller that is switched on tells that it is closed
        assert first[0] == "closed"
        for state, said in history:
            if state in ("opened", "forced"):
                assert not is_open, said.body
                is_open, since = True, said.at
            elif state == "closed":
                assert is_open, said.body
                is_open = False
            elif state == "held":
                assert is_open
                assert said.at - since >= timedelta(seconds=30)
        assert not is_open or since > day.end - _LAST_MINUTES


def test_every_kind_of_abnormal_passage_occurs_and_clears(day: Day, compound: Compound) -> None:
    seen: Counter[str] = Counter()
    for history in doors(day, compound).values():
        for index, (state, said) in enumerate(history):
            if state in ("forced", "held", "tailgated") and said.at < day.end - _LAST_MINUTES:
                seen[state] += 1
                assert "closed" in [later for later, _ in history[index + 1 : index + 6]]
    assert min(seen[state] for state in ("forced", "held", "tailgated")) >= 3


def test_a_forced_door_had_no_grant_just_before(day: Day) -> None:
    last_grant = {}
    for said in day.said:
        minor = said.record.get("subEventType")
        if minor in GRANTED.values():
            last_grant[said.topic] = said.at
        elif minor == DOOR_FORCED:
            assert said.at - last_grant.get(said.topic, day.end - timedelta(days=9)) > timedelta(
                seconds=1
            )


def test_records_of_a_terminal_form_an_unbroken_chain(day: Day) -> None:
    last: dict[str, int] = {}
    for said in day.said:
        if not said.record:
            continue
        serial = said.record["serialNo"]
        assert said.record["frontSerialNo"] == last.get(said.topic, 0)
        assert serial == last.get(said.topic, serial - 1) + 1
        last[said.topic] = serial
    assert len(last) == 11


def test_all_credentials_and_most_refusals_occur(day: Day) -> None:
    minors = Counter(said.record.get("subEventType") for said in day.said)
    assert all(minors[code] > 10 for code in GRANTED.values())
    assert sum(minors[code] > 0 for code in REFUSED.values()) >= len(REFUSED) - 2
    granted = sum(minors[code] for code in GRANTED.values())
    refused = sum(minors[code] for code in REFUSED.values())
    assert 0.01 < refused / granted < 0.1


def test_an_unknown_face_names_nobody_and_a_known_one_does(day: Day) -> None:
    faces = [said.record for said in day.said if "FaceRect" in said.record]
    for record in faces:
        known = record["subEventType"] == GRANTED["face"]
        assert known == ("employeeNoString" in record) == ("name" in record)
    assert {record["subEventType"] for record in faces} >= {GRANTED["face"], 0x4C}


def test_nobody_is_counted_in_before_a_door_opened(day: Day) -> None:
    opened: set[str] = set()
    for said in day.said:
        if said.type == "door.opened.v1":
            opened.add(said.topic)
        elif said.type == "access.taken.v1":
            assert said.topic in opened
    assert len(opened) == 4, "three lanes, and the garden gate that counts nobody"


def test_a_lane_tells_how_long_its_door_stood_open(day: Day) -> None:
    since = {}
    closings = 0
    for said in day.said:
        if said.type == "door.opened.v1":
            since[said.topic] = said.at
        elif said.type == "door.closed.v1" and said.topic in since:
            told = timedelta(seconds=said.body["data"]["durationS"])
            stood = said.at - since.pop(said.topic)
            assert abs(told - stood) < timedelta(seconds=0.1)
            closings += 1
    assert closings > 500
