"""Tables that districts keep: what rows become, and what is set aside for which reason."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from devices import registry
from devices.adapter import Message, Site
from infra.importing.report import Report
from tests.fix_importing import Folder

HEAD = "收运时间,车牌号,车辆编号,桶编号,标签号,品类,毛重(kg),皮重(kg),净重(kg)\n"
GOOD = "2026-10-03 05:20:44,粤B12345,v001,c001-p01-f1,E2003412AA01,厨余垃圾,98.6,11.5,87.1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def take(folder: Folder, text: str, encoding: str = "utf-8", **options: str) -> Report:
    path = folder.write(text.encode(encoding), "table.csv")
    return folder.take(path, options={"zone": "Asia/Shanghai", **options})


def reasons(report: Report) -> list[tuple[int, str, int]]:
    return [(one.row, one.reason, one.other) for one in report.rows_aside]


def test_a_lift_is_what_a_lifter_would_have_said(folder: Folder) -> None:
    report = take(folder, HEAD + GOOD)
    assert (report.kind, report.events) == ("lifts", 1)
    (event,) = folder.events("waste.bin.collected.v1")
    data = event.data
    assert (event.subject, event.time) == ("vehicle/v001", "2026-10-03T05:20:44+08:00")
    assert (event.origin, event.recordedtime) == ("backfill", event.time)
    assert (data.bin, data.vehicle, data.uid_hex) == ("c001-p01-f1", "v001", "E2003412AA01")  # type: ignore[attr-defined]
    assert (data.gross_g, data.tare_g, data.net_g) == (98_600, 11_500, 87_100)  # type: ignore[attr-defined]
    assert data.category == "food"  # type: ignore[attr-defined]
    assert data.vehicle_ref.startswith("s:")  # type: ignore[attr-defined]


def test_a_ticket_is_read_the_quick_way(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `decode` is asked for takes twice as long, and a month has a hundred thousand."""
    asked: list[Message] = []
    decode = registry.decode

    def counted(message: Message, site: Site) -> registry.Decoded | registry.Aside:
        asked.append(message)
        return decode(message, site)

    monkeypatch.setattr(registry, "decode", counted)
    text = "称重时间,磅单号,处理厂,车辆编号,毛重(t)\n2026-10-03 05:20:44,T1,f01,v001,9.2\n"
    assert take(folder, text).events == 1
    assert asked == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (GOOD.replace("98.6", "-98.6"), "negative-weight"),
        (GOOD.replace("11.5", "111.5"), "tare-above-gross"),
        (GOOD.replace("87.1", "70"), "net-mismatch"),
        (GOOD.replace("98.6,11.5,87.1", "98600,11500,87100"), "unit-mixup"),
        (GOOD.replace("98.6,11.5,87.1", "0.5,0.1,0.4"), "unit-mixup"),
        (GOOD.replace("98.6,11.5,87.1", "9e9,,"), "number"),
        (GOOD.replace("98.6,11.5,87.1", '"98,6","11,5","87,1"'), "number"),
        (GOOD.replace("98.6,11.5,87.1", "9" * 400 + ",,"), "number"),
        (GOOD.replace("v001", "v\x00001"), "charset"),
        (GOOD.replace("98.6,11.5,87.1", "99999999999,,"), "impossible-weight"),
        (GOOD.replace("98.6", "heavy"), "number"),
        (GOOD.replace("厨余垃圾", "杂物"), "unknown-category"),
        (GOOD.replace("2026-10-03", "2026-02-30"), "no-date"),
        (GOOD.replace("2026-10-03", "2027-10-03"), "future"),
        (GOOD.replace("2026-10-03", "1987-10-03"), "too-old"),
        (GOOD.replace(" 05:20:44", ""), "date-only"),
        (GOOD.replace("2026-10-03 05:20:44", "noon"), "time"),
        (GOOD.replace("2026-10-03 05:20:44", ""), "missing"),
        (GOOD.replace("粤B12345,v001", ","), "missing"),
        (GOOD.replace(",87.1", ""), "ragged"),
        (GOOD.replace("E2003412AA01", "no tag at all"), "field"),
    ],
)
def test_a_bad_row_is_set_aside_and_its_neighbour_is_not(
    folder: Folder, row: str, reason: str
) -> None:
    good = GOOD.replace("05:20:44", "06:20:44").replace("-f1", "-f2").replace("AA01", "AA02")
    report = take(folder, HEAD + row + good * 3)
    assert reasons(report)[0] == (2, reason, 0)
    assert report.events == 1
    assert dict(report.by_reason) == {reason: 1, "duplicate": 2}


