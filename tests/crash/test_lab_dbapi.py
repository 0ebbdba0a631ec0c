"""The laboratory's sqlite3 says what the real one says: what it finds is true of the real one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.crash.lab import script
from tests.crash.lab.account import frames, page
from tests.crash.lab.dbapi import Module
from tests.crash.lab.rig import Edge, speaking
from tests.crash.lab.script import Receipted, Restart, Take
from tests.crash.lab.vfs import Fault, LabVfs, Plan


@contextmanager
def laboratory(
    name: str, plan: Plan | None = None, **pragmas: str
) -> Iterator[tuple[Module, LabVfs]]:
    vfs = LabVfs(name, plan=plan)
    module = Module(vfs, pragmas)
    try:
        yield module, vfs
    finally:
        module.abandon()
        vfs.unregister()


def told(act: Callable[[], Any]) -> object:
    """What comes of it: a value, or the class and code of the error."""
    try:
        return act()
    except sqlite3.Error as error:
        return type(error).__name__, getattr(error, "sqlite_errorcode", None)


def conversation(sql: Any, path: Path) -> list[object]:
    """Everything our code does with a connection, and what it hears."""
    db = sql.connect(path, isolation_level=None, check_same_thread=False)
    heard: list[object] = []

    def say(act: Callable[[], Any]) -> None:
        heard.append(told(act))

    say(lambda: db.execute("PRAGMA journal_mode=WAL").fetchone())
    say(lambda: db.execute("PRAGMA synchronous=FULL").fetchall())
    say(lambda: db.execute("PRAGMA synchronous").fetchone())
    say(lambda: list(db.executescript("CREATE TABLE t (a UNIQUE, b); CREATE TABLE u (n);")))
    say(lambda: db.execute("INSERT INTO t VALUES (?, ?)", (1, b"\x00x")).rowcount)
    say(lambda: db.execute("INSERT INTO t VALUES (:a, :b)", {"a": 2, "b": "字"}).lastrowid)
    say(lambda: db.executemany("INSERT INTO u VALUES (?)", [(n,) for n in range(9)]).rowcount)
    say(lambda: db.execute("INSERT OR IGNORE INTO t VALUES (1, 0)").rowcount)
    say(lambda: db.execute("INSERT INTO t VALUES (1, 0)"))
    say(lambda: db.execute("SELECT * FROM t ORDER BY a").fetchall())
    say(lambda: db.execute("SELECT * FROM t WHERE a > 5").fetchone())
    say(lambda: [row[0] for row in db.execute("SELECT n FROM u WHERE n > 4")])
    say(lambda: db.execute("SELECT n FROM u").fetchmany(3))
    say(lambda: db.execute("UPDATE u SET n = n + 1 WHERE n < 4").rowcount)
    say(lambda: db.execute("DELETE FROM u WHERE n > 7").rowcount)
    say(lambda: db.execute("SELECT nothing FROM t"))
    say(lambda: db.execute("SELECT ?", ()))
    say(lambda: db.in_transaction)
    say(lambda: db.execute("BEGIN IMMEDIATE").rowcount)
    say(lambda: db.execute("INSERT INTO u VALUES (99)").rowcount)
    say(lambda: db.in_transaction)
    say(db.rollback)
    say(db.commit)
    say(lambda: db.execute("SELECT COUNT(*) FROM u").fetchone())
    say(lambda: db.execute("ROLLBACK"))
    cursor = db.cursor()
    cursor.row_factory = sql.Row
    db.row_factory = sql.Row
    say(lambda: tuple(db.execute("SELECT a AS x, b FROM t").fetchone()))
    say(lambda: db.execute("SELECT a AS x, b FROM t").fetchone()["x"])
    say(lambda: db.execute("SELECT a AS x, b FROM t").fetchone().keys())
    say(lambda: [name for name, *_ in db.execute("SELECT a AS x, b FROM t").description])
    db.close()
    say(lambda: db.execute("SELECT 1"))
    say(lambda: sql.connect("file:/nowhere/at/all?mode=ro", uri=True, isolation_level=None))
    return heard


def test_it_says_what_the_real_module_says(tmp_path: Path) -> None:
    with laboratory("contract") as (module, _):
        here = conversation(module, tmp_path / "lab.db")
    there = conversation(sqlite3, tmp_path / "stock.db")
    assert here == there
    assert ("IntegrityError", sqlite3.SQLITE_CONSTRAINT_UNIQUE) in here


def play(folder: Path, seed: int) -> tuple[dict[str, list[int]], set[bytes], list[int]]:
    """The journal's script; what differs from run to run (keys, nonces) left out."""
    folder.mkdir()
    edge = Edge(folder)
    for step in script.steps(seed, 60):
        match step:
            case Take(group):
                edge.take(group)
            case Receipted():
                edge.receipted(edge.heads())
            case Restart():
                edge.reopen()
    answered = [int(answer) for answer in edge.rig.answers.values()]
    held = {bytes.fromhex(one.sha256) for one in edge.rig.held()}
    edge.close()
    counted = {
        name: [len(page(frame).events) for frame in found]
        for name, found in frames(folder / "journal.db").items()
    }
    return counted, held, answered


def test_the_journal_cannot_tell_the_difference(tmp_path: Path, seed: int) -> None:
    with laboratory("journal", wal_autocheckpoint="20") as (module, vfs), speaking(module, vfs):
        here = play(tmp_path / "lab", seed)
    assert here == play(tmp_path / "stock", seed)
    assert sum(map(len, here[0].values())) > 20


@pytest.mark.parametrize(
    ("kind", "fault", "code"),
    [
        ("write", Fault.EIO, sqlite3.SQLITE_IOERR_WRITE),
        ("write", Fault.ENOSPC, sqlite3.SQLITE_FULL),
        ("write", Fault.SHORT, sqlite3.SQLITE_FULL),
        ("sync", Fault.EIO, sqlite3.SQLITE_IOERR_FSYNC),
    ],
)
def test_a_fault_is_an_error_of_sqlite3(tmp_path: Path, kind: str, fault: Fault, code: int) -> None:
    plan = Plan()
    with laboratory(f"fault-{kind}-{fault}", plan) as (module, _):
        db = module.connect(tmp_path / "x.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE t (x)")
        plan.kind, plan.at, plan.fault = kind, plan.calls[kind], fault
        with pytest.raises(sqlite3.OperationalError) as failed:
            db.execute("INSERT INTO t VALUES (1)")
        assert failed.value.sqlite_errorcode == code
        assert not db.in_transaction
        assert db.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)


def test_a_checkpoint_that_fails_is_nobodys_error(tmp_path: Path) -> None:
    """As with the real module: who wants to hear of it has to checkpoint himself."""
    plan = Plan()
    with laboratory("checkpoint", plan, wal_autocheckpoint="1") as (module, _):
        db = module.connect(tmp_path / "x.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE t (x)")
        plan.kind, plan.at = "sync", plan.calls["sync"] + 2  # header, commit, checkpoint
        db.execute("INSERT INTO t VALUES (1)")
        assert plan.struck.startswith("sync")


def test_a_lied_to_pragma_is_not_what_it_says(tmp_path: Path) -> None:
    with laboratory("lies", synchronous="OFF") as (module, _):
        db = module.connect(tmp_path / "x.db", isolation_level=None)
        db.execute("PRAGMA synchronous=FULL")
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.raw.execute("PRAGMA synchronous").fetchone() == (0,)
