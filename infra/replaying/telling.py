"""A replay as people and programs read it: a line an event, and the rows it changed."""

from collections.abc import Iterator

import msgspec

from projections.replay.steps import Step
from projections.replay.told import Told, brief, told


def lines(step: Step) -> Iterator[str]:
    item = step.line.item
    event = item.event
    yield f"{event.recordedtime}  {step.place}  {item.compound}  {event.type}  {event.subject}"
    for one in map(told, step.changes):
        fields = ", ".join(_field(one, *field) for field in one.differing())
        yield f"    {_sign(one)} {one.view} {one.kind} {one.key}{': ' if fields else ''}{fields}"


def as_json(step: Step) -> str:
    return msgspec.json.encode(step.told()).decode()


def _sign(one: Told) -> str:
    if one.before is None:
        return "+"
    return "-" if one.after is None else "~"


def _field(one: Told, name: str, before: object, after: object) -> str:
    if one.before is None:
        return f"{name}={brief(after)}"
    return f"{name} {brief(before)} → {brief(after)}"