@pytest.mark.parametrize("weights", ["13812345678,,", "-13812345678,,", "98.6,13812345678,"])
def test_a_telephone_among_the_weights_is_not_repeated(folder: Folder, weights: str) -> None:
    """Of a row whose cells have slipped."""
    (aside,) = take(folder, HEAD + GOOD.replace("98.6,11.5,87.1", weights)).rows_aside
    assert aside.detail in ("gross", "tare")


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ("98.6,11.55,87.1", ""),  # by no more than what was written coarsest
        ("98.6,11.75,87.1", "net-mismatch"),
        ("98.6,,80", ""),  # what was taken off nobody says
        ("98.6,,99", "net-mismatch"),
        ("11.5,11.5,0", ""),  # an empty bin
    ],
)
def test_weights_of_a_row_agree_as_far_as_they_were_written(
    folder: Folder, weights: str, reason: str
) -> None:
    report = take(folder, HEAD + GOOD.replace("98.6,11.5,87.1", weights))
    assert dict(report.by_reason) == ({reason: 1} if reason else {})


def test_of_two_columns_that_mean_the_same_the_first_counts(folder: Folder) -> None:
    report = take(folder, "时间,车辆编号,桶编号,桶号\n2026-10-03 05:20:44,v001,b1,b2\n")
    (event,) = folder.events("waste.bin.collected.v1")
    assert event.data.bin == "b1"  # type: ignore[attr-defined]
    assert (report.columns["bin"], report.unread) == ("桶编号", ("桶号",))


def test_a_spreadsheets_marks_and_wide_digits_are_not_of_the_value(folder: Folder) -> None:
    row = '２０２６/10/3 5:20,,v001,"=""0012""",\'00123456,厨余垃圾,９８．６,"1,1.5",\n'
    report = take(folder, HEAD + row.replace('"1,1.5"', "11.5"))
    assert report.events == 1
    (event,) = folder.events("waste.bin.collected.v1")
    assert (event.data.bin, event.data.uid_hex, event.data.gross_g) == ("0012", "00123456", 98_600)  # type: ignore[attr-defined]


def test_a_head_is_known_with_spaces_and_line_breaks_in_it(folder: Folder) -> None:
    head = '收运 时间,车辆_编号,桶 编号,"毛重\n（千克）",备注\n'
    report = take(folder, head + "2026-10-03 05:20:44,v001,b1,98.6,\n")
    assert report.events == 1
    assert report.columns["gross"] == "毛重 （千克）"
    assert report.unread == ("备注",)


def test_a_cell_may_hold_line_breaks(folder: Folder) -> None:
    head, row = HEAD.replace("\n", ",备注\n"), GOOD.replace("\n", "")
    more = GOOD.replace("05:20:44", "05:30:44").replace("\n", ",\n")
    report = take(folder, head + row + ',"雨\r\n\r\n""大"""\n' + more + more)
    assert (report.rows, report.events) == (3, 2)
    assert reasons(report) == [(6, "duplicate", 5)]


@pytest.mark.parametrize(
    ("day", "clock", "head"),
    [
        ("2026-10-03", "05:20:44", "日期,时间"),
        ("2026年10月3日", "5时20分44秒", "收运日期,收运时间"),
        ("2026/10/3 0:00:00", "5:20:44", "日期,时刻"),
    ],
)
def test_day_and_time_may_stand_in_two_columns(
    folder: Folder, day: str, clock: str, head: str
) -> None:
    report = take(folder, f"{head},车辆编号,桶编号\n{day},{clock},v001,b1\n")
    assert (report.first, report.aside) == ("2026-10-02T21:20:44.000Z", 0)


