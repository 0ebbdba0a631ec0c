"""Every query of every dashboard runs as the reading role, against the real schema with rows."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.postgres.database import Database, Role
from tests.contract.history_backends import Facts, Place, load
from tests.contract.history_backends import make_place as make_place

FOLDER = Path(__file__).parents[2] / "infra" / "dashboards"
_MACROS = (
    (re.compile(r"\$__timeFilter\((.*?(?:\(.*?\).*?)*)\)(?= AND|\n|$)"),
     r"\1 BETWEEN '2000-01-01T00:00:00Z' AND '2101-01-01T00:00:00Z'"),
    (re.compile(r"\$\{compound:sqlstring\}"), "'c01'"),
    (re.compile(r"\$\{door:sqlstring\}"), "'door/0','door/1','door/2','gate/0','gate/1','gate/2'"),
)  # fmt: skip
# What may be empty with the facts of the test: nothing is stored under another name for it.
_MAY_BE_EMPTY = {"电池 Battery, lowest of the day"}


def queries() -> Iterator[tuple[str, str, str]]:
    """(dashboard, panel or variable, SQL)"""
    for path in sorted(FOLDER.glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield path.stem, panel["title"], target["rawSql"]
        for variable in board["templating"]["list"]:
            yield path.stem, variable["name"], variable["query"]


def filled_in(query: str) -> str:
    for macro, text in _MACROS:
        query = macro.sub(text, query)
    assert "$" not in query, f"a macro the test does not know: {query}"
    return query


@pytest.mark.parametrize("kind", ["plain", "timescale"])
def test_every_query_answers(kind: str, make_place: Callable[[str], Place], seed: int) -> None:
    place = make_place(kind)
    history = place.open()
    load(history, Facts(seed).many(1500))
    place.refresh()
    assert isinstance(place.where, Database)
    asked = list(queries())
    assert len(asked) > 15
    empty = []
    with place.where.connect(Role.READ) as reading:
        for board, what, query in asked:
            rows = reading.execute(filled_in(query).encode()).fetchall()
            if not rows and "30" not in query and "history.unread" not in query:
                empty.append((board, what))
    assert [one for one in empty if one[1] not in _MAY_BE_EMPTY] == []


def test_dashboards_name_the_provisioned_datasource_and_have_ids_of_their_own() -> None:
    source = (FOLDER / "provisioning" / "datasources" / "menwei.yaml").read_text(encoding="utf-8")
    uid = re.search(r"^ +uid: (\S+)$", source, re.MULTILINE)
    assert uid is not None
    boards: list[dict[str, Any]] = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
    ]
    assert len({board["uid"] for board in boards}) == len(boards) == 4
    for board in boards:
        panels = [panel["id"] for panel in board["panels"]]
        assert len(set(panels)) == len(panels)
        for panel in board["panels"]:
            assert panel["datasource"]["uid"] == uid[1]
            assert all(one["datasource"]["uid"] == uid[1] for one in panel["targets"])


def test_the_reading_role_may_not_write(make_place: Callable[[str], Place]) -> None:
    import psycopg

    place = make_place("plain")
    place.open()
    assert isinstance(place.where, Database)
    for wish in ("DELETE FROM history.passages", "SELECT history.forget()",
                 "INSERT INTO history.unread VALUES (1, 1, 'x', 'x')"):  # fmt: skip
        with (
            place.where.connect(Role.READ) as reading,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            reading.execute(wish.encode())
