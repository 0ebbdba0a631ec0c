"""What machines ask of the history, and what they are told when it cannot be asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.errors import Unavailable
from core.event import Recorded
from core.events import access, device, waste
from projections.history.open import open_history, open_reader
from projections.history.sink import MOST_ROWS, Answer, HistoryReader, PassageHour, RollupName
from projections.web.desk import Desk
from projections.web.history import router
from tests.fix_hub import NOW, HubRig
from tests.unit.web.conftest import Caller

HOUR = timedelta(hours=1)
SPAN = {"from": "2026-11-20T12:00:00+08:00", "to": "2026-11-20T06:00:00Z"}


class Desked(Desk, frozen=True, kw_only=True):
    history: HistoryReader | None = None


class Asked:
    """A reader that answers with what the test says and notes what it was asked."""

    def __init__(self, answer: Answer = (), fails: bool = False) -> None:
        self.answer, self.fails = answer, fails
        self.spans: list[tuple[datetime, datetime, str | None]] = []

    def position(self) -> int:
        if self.fails:
            raise Unavailable("gone")
        return 41

    def rollup(
        self,
        name: RollupName,
        compound: str,
        since: datetime,
        until: datetime,
        subject: str | None = None,
    ) -> Answer:
        self.spans.append((since, until, subject))
        return self.answer

    def close(self) -> None:
        """Holds nothing."""


def keep(caller: Caller, reader: HistoryReader | None) -> None:
    if not any(getattr(one, "path", "").startswith("/api/v1/history") for one in caller.app.routes):
        caller.app.include_router(router)
    parts = {name: getattr(caller.rig.desk, name) for name in Desk.__struct_fields__}
    caller.app.state.desk = Desked(**{**parts, "history": reader})


def taken(rig: HubRig, folder: Path) -> None:
    """Everything the rig's log holds, into a history beside it."""
    found: list[Recorded] = []
    rig.runner.listen(lambda page: found.extend(page.events))
    rig.add(
        [
            rig.event(access.Granted(), "door/1", at=NOW),
            rig.event(access.Denied(), "door/1", at=NOW + HOUR),
            rig.event(waste.DepositRecorded(category="food", net_g=700), "point/1", at=NOW),
            rig.event(device.Lost(), "device/reader-1", at=NOW),
        ]
    )
    rig.settle()
    history = open_history(folder / "history.db")
    history.take(found, found[-1].position, b"leaf")
    history.close()


def test_rollups_as_json(caller: Caller, tmp_path: Path) -> None:
    taken(caller.rig, tmp_path)
    keep(caller, open_reader(tmp_path / "history.db"))
    assert caller.json("/api/v1/history/passages/c01", params=SPAN) == {
        "rollup": "passages",
        "compound": "c01",
        "position": 1,
        "rows": [
            {"subject": "door/1", "hour": "2026-11-20T04:00:00.000Z", "granted": 1, "denied": 0,
             "taken": 0, "vehicles": 0},
            {"subject": "door/1", "hour": "2026-11-20T05:00:00.000Z", "granted": 0, "denied": 1,
             "taken": 0, "vehicles": 0},
        ],
    }  # fmt: skip
    deposits = caller.json("/api/v1/history/deposits/c01", params=SPAN)["rows"]
    assert deposits == [
        {"subject": "point/1", "hour": "2026-11-20T04:00:00.000Z", "category": "food",
         "deposits": 1, "netG": 700, "unweighed": 0}
    ]  # fmt: skip
    day = {"from": "2026-11-20T00:00:00 08:00", "to": "2026-11-21T00:00:00+08:00"}
    devices = caller.json(
        "/api/v1/history/availability/c01", params={**day, "subject": "reader-1"}
    )["rows"]
    assert devices == [
        {"gateway": "gw01", "device": "reader-1", "day": "2026-11-20", "events": 0, "lost": 1,
         "first": None, "last": None, "availability": 0.0}
    ]  # fmt: skip


def test_times_are_read_with_their_offset_and_held_at_the_bounds(caller: Caller) -> None:
    reader = Asked()
    keep(caller, reader)
    caller.json("/api/v1/history/passages/c01", params={**SPAN, "subject": "door/1"})
    caller.json(
        "/api/v1/history/passages/c01",
        params={"from": "1066-10-14T09:00:00Z", "to": "9999-12-31T23:59:59Z"},
    )
    assert reader.spans == [
        (NOW, datetime(2026, 11, 20, 6, tzinfo=UTC), "door/1"),
        (datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC), None),
    ]


@pytest.mark.parametrize(
    ("path", "asked", "status", "said"),
    [
        ("tonnage/c01", SPAN, 404, "There is no such rollup; there are passages, deposits, "
         "availability."),
        ("passages/c99", SPAN, 404, "There is no such compound; /api/v1/compounds lists them."),
        ("passages/c01", {"from": SPAN["from"]}, 422, "to: Field required."),
        ("passages/c01", {**SPAN, "from": "2026-11-20"}, 422,
         "from is not an RFC 3339 time with its offset."),
        ("passages/c01", {**SPAN, "to": "0001-01-01T00:00:00+08:00"}, 422,
         "to is not an RFC 3339 time with its offset."),
        ("passages/c01", {"from": SPAN["to"], "to": SPAN["from"]}, 422, "from is after to."),
        ("passages/c01", {**SPAN, "subject": ""}, 422,
         "subject: String should have at least 1 character."),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(
    caller: Caller, path: str, asked: dict[str, str], status: int, said: str
) -> None:
    keep(caller, Asked())
    response = caller.get(f"/api/v1/history/{path}", params=asked)
    assert (response.status_code, response.json()) == (status, {"detail": said})


def test_too_much_is_refused_and_not_cut(caller: Caller) -> None:
    row = PassageHour(subject="d", hour="h", granted=1, denied=0, taken=0, vehicles=0)
    keep(caller, Asked([row] * (MOST_ROWS + 1)))
    response = caller.get("/api/v1/history/passages/c01", params=SPAN)
    assert response.status_code == 422
    assert response.json()["detail"].startswith("More than 20000 rows: ask for a shorter time")


def test_an_absent_history_is_told_from_one_that_does_not_answer(
    caller: Caller, tmp_path: Path
) -> None:
    texts = []
    for reader in (None, Asked(fails=True), open_reader(tmp_path / "not-there.db")):
        keep(caller, reader)
        response = caller.get("/api/v1/history/passages/c01", params=SPAN)
        assert response.status_code == 503
        texts.append(response.json()["detail"])
    gone = "The history's database does not answer now. Nothing is lost; ask again."
    assert texts == ["This hub keeps no history: none is configured.", gone, gone]


def test_any_account_may_read_and_nobody_else(caller: Caller) -> None:
    keep(caller, Asked())
    path = "/api/v1/history/passages/c01"
    assert caller.get(path, params=SPAN, role="viewer").status_code == 200
    assert caller.get(path, params=SPAN, role=None).status_code == 401


def test_the_answers_fields_are_what_the_document_names() -> None:
    assert [field.encode_name for field in msgspec.structs.fields(PassageHour)] == [
        "subject", "hour", "granted", "denied", "taken", "vehicles",
    ]  # fmt: skip
