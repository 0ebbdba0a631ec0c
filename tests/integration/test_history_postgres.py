"""The history against servers that go away, TimescaleDB's own policies, and rows behind sums."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import EnvironmentFault, Unavailable
from core.events import access
from core.postgres.database import Database, Role, parse
from projections.history import hourly, timescale
from projections.history.open import open_history, open_reader
from projections.history.sink import Keep
from projections.history.timescale import TimescaleHistory
from tests.contract.history_backends import SINCE, UNTIL, Facts, Place, load
from tests.contract.history_backends import make_place as make_place
from tests.contract.history_oracle import expected
from tests.fix_postgres import Server
from tests.fix_postgres import mortal as mortal
from tests.fix_views import COMPOUND, NOON

POLICIES = """
SELECT coalesce(c.user_view_name, j.hypertable_name), j.proc_name, j.config
FROM timescaledb_information.jobs j
LEFT JOIN _timescaledb_catalog.hypertable h ON h.table_name = j.hypertable_name
LEFT JOIN _timescaledb_catalog.continuous_agg c ON c.mat_hypertable_id = h.id
WHERE j.proc_name LIKE 'policy_%' AND j.hypertable_schema <> '_timescaledb_catalog'
  AND j.hypertable_name IS NOT NULL
ORDER BY 1, 2
"""


def of(place: Place) -> Database:
    assert isinstance(place.where, Database)
    return place.where


def end_backends(database: Database) -> None:
    with database.connect(Role.OWNER) as owning:
        owning.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'menwei project' AND datname = current_database()"
        )


@pytest.mark.parametrize("kind", ["plain", "timescale"])
def test_a_connection_ended_at_any_moment_loses_and_doubles_nothing(
    kind: str, make_place: Callable[[str], Place], seed: int
) -> None:
    place = make_place(kind)
    items = Facts(seed).many(3000)
    history = place.open()
    outages = 0
    at = 0
    for attempt in range(120):  # every third is left alone: slow machines get on as well
        page = items[at : at + 250]
        ending = threading.Timer(0.004 * (attempt % 5), end_backends, (of(place),))
        if attempt % 3 < 2:
            ending.start()
        try:
            history.take(page, page[-1].position, b"x")
        except Unavailable:
            outages += 1
        finally:
            if attempt % 3 < 2:
                ending.join()
        try:
            history.reload()
        except Unavailable:  # ended before it was asked for anything
            history.reload()
        at = history.position()
        if at == len(items):
            break
    assert outages > 0
    assert [row["position"] for row in place.events()] == [one.position for one in items]
    assert place.answers() == expected(items)


def test_a_killed_server_gives_back_rows_sums_and_position_that_agree(mortal: Server) -> None:
    database = parse(mortal.create())
    items = Facts(5).many(1000)
    history = open_history(database, hypertable=False)
    load(history, items[:600])
    mortal.kill()
    with pytest.raises(Unavailable):
        history.take(items[600:], 1000, b"x")
    with pytest.raises(Unavailable):
        history.reload()
    mortal.start()
    history.reload()
    assert 0 <= history.position() <= 600  # commits need not have reached the disk
    reader = open_reader(database)
    so_far = expected([one for one in items if one.position <= history.position()])
    assert reader.rollup("passages", COMPOUND, SINCE, UNTIL) == so_far["passages"]
    load(history, [one for one in items if one.position > history.position()])
    assert reader.rollup("passages", COMPOUND, SINCE, UNTIL) == expected(items)["passages"]
    reader.close()
    history.close()


def test_policies_are_set_once_and_again_when_they_change(
    make_place: Callable[[str], Place],
) -> None:
    place = make_place("timescale")

    def policies() -> dict[tuple[str, str], dict[str, Any]]:
        with of(place).connect(Role.OWNER) as owning:
            return {(name, what): how for name, what, how in owning.execute(POLICIES)}

    place.open(Keep(rows_days=90, rollup_days=1000, compress_after_days=5))
    first = policies()
    refreshed = ("availability_daily", "deposits_hourly", "passages_hourly")
    assert set(first) == {
        ("events", "policy_retention"),
        ("events", "policy_compression"),
        *((name, "policy_refresh_continuous_aggregate") for name in refreshed),
        *((name, "policy_retention") for name in refreshed),
    }
    assert first["events", "policy_retention"]["drop_after"] == "90 days"
    assert first["events", "policy_compression"]["compress_after"] == "5 days"
    assert first["passages_hourly", "policy_retention"]["drop_after"] == "1000 days"
    for name in refreshed:  # a refresh where rows were dropped would take the aggregates along
        assert first[name, "policy_refresh_continuous_aggregate"]["start_offset"] == "88 days"
    place.open(Keep(rows_days=90, rollup_days=1000, compress_after_days=5))
    assert policies() == first
    place.open(Keep(rows_days=30, rollup_days=1000, compress_after_days=5))
    assert policies()["events", "policy_retention"]["drop_after"] == "30 days"
    assert len(policies()) == 8


def test_rollups_outlive_their_rows_whatever_order_the_policies_run_in(
    make_place: Callable[[str], Place],
) -> None:
    place = make_place("timescale")
    facts = Facts(1)
    with of(place).connect(Role.READ) as reading:
        found = reading.execute("SELECT date_trunc('hour', now())").fetchone()
    assert found is not None
    now: datetime = found[0].astimezone(UTC)
    items = [
        facts.one(access.Granted(), "door/1", at=now - timedelta(days=days))
        for days in (100, 61, 59, 30, 0)
    ]
    load(place.open(Keep(rows_days=60, rollup_days=600)), items)
    before = place.answers()
    assert before == expected(items)
    with of(place).connect(Role.OWNER) as owning:
        jobs = owning.execute(
            "SELECT job_id, proc_name FROM timescaledb_information.jobs "
            "WHERE proc_name IN ('policy_retention', 'policy_refresh_continuous_aggregate') "
            "ORDER BY proc_name DESC, job_id"
        ).fetchall()
        for job, _ in [*jobs, *reversed(jobs)]:
            owning.execute("CALL run_job(%s)", (job,))
    # A chunk is a day: its rows go when all of it is old enough.
    assert 3 <= len(place.events()) <= 4
    reader = place.reader
    after = {name: reader.rollup(name, COMPOUND, SINCE, UNTIL) for name in before}  # type: ignore[arg-type]
    assert after == before


def test_compressed_rows_answer_the_same_and_take_what_is_late(
    make_place: Callable[[str], Place], seed: int
) -> None:
    place = make_place("timescale")
    items = Facts(seed).many(900)
    history = place.open()
    load(history, items[:700])
    events = place.events()
    with of(place).connect(Role.OWNER) as owning:
        done = owning.execute(
            "SELECT count(compress_chunk(c)) FROM show_chunks('history.events') c"
        ).fetchone()
    assert done is not None
    assert done[0] > 1
    assert place.events() == events
    load(history, items[700:])
    assert place.answers() == expected(items)


def test_new_rows_show_without_a_refresh(make_place: Callable[[str], Place]) -> None:
    place = make_place("timescale")
    facts = Facts(1)
    load(place.open(), [facts.one(access.Granted(), "door/1", at=NOON)])
    (row,) = place.reader.rollup("passages", COMPOUND, SINCE, UNTIL)
    assert row == expected([Facts(1).one(access.Granted(), "door/1", at=NOON)])["passages"][0]


def test_a_history_begun_in_plain_tables_stays_there(
    make_place: Callable[[str], Place], caplog: pytest.LogCaptureFixture
) -> None:
    place = make_place("plain")
    place.open()
    with of(place).connect(Role.OWNER) as owning:
        found = owning.execute(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
        ).fetchone()
        if found is not None:
            owning.execute("CREATE EXTENSION timescaledb")
    again = open_history(of(place))
    again.close()
    assert not isinstance(again._sink, TimescaleHistory)
    assert ("stays in plain tables" in caplog.text) == (found is not None)


def test_a_server_without_the_extension_is_plain_without_a_word(
    mortal: Server, caplog: pytest.LogCaptureFixture
) -> None:
    history = open_history(parse(mortal.create()))
    history.close()
    assert not isinstance(history._sink, TimescaleHistory)
    assert caplog.text == ""


def test_an_old_or_reduced_timescale_is_not_used(
    make_place: Callable[[str], Place],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = make_place("timescale")
    with of(place).connect(Role.OWNER) as owning:
        assert timescale.available(owning)
        monkeypatch.setattr(timescale, "_OLDEST", (99, 0))
        assert not timescale.available(owning)
        assert "older than 99.0" in caplog.text
        monkeypatch.undo()
        monkeypatch.setitem(timescale._SQL, "licence", b"SELECT 'apache'")
        assert not timescale.available(owning)
        assert "timescaledb.license" in caplog.text


@pytest.mark.parametrize("kind", ["plain", "timescale"])
def test_rows_and_rollup_say_the_same(kind: str, make_place: Callable[[str], Place]) -> None:
    place = make_place(kind)
    load(place.open(), Facts(2).many(800))
    place.refresh()
    with of(place).connect(Role.READ) as reading:
        rows = hourly.passages(reading, "rows", SINCE, UNTIL)
        assert rows == hourly.passages(reading, "rollup", SINCE, UNTIL)
    assert len(rows) > 20


def test_rows_and_rollup_say_the_same_in_a_file(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history.db")
    load(history, Facts(2).many(800))
    with closing(sqlite3.connect(tmp_path / "history.db")) as db:
        rows = hourly.passages_in_file(db, "rows")
        assert rows == hourly.passages_in_file(db, "rollup")
    history.close()
    assert len(rows) > 20


def test_months_get_partitions_and_the_rest_the_default_one(
    make_place: Callable[[str], Place],
) -> None:
    place = make_place("plain")
    facts = Facts(3)
    moments = [datetime(year, 3, 1, tzinfo=UTC) for year in (2001, 2015, 2026, 2099)]
    moments += [datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)]
    load(place.open(), [facts.one(access.Granted(), "door/1", at=at) for at in moments])
    with of(place).connect(Role.OWNER) as owning:
        found = owning.execute(
            "SELECT tableoid::regclass::text, count(*) FROM history.events GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [
        ("history.events_2015_03", 1), ("history.events_2026_03", 2),
        ("history.events_2026_04", 1), ("history.events_2099_03", 1), ("history.events_other", 1),
    ]  # fmt: skip


def test_a_file_that_is_no_database_is_told_of_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(EnvironmentFault, match="move the file away"):
        open_history(path)
    assert path.read_bytes() == b"not a database" * 100


def test_a_history_nobody_has_made_yet_is_away_for_who_asks(mortal: Server) -> None:
    """The hub answers before the history's own process has made role, schema and tables."""
    bare = parse(mortal.create())
    reader = open_reader(bare)
    with pytest.raises(Unavailable, match="menwei_read"):
        reader.position()
    with bare.connect(Role.OWNER) as owning:
        owning.execute("CREATE ROLE menwei_read")
    with pytest.raises(Unavailable, match=r"history\.positions"):
        reader.position()
    open_history(bare, hypertable=False).close()
    assert reader.position() == 0
    assert reader.rollup("passages", COMPOUND, SINCE, UNTIL) == []
    reader.close()


def test_a_login_that_is_refused_for_a_while_is_an_outage(mortal: Server) -> None:
    """As a password that was changed: what was let in before is waited for, not given up."""
    database = parse(mortal.create())
    history = open_history(database, hypertable=False)
    with database.connect(Role.OWNER) as owning:
        owning.execute("ALTER ROLE menwei_project RENAME TO somebody")
    end_backends(database)
    for _ in range(2):
        with pytest.raises(Unavailable):
            history.reload()
    with database.connect(Role.OWNER) as owning:
        owning.execute("ALTER ROLE somebody RENAME TO menwei_project")
    history.reload()
    history.close()


def test_a_database_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    reader = open_reader(parse("postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(Unavailable):
        reader.position()
    reader.close()
