"""What a door waits for when a policy names twenty thousand people: one decision."""

import time
from datetime import datetime

from core.policy.book import Book
from core.policy.decide import Request, decide
from core.policy.document import Credential, Grant, Group, Person, Policy
from core.policy.standing import Standing
from core.site import Area, Door, Site
from tests.bench.context import Context
from tests.bench.table import Result, at

_PERSONS = 20_000
_LIMIT_US = 50.0
_AT = datetime.fromisoformat("2026-03-02T09:00:00+08:00")


def measure(context: Context) -> list[Result]:
    persons = tuple(
        Person(ref=f"s:{n}", groups=("g",), credentials=(Credential(kind="card", hash=f"{n}"),))
        for n in range(_PERSONS)
    )
    policy = Policy(
        compound="c01",
        version=1,
        issued="2026-01-01T00:00:00Z",
        salt="00" * 16,
        site=Site(areas={"yard": Area()}, doors={"a": Door(to_area="yard")}),
        groups={"g": Group(grants=(Grant(doors=("a",)),))},
        persons=persons,
    )
    book, standing = Book(policy), Standing()
    took: list[float] = []
    refused = 0
    for _ in range(context.repeats):
        for n in range(0, _PERSONS, 20):
            request = Request(door="a", kind="card", at=_AT, hash=f"{n}", direction="in")
            begin = time.perf_counter_ns()
            decision = decide(book, standing, request)
            took.append((time.perf_counter_ns() - begin) / 1000)
            refused += not decision.granted
    command = context.command("decision")
    return [
        Result(f"a decision among {_PERSONS:,} credentials, p50", f"{at(took, 0.5):.1f} µs",
               f"≤ {_LIMIT_US:g} µs", at(took, 0.5) <= _LIMIT_US and not refused,
               command=command),
        Result("the same, p99", f"{at(took, 0.99):.1f} µs of {len(took)}", command=command),
    ]  # fmt: skip