def test_a_time_of_no_day_is_set_aside(folder: Folder) -> None:
    assert reasons(take(folder, "时间,车辆编号,桶编号\n05:20:44,v001,b1\n")) == [(2, "time", 0)]


def test_a_quotation_that_is_not_closed_takes_no_other_row_with_it(folder: Folder) -> None:
    rows = [GOOD.replace("05:20", f"05:{at}").replace("AA01", f"AA{at}") for at in range(21, 29)]
    rows[2] = rows[2].replace("厨余垃圾", '"厨余垃圾')
    rows[5] = rows[5].replace("v001", 'v001"')
    report = take(folder, HEAD + "".join(rows))
    assert reasons(report)[0] == (4, "ragged", 0)
    assert report.events + report.aside == 8
    assert report.events >= 6


def test_two_files_in_one_have_their_head_twice(folder: Folder) -> None:
    more = GOOD.replace("05:20:44", "05:30:44")
    report = take(folder, HEAD + GOOD + "\ufeff" + HEAD + more)
    assert (report.rows, report.events, report.aside) == (2, 2, 0)


def test_a_head_alone_is_an_empty_file(folder: Folder) -> None:
    assert take(folder, HEAD).refused == "empty"
    assert take(folder, "\n \n").refused == "empty"


def test_a_value_is_told_with_its_reason_unless_it_could_be_somebodys(folder: Folder) -> None:
    rows = (GOOD.replace("98.6", one) for one in ("-98.6", "98,,6", "13800138000x", "李四"))
    found = take(folder, HEAD + "".join(one.replace("98,,6", '"98,,6"') for one in rows))
    details = [one.detail for one in found.rows_aside]
    assert details == ["gross: -98.6", "gross: 98,,6", "gross", "gross"]


def test_a_tag_on_two_bins_and_a_vehicle_in_two_places_show_both_rows(folder: Folder) -> None:
    head = "时间,车辆编号,桶编号,标签号,小区,纬度,经度\n"
    rows = (
        "2026-10-03 05:20:00,v001,b1,AA01AA01,c001,22.50,114.00\n"
        "2026-10-03 05:25:00,v002,b2,AA01AA01,c001,22.50,114.00\n"
        "2026-10-03 05:21:00,v001,b3,AA01AA03,c001,22.90,114.00\n"
        "2026-10-03 05:31:00,v001,b4,AA01AA04,c001,22.60,114.00\n"
        "2026-10-03 05:30:50,v001,b5,AA01AA05,c002,,\n"
    )
    report = take(folder, head + rows)
    assert reasons(report) == [(3, "tag-conflict", 2), (4, "two-places", 2), (6, "two-places", 5)]


def test_times_without_a_zone_are_set_aside_until_one_is_given(folder: Folder) -> None:
    assert reasons(take(folder, HEAD + GOOD, zone="")) == [(2, "no-zone", 0)]
    assert folder.recorded() == []
    assert take(folder, HEAD + GOOD).events == 1


