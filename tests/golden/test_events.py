"""Every type ever released decodes for ever, to exactly this, and is stored as exactly that."""

from pathlib import Path

import msgspec
import pytest

from core import codec
from core.catalog import CATALOG, Envelope
from core.event import Data
from tests.golden.make import EVENTS as WRITTEN
from tests.golden.make import HERE, main
from tests.golden.samples.every import LATER, RETIRED, SAMPLES

EVENTS = HERE / "events"
NAMES = sorted(path.name.removesuffix(".json") for path in EVENTS.glob("*.json"))
BASE = {field.name for field in msgspec.structs.fields(Data)}


def line(name: str) -> bytes:
    return (EVENTS / f"{name}.json").read_bytes()


def test_every_type_of_the_catalogue_has_its_file() -> None:
    missing = sorted(CATALOG.types.keys() - set(NAMES))
    assert missing == [], "python -m tests.golden.make " + " ".join(missing)


def test_every_file_has_what_it_must_decode_to() -> None:
    assert set(NAMES) == WRITTEN.keys() | RETIRED.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_line_decodes_to_exactly_this(name: str) -> None:
    stored = msgspec.json.decode(line(name), type=Envelope)
    event = CATALOG.read(stored)
    expected = WRITTEN.get(name) or RETIRED[name]
    assert stored.type == name.partition("+")[0]
    assert repr(event) == repr(expected)
    assert event == expected


@pytest.mark.parametrize("name", NAMES)
def test_what_a_later_version_says_beside_it_is_passed_over(name: str) -> None:
    told = msgspec.json.decode(line(name))
    for one in (told, told["data"], told["data"].get("scale", {})):
        one["laterthing"] = {"said": [1, "two"]}
    later = msgspec.json.encode(told)
    expected = WRITTEN.get(name) or RETIRED[name]
    assert CATALOG.read(msgspec.json.decode(later, type=Envelope)) == expected
    if told["type"] in CATALOG.types:
        assert CATALOG.read_lines(later) == [expected]


def test_a_stored_line_is_one_line() -> None:
    for name in NAMES:
        assert line(name).endswith(b"}\n")
        assert line(name).count(b"\n") == 1


def test_a_sample_is_stored_as_exactly_these_bytes() -> None:
    assert [name for name in WRITTEN if codec.lines([WRITTEN[name]]) != line(name)] == []


def test_a_current_type_read_and_stored_again_is_the_same_bytes() -> None:
    current = [name for name in NAMES if name.partition("+")[0] in CATALOG.types]
    read = {name: CATALOG.read(msgspec.json.decode(line(name), type=Envelope)) for name in current}
    assert [name for name in current if codec.lines([read[name]]) != line(name)] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_uses_every_field_of_its_type(name: str) -> None:
    """A field left at its default is not stored, so its name would not be frozen."""
    later = [event.data for key, event in LATER.items() if key.partition("+")[0] == name]
    told = [SAMPLES[name].data, *later]
    unused = [
        field.name
        for field in msgspec.structs.fields(told[0])
        if field.name not in BASE
        and all(getattr(data, field.name) == field.default for data in told)
    ]
    assert unused == []


def test_the_envelope_and_the_base_fields_are_all_used_by_some_sample() -> None:
    stored = b"".join(line(name) for name in NAMES)
    for attribute in Envelope.__struct_fields__:
        assert b'"%s":' % attribute.encode() in stored
    for field in (
        b'"native":{',
        b'"pii":{"alg":"A256GCM","kid":',
        b'"media":[{"sha256":',
        b'"bytes":48213',
    ):
        assert field in stored
    origins = {sample.origin for sample in SAMPLES.values()}
    qualities = {sample.timequality for sample in SAMPLES.values()}
    assert origins == {"live", "replay", "backfill", "manual"}
    assert qualities == {"device-zone", "device-assumed", "gateway"}


def test_make_adds_and_never_writes_over(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    taken = tmp_path / "events" / "door.closed.v1.json"
    taken.write_bytes(b"as it was")
    assert main(["door.opened.v1", "door.closed.v1"], root=tmp_path) == 1
    assert taken.read_bytes() == b"as it was"
    added = tmp_path / "events" / "door.opened.v1.json"
    assert added.read_bytes() == line("door.opened.v1")
    assert main(["batch.v1.hex"], root=tmp_path) == 0
    assert (tmp_path / "batch.v1.hex").read_bytes() == (HERE / "batch.v1.hex").read_bytes()


def test_make_wants_a_sample(tmp_path: Path) -> None:
    assert main(["door.painted.v1"], root=tmp_path) == 2
    assert main([], root=tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
