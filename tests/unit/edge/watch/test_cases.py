"""Every table of tests/cases/watch: as told, with somebody looking twice a second, and with a
restart after each step. What is said, when and in what order, is the same."""

import pytest

from tests.unit.edge.watch.story import Case, Gateway, expected, steps, tables, told

TABLES = dict(tables())


@pytest.mark.parametrize("each", [0.0, 0.5, 7.0])
@pytest.mark.parametrize("name", TABLES)
def test_table(name: str, each: float) -> None:
    check(TABLES[name], Gateway(TABLES[name].site, each=each))


@pytest.mark.parametrize("name", [name for name, case in TABLES.items() if case.restarts])
def test_table_with_a_restart_after_each_step(name: str) -> None:
    check(TABLES[name], Gateway(TABLES[name].site, restarts=True))


def test_the_tables_are_there() -> None:
    assert len(TABLES) >= 60


def check(case: Case, gateway: Gateway) -> None:
    said = gateway.run(steps(case.happens))
    wanted = expected(case.says)
    fields = [one[3] for one in wanted] + [{}] * len(said)
    found = [told(one, asked) for one, asked in zip(said, fields, strict=False)]
    assert found == wanted