@pytest.mark.parametrize(
    ("text", "options", "reason", "detail"),
    [
        (HEAD.replace("(kg)", "") + GOOD, {}, "no-unit", "gross"),
        (HEAD.replace("(kg)", "(g)") + GOOD * 5, {}, "unit-column", "gross"),
        (HEAD.replace("(kg)", "(t)") + GOOD * 5, {}, "unit-column", "gross"),
        (GOOD, {}, "unknown-table", ""),
        ("姓名,电话\n张三,13800138000\n", {}, "unknown-table", ""),
        (HEAD + GOOD, {"kind": "tickets"}, "unknown-table", "tickets: ticket | weighbridge | site"),
        ("时间,品类,投放点\n2026-10-03 05:20,厨余,p1\n", {}, "no-compound", ""),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(
    folder: Folder, text: str, options: dict[str, str], reason: str, detail: str
) -> None:
    report = take(folder, text, **options)
    assert (report.refused, report.detail) == (reason, detail)
    assert folder.recorded() == []


def test_a_unit_may_be_given(folder: Folder) -> None:
    assert take(folder, HEAD.replace("(kg)", "") + GOOD, unit="kg").events == 1


def test_tickets_deposits_and_inspections(folder: Folder) -> None:
    tickets = "磅单号;车辆编号;称重时间;货名;毛重/吨;皮重/吨;净重/吨;场站\n"
    tickets += "T1;v001;2026-10-03 09:00;厨余;12.34;8.00;4.34;f01\n"
    deposits = "投放时间\t投放点\t住户编号\t类别\t重量(g)\n"
    deposits += "2026-10-03 07:00\tp01\tR-4711-X\t可回收\t850\n"
    checks = "检查时间,点位,准确率\n2026/10/3 8:00,p01,95%\n"
    assert take(folder, tickets).events == 1
    assert take(folder, deposits, compound="c001").events == 1
    assert take(folder, checks, compound="c001").events == 1
    (ticket,) = folder.events("waste.load.weighed.v1")
    assert (ticket.data.site, ticket.data.ticket_no, ticket.data.net_g) == ("f01", "T1", 4_340_000)  # type: ignore[attr-defined]
    (deposit,) = folder.events("waste.deposit.recorded.v1")
    assert (deposit.subject, deposit.data.net_g) == ("point/p01", 850)  # type: ignore[attr-defined]
    assert deposit.data.resident_ref.startswith("s:")  # type: ignore[attr-defined]
    assert deposit.data.pii is not None
    (check,) = folder.events("waste.inspection.recorded.v1")
    assert check.data.purity == 0.95  # type: ignore[attr-defined]


def test_titles_before_the_head_and_empty_rows_are_nothing(folder: Folder) -> None:
    report = take(folder, "2026年10月收运记录,,\n\n" + HEAD + GOOD + ",,,,,,,,\n\n", "gb18030")
    assert (report.rows, report.events, report.aside) == (1, 1, 0)


def test_a_ticket_number_used_twice_with_other_weights_is_set_aside(folder: Folder) -> None:
    head = "磅单号,车辆编号,称重时间,毛重(kg),场站\n"
    rows = "T1,v001,2026-10-03 09:00,12340,f01\nT1,v002,2026-10-04 09:00,9000,f01\n"
    assert reasons(take(folder, head + rows)) == [(3, "conflict", 2)]


def test_a_districts_own_names(folder: Folder) -> None:
    mapping = folder.write(
        b'kind = "lifts"\n[fields]\nvehicle = ["che"]\nbin = ["tong"]\n', "m.toml"
    )
    text = "time,che,tong\n2026-10-03T05:20:00+08:00,v001,b1\n"
    assert take(folder, text).refused == "unknown-table"
    assert take(folder, text, kind=str(mapping)).events == 1


@pytest.mark.parametrize("left", [40, 70])
def test_the_last_row_may_be_cut_off(folder: Folder, left: int) -> None:
    """Between two characters, or amid one."""
    path = folder.write((HEAD + GOOD).encode() + GOOD.encode()[:left], "table.csv")
    report = folder.take(path, options={"zone": "Asia/Shanghai"})
    assert reasons(report) == [(3, "truncated", 0)]
    assert report.events == 1


def test_rows_set_aside_are_kept_sealed(folder: Folder) -> None:
    take(folder, HEAD + GOOD + GOOD.replace("98.6", "-98.6") + GOOD, "gb18030")
    for path in folder.hub.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert "粤B12345".encode() not in content, path
        assert "粤B12345".encode("gb18030") not in content, path
        assert b"B12345" not in content, path
    with closing(sqlite3.connect(folder.hub / "imports" / "quarantine.db")) as kept:
        told = kept.execute("SELECT reason FROM quarantine").fetchall()
    assert told == [("negative-weight",)], "what is there twice is in the log"
