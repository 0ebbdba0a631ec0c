"""What the board's figure is measured on: a month's last days once more, as today's."""

from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from tests.bench.board import _today
from tests.bench.district import Month
from tests.bench.timing import Run

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in China


def line(number: int, arrived: str, told: str, ticket: str = "") -> str:
    payload = {"id": f"v1-{number}", "time": f"{told}+08:00", "data": {"ticketNo": ticket}}
    return orjson.dumps({"time": f"{arrived}Z", "payload": payload}).decode() + "\n"


def moved(folder: Path, *lines: str, last: date = date(2026, 10, 31)) -> list[tuple[str, ...]]:
    (folder / f"messages-{date.fromordinal(last.toordinal() - 1)}.jsonl").write_text("")
    (folder / f"messages-{last}.jsonl").write_text("".join(lines))
    month = Month(folder, folder, "", 6, last, len(lines), Run(0))
    found = [orjson.loads(one) for one in _today(month, NOW)]
    return [
        (one["time"], *(one["payload"][key] for key in ("id", "time")),
         one["payload"]["data"]["ticketNo"])
        for one in found
    ]  # fmt: skip


def test_days_ids_and_tickets_are_others_and_the_hour_is_the_same(tmp_path: Path) -> None:
    told = line(1, "2026-10-30T16:30:01", "2026-10-31T00:30:00", "20261031-0001")
    assert moved(tmp_path, told) == [
        ("2026-11-21T16:30:01Z", "again-v1-1", "2026-11-22T00:30:00+08:00", "20261122-0001")
    ]


def test_what_is_still_to_come_and_late_files_are_left_out(tmp_path: Path) -> None:
    told = (
        line(1, "2026-10-31T03:59:00", "2026-10-31T11:59:00"),
        line(2, "2026-10-31T04:01:00", "2026-10-31T12:01:00"),
        line(3, "2026-10-31T03:00:00", "2026-10-28T11:00:00"),
    )
    assert [one[1] for one in moved(tmp_path, *told)] == ["again-v1-1"]


def test_no_day_is_moved_twice(tmp_path: Path) -> None:
    told = line(1, "2026-11-20T15:00:00", "2026-11-20T23:00:00")
    (found,) = moved(tmp_path, told, last=date(2026, 11, 21))
    assert found[0] == "2026-11-21T15:00:00Z"
