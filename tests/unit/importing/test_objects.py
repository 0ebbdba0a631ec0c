"""JSON as districts have it: payloads alone, rows as flat objects, arrays of either, packed."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from core.strictjson import MAX_BYTES
from infra.importing.command import Order, run
from infra.importing.reading import How
from infra.importing.report import Report
from projections.web.lines import Line, shown
from tests.fix_importing import Folder, lift, lines

LIFTED = "waste.bin.collected.v1"
ROW: Mapping[str, object] = {
    "time": "2026-10-03 05:20:44",
    "vehicle": "v001",
    "bin": "b1",
    "gross_kg": 98.60,
    "皮重(kg)": "11.5",
    "备注": None,
}
DEPOSIT = {"投放时间": "2026-10-03 07:00", "投放点": "p01", "类别": "可回收", "重量(g)": 850}
DEVICES = Path(__file__).parents[3] / "devices"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def payload(number: int, **changes: object) -> dict[str, object]:
    inner = lift(number)["payload"]
    assert isinstance(inner, dict)
    return {**inner, **changes}


def take(
    folder: Folder, *told: Mapping[str, object], name: str = "told.jsonl", **options: str
) -> Report:
    return folder.take(
        folder.write(lines(told), name),
        options={"zone": "Asia/Shanghai", "compound": "c001", **options},
    )


def reasons(report: Report) -> list[tuple[int, str]]:
    return [(one.row, one.reason) for one in report.rows_aside]


def test_a_payload_alone_came_when_it_happened(folder: Folder) -> None:
    report = take(folder, payload(1))
    assert (report.kind, report.kinds, report.aside) == ("payloads", {"payloads": 1}, 0)
    (event,) = folder.events(LIFTED)
    assert event.time == event.recordedtime == "2026-10-01T05:01:00+08:00"
    assert (event.source, event.origin) == ("/c/c001/gw/import/dev/v001-lifter", "backfill")


def test_an_event_of_one_of_our_gateways_names_its_compound(folder: Folder) -> None:
    exported = payload(
        1, source="/c/c007/gw/g1/dev/lifter", position=4, journal="ab", recordedtime="x"
    )
    assert take(folder, exported, compound="").events == 1
    (event,) = folder.events(LIFTED)
    assert event.source == "/c/c007/gw/import/dev/lifter"


def test_a_hub_s_own_events_are_in_its_log(folder: Folder, tmp_path: Path) -> None:
    """As its API answers them; another hub has never seen them."""
    take(folder, payload(1), payload(2))
    exported = [msgspec.to_builtins(shown(Line(one))) for one in folder.recorded()]
    path = folder.write(lines(exported), "exported.jsonl")
    before = folder.recorded()
    report = folder.take(path)
    assert (report.events, dict(report.by_reason)) == (0, {"duplicate": len(exported)})
    assert {one.detail for one in report.rows_aside} == {"of this hub's own log"}
    assert folder.recorded() == before
    dry = Order(files=(path,), how=How(), workers=1, dry_run=True, report=tmp_path / "report")
    assert run(dry, folder.place, folder.clock) == 1
    assert json.loads((tmp_path / "report").read_bytes())["byReason"] == report.by_reason
    other = Folder(tmp_path / "other")
    assert other.take(other.write(lines(exported))).events == 2


@pytest.mark.parametrize(
    ("told", "compound", "reason"),
    [
        (payload(1), "", "no-compound"),
        (payload(1, source="/c/锦绣/gw/g1/dev/lifter"), "", "compound"),
        (payload(1, time=None), "c001", "missing"),
        (payload(1, time="2026-12-01T05:00:00Z"), "c001", "future"),
        (payload(1, time="1999-12-01T05:00:00Z"), "c001", "too-old"),
        (payload(1, type="alarm.raised.v1"), "c001", "forbidden-type"),
        (payload(1, data={"grossG": -5}), "c001", "negative-weight"),
        ({"a": 1}, "c001", "shape"),
        ({"time": "2026-10-03 05:20:44", "bin": "b1"}, "c001", "unknown-table"),
    ],
)
def test_what_cannot_be_taken_says_why(
    folder: Folder, told: Mapping[str, object], compound: str, reason: str
) -> None:
    report = take(folder, told, lift(2), compound=compound)
    assert (reasons(report), report.events) == ([(1, reason)], 1)


@pytest.mark.parametrize(
    "sample",
    [
        "hikvision/samples/face-granted.json",
        "lorawan/samples/chirpstack-em400mud.json",
        "rfid/samples/tasmota-rc522.json",
    ],
)
def test_a_vendors_payload_is_known_by_its_look(folder: Folder, sample: str) -> None:
    told = json.loads((DEVICES / sample).read_text(encoding="utf-8"))
    report = take(folder, told)
    assert (report.kind, report.events, report.aside) == ("payloads", 1, 0)


def test_a_flat_object_is_a_row_of_a_table(folder: Folder) -> None:
    report = take(folder, ROW, {**ROW, "bin": 17, "gross_kg": "60", "备注": "雨"})
    assert (report.kind, report.events, report.unread) == ("lifts", 2, ("备注",))
    assert report.columns["gross"] == "gross_kg"
    first, second = (one.data for one in folder.events(LIFTED))
    assert (first.gross_g, first.tare_g, first.net_g) == (98_600, 11_500, 87_100)  # type: ignore[attr-defined]
    assert (second.bin, second.gross_g) == ("17", 60_000)  # type: ignore[attr-defined]


def test_a_row_is_the_same_as_in_a_csv(folder: Folder) -> None:
    table = ",".join(ROW) + "\n" + ",".join(str(one or "") for one in ROW.values()) + "\n"
    options = {"zone": "Asia/Shanghai", "compound": "c001"}
    folder.take(folder.write(table.encode(), "table.csv"), options=options)
    report = take(folder, ROW)
    assert (report.events, reasons(report)) == (0, [(1, "duplicate")])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bin": {"id": "b1"}}, "nested"),
        ({"gross_kg": [1]}, "nested"),
        ({"gross_kg": True}, "number"),
        ({"gross_kg": -1.5}, "negative-weight"),
        ({"gross_kg": 1e300}, "number"),
        ({"vehicle": None}, "missing"),
        ({"time": 1790000000}, "time"),
    ],
)
def test_a_bad_row_is_set_aside_alone(
    folder: Folder, changes: Mapping[str, object], reason: str
) -> None:
    report = take(folder, {**ROW, **changes}, {**ROW, "bin": "b2"})
    assert (reasons(report), report.events) == ([(1, reason)], 1)


def test_a_row_that_leaves_out_a_key_is_of_the_kind_of_those_that_have_it(folder: Folder) -> None:
    """Without its vehicle a lift has all that a deposit has."""
    whole = {**ROW, "category": "food"}
    without = {key: one for key, one in whole.items() if key != "vehicle"}
    report = take(folder, without, whole)
    assert (reasons(report), report.kind) == ([(1, "missing")], "lifts")


def test_each_line_is_judged_for_itself(folder: Folder) -> None:
    report = take(folder, lift(3), payload(1), ROW, DEPOSIT)
    assert report.kinds == {"messages": 1, "payloads": 1, "lifts": 1, "deposits": 1}
    assert (report.rows, report.events) == (4, 4)


def test_rows_of_one_file_contradict_each_other_whatever_their_keys(folder: Folder) -> None:
    one = {**ROW, "tag": "AA01AA01"}
    other = {**one, "bin": "b2", "time": "2026-10-03 06:20:44", "标签备注": ""}
    report = take(folder, one, other)
    assert [(one.row, one.reason, one.other) for one in report.rows_aside] == [
        (2, "tag-conflict", 1)
    ]


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ([{"time": "2026-10-03 05:20:44", "vehicle": "v", "bin": "b", "net": 5}], {}, "no-unit"),
        ([{**ROW, "gross_kg": 98_600}] * 3, {}, "unit-column"),
        ([DEPOSIT], {"compound": ""}, "no-compound"),
    ],
)
def test_what_all_rows_lack_refuses_the_file(
    folder: Folder, rows: list[Mapping[str, object]], options: dict[str, str], reason: str
) -> None:
    assert take(folder, *rows, **options).refused == reason


def test_as_messages_nothing_else_is_a_row(folder: Folder) -> None:
    report = take(folder, ROW, lift(1), kind="messages")
    assert (reasons(report), report.kind) == ([(1, "shape")], "messages")


# --- arrays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_an_array_is_its_elements(folder: Folder, indent: int | None, encoding: str) -> None:
    told = [lift(3), payload(1, comment='"]},{[\\'), {**ROW, "备注": "雨\n天"}, 5, []]
    text = json.dumps(told, ensure_ascii=False, indent=indent)
    path = folder.write(text.encode(encoding), "told.json")
    report = folder.take(path, options={"zone": "Asia/Shanghai", "compound": "c001"})
    assert report.kinds == {"messages": 1, "payloads": 1, "lifts": 1}
    assert (report.rows, reasons(report)) == (5, [(4, "shape"), (5, "shape")])


def test_an_array_of_many_blocks(folder: Folder) -> None:
    told = [
        {**payload(number % 600), "id": f"n{number}", "pad": "x" * 400} for number in range(5000)
    ]
    path = folder.write(json.dumps(told).encode(), "told.json")
    report = folder.take(path, options={"compound": "c001"})
    assert (report.rows, report.events) == (5000, 5000)


@pytest.mark.parametrize(
    ("text", "kept", "reason"),
    [
        ("[{0}, {1}", 2, "truncated"),
        ("[{0}, {1},", 2, "truncated"),
        ('[{0}, {{"a": "', 1, "truncated"),
        ("[{0}, {{", 1, "truncated"),
        ("[{0} {1}]", 0, "malformed"),
        ("[{0}, {{'a': 1}}, {1}]", 2, "malformed"),
        ("[{0}, {1}] x", 2, "truncated"),
    ],
)
def test_a_damaged_array(folder: Folder, text: str, kept: int, reason: str) -> None:
    told = text.format(json.dumps(lift(1)), json.dumps(lift(2)))
    report = folder.take(folder.write(told.encode(), "told.json"))
    assert (report.events, [one.reason for one in report.rows_aside]) == (kept, [reason])


@pytest.mark.parametrize("text", ["[{0}] {{", "[{0}]}}", "[{0}}}", "[{0}] {0} [{0}]"])
def test_an_array_that_cannot_be_taken_apart_is_refused(folder: Folder, text: str) -> None:
    told = text.format(json.dumps(lift(1)))
    assert folder.take(folder.write(told.encode(), "told.json")).refused == "array"
    assert folder.recorded() == []


def test_an_element_that_is_too_long_is_set_aside_and_one_without_end_refuses(
    folder: Folder,
) -> None:
    long = json.dumps([lift(1), {"a": "x" * MAX_BYTES}, lift(2)]).encode()
    report = folder.take(folder.write(long, "long.json"))
    assert (report.events, reasons(report)) == (2, [(2, "oversized")])
    endless = long.replace(b'"}', b"", 1) + b"x" * 5 * MAX_BYTES
    assert folder.take(folder.write(endless, "endless.json")).refused == "array"


# --- packed --------------------------------------------------------------------------------------


def test_a_packed_file_is_its_content(folder: Folder) -> None:
    content = lines([lift(1), lift(2)])
    packed = folder.take(folder.write(gzip.compress(content), "told.jsonl.gz"))
    assert packed.events == 2
    assert folder.take(folder.write(content)).already
    table = ",".join(DEPOSIT) + "\n" + ",".join(map(str, DEPOSIT.values())) + "\n"
    path = folder.write(gzip.compress(table.encode("gb18030")), "table.csv.gz")
    options = {"zone": "Asia/Shanghai", "compound": "c001"}
    report = folder.take(path, options=options)
    assert (report.kind, report.encoding, report.events) == ("deposits", "gb18030", 1)


def test_a_packed_file_that_is_damaged_or_a_bomb_is_refused(folder: Folder) -> None:
    packed = gzip.compress(lines([lift(one) for one in range(50)]))
    for damaged in (packed[:-9], packed[:40] + b"\0\0\0" + packed[43:], packed[:2] + b"zzz"):
        assert folder.take(folder.write(damaged, "told.gz")).refused == "packed"
    bomb = gzip.compress(bytes(80 << 20))
    assert folder.take(folder.write(bomb, "bomb.gz")).refused == "packed-bomb"
    assert folder.recorded() == []
