"""Stored names and what they are bound to, now and for versions long gone."""

import re
from typing import ClassVar

import msgspec
import pytest

from core.catalog import CATALOG, Catalog, Envelope, Json, UnknownType, Upcaster
from core.event import Data
from core.events.door import Opened

NAME = re.compile(r"^[a-z]+(\.[a-z]+)+\.v\d+$")


class Weighed(Data, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The third version of a made-up type: kilograms, then grams, then grams with a sign."""

    TYPE: ClassVar[str] = "test.thing.weighed.v3"
    net_g: int
    signed: bool


def grams(data: Json) -> Json:
    return {"netG": round(data["netKg"] * 1000)}


def with_sign(data: Json) -> Json:
    return {**data, "signed": False}


STEPS = (
    Upcaster("test.thing.weighed.v1", "test.thing.weighed.v2", grams),
    Upcaster("test.thing.weighed.v2", "test.thing.weighed.v3", with_sign),
)


def stored(name: str, data: bytes) -> Envelope:
    return Envelope(
        id="1",
        source="/c/a/gw/b/dev/c",
        type=name,
        subject="bin/1",
        time="2026-11-21T16:00:00+08:00",
        recordedtime="2026-11-21T08:00:00Z",
        timequality="device-assumed",
        origin="backfill",
        correlationid="co",
        causationid="ca",
        traceparent="tp",
        data=msgspec.Raw(data),
    )


@pytest.mark.parametrize("name", CATALOG.types)
def test_a_name_is_well_formed_and_no_python_path(name: str) -> None:
    cls = CATALOG.types[name]
    assert NAME.match(name)
    assert name == cls.TYPE
    assert cls.__module__ not in name
    assert cls.__name__ not in name
    assert not name.startswith(("core", "devices", "edge", "projections", "infra"))


def test_every_class_declared_in_a_types_list_is_in_the_catalogue() -> None:
    declared = {cls for cls in descendants(Data) if cls.__module__.startswith("core.events.")}
    named = {cls for cls in declared if cls.TYPE}
    assert named == {cls for cls in CATALOG.types.values() if cls in declared}
    assert {cls.TYPE for cls in named} <= CATALOG.types.keys()


def descendants(cls: type[Data]) -> list[type[Data]]:
    return [one for sub in cls.__subclasses__() for one in (sub, *descendants(sub))]


@pytest.mark.parametrize("name", CATALOG.types)
def test_no_field_of_a_type_is_personal_by_name(name: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(CATALOG.types[name])}
    if name.startswith("register."):
        fields -= {"name"}  # of a compound, a firm, a facility: never of a person
    assert not fields & {"name", "card", "cardNo", "plate", "plateNo", "phone", "employeeNo"}


def test_a_current_type_is_read_with_its_envelope() -> None:
    event = CATALOG.read(stored("door.opened.v1", b'{"cause":"grant","durationS":1.5}'))
    assert event.data == Opened(cause="grant", duration_s=1.5)
    assert event.type == "door.opened.v1"
    assert (event.timequality, event.origin) == ("device-assumed", "backfill")
    assert (event.correlationid, event.causationid, event.traceparent) == ("co", "ca", "tp")


def test_a_field_from_the_future_is_passed_over() -> None:
    event = CATALOG.read(stored("door.opened.v1", b'{"cause":"grant","colour":"red"}'))
    assert event.data == Opened(cause="grant")


def test_data_that_is_not_the_types_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        CATALOG.read(stored("door.opened.v1", b'{"cause":7}'))


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownType, match=r"lift\.stopped\.v9"):
        CATALOG.read(stored("lift.stopped.v9", b"{}"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("test.thing.weighed.v1", b'{"netKg":1.5}'),
        ("test.thing.weighed.v2", b'{"netG":1500}'),
        ("test.thing.weighed.v3", b'{"netG":1500,"signed":false}'),
    ],
)
def test_every_version_is_read_as_the_newest(name: str, data: bytes) -> None:
    event = Catalog([Weighed], STEPS).read(stored(name, data))
    assert event.data == Weighed(net_g=1500, signed=False)
    assert event.type == "test.thing.weighed.v3"
    assert event.origin == "backfill"


def test_the_order_upcasters_are_given_in_does_not_matter() -> None:
    catalog = Catalog([Weighed], STEPS[::-1])
    assert catalog.read(stored("test.thing.weighed.v1", b'{"netKg":2}')).data == Weighed(
        net_g=2000, signed=False
    )


def test_an_upcaster_whose_result_does_not_fit_is_refused() -> None:
    broken = Upcaster("test.thing.weighed.v2", "test.thing.weighed.v3", lambda data: data)
    with pytest.raises(msgspec.ValidationError):
        Catalog([Weighed], [broken]).read(stored("test.thing.weighed.v2", b'{"netG":1}'))


def test_a_chain_that_leads_nowhere_names_the_type_stored() -> None:
    with pytest.raises(UnknownType, match=r"weighed\.v1"):
        Catalog([Weighed], STEPS[:1]).read(stored("test.thing.weighed.v1", b'{"netKg":2}'))


def test_a_current_type_may_not_be_upcast_away() -> None:
    away = Upcaster("test.thing.weighed.v3", "test.thing.weighed.v4", with_sign)
    with pytest.raises(ValueError, match=r"upcast away.*weighed\.v3"):
        Catalog([Weighed], [away])


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="taken"):
        Catalog([Weighed, Weighed])


def test_a_class_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        Catalog([Data])
