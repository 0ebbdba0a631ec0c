"""A line put together from parts is the line of the whole event."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core import codec, sealing
from core.catalog import CATALOG, Envelope
from core.clock import rfc3339
from core.event import Data, Draft, Event, Media, Native, Personal
from core.events.access import Denied, Granted
from core.events.camera import FaceCaptured
from core.events.door import Opened
from core.events.waste import LevelMeasured
from core.keystore import KeyStore
from edge.quarantine import GUESSABLE
from edge.stamp import Stamp
from tests.fix_core import START

SOURCE = "/c/c01/gw/gw01/dev/door-07"
SHORT, LONG = b"x", b"x" * GUESSABLE
RAW = {payload: hashlib.sha256(payload).hexdigest() for payload in (SHORT, LONG)}
NATIVE: Native = {"adapter": "native"}
CARD = Personal(kind="card", identifier="8800126053", fields={"card": "8800126053"})


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore(tmp_path / "keys.db")
    yield store
    store.close()


def draft(
    data: Data, personal: Personal | None = None, time: str = "2026-11-21T08:00:00Z"
) -> Draft:
    return Draft(
        id="door-07-1", device="door-07", subject="door/door-07", time=time, data=data,
        personal=personal, origin="replay", traceparent="00-1-2-00",
    )  # fmt: skip


def lined(keys: KeyStore, one: Draft, payload: bytes) -> Event:
    """The event as the journal has it, whose line is what `codec.encode` makes of it."""
    stamp = Stamp(keys, START)
    data, _ = stamp.data(one, one.id, payload, stamp.stamped(one))
    line = stamp.line(one, one.id, one.data.TYPE, SOURCE, data)
    event = CATALOG.read(msgspec.json.decode(line, type=Envelope))
    assert codec.encode(event) == line
    return event


@pytest.mark.parametrize("payload", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize(
    "data",
    [
        Opened(),
        Opened(native=NATIVE),
        Opened(native=NATIVE, cause='a "grant", {}'),
        LevelMeasured(native={**NATIVE, "dropped": 2}, distance_mm=412, temperature_cel=21.5),
        FaceCaptured(native=NATIVE, media=(Media(sha256="0" * 64),)),
    ],
    ids=repr,
)
def test_a_fact(keys: KeyStore, data: Data, payload: bytes) -> None:
    one = draft(data)
    assert lined(keys, one, payload) == Event(
        id=one.id,
        source=SOURCE,
        type=data.TYPE,
        subject=one.subject,
        time=one.time,
        recordedtime=rfc3339(START),
        origin="replay",
        traceparent=one.traceparent,
        data=msgspec.structs.replace(data, native={**data.native, "rawsha256": RAW[payload]}),
    )


@pytest.mark.parametrize("native", [NATIVE, {}], ids=["native", "bare"])
@pytest.mark.parametrize("into", ["subject_ref", ""])
@pytest.mark.parametrize("payload", [SHORT, LONG], ids=["short", "long"])
def test_a_person(keys: KeyStore, payload: bytes, into: str, native: Native) -> None:
    personal = msgspec.structs.replace(CARD, into=into)
    data = Granted(direction="in", native={**native})
    event = lined(keys, draft(data, personal), payload)
    sealed = event.data.pii
    assert sealed is not None
    ref = sealing.reference(keys.reference_key, "card", CARD.identifier)
    assert sealed.kid == f"{ref}:access:2026-11"
    hashed = {"rawsha256": RAW[payload]}
    opened = sealing.unseal(keys.key(sealed.kid), sealed, event.id)
    assert opened == {**CARD.fields, **(hashed if payload == SHORT else {})}
    assert event.data == msgspec.structs.replace(
        data,
        native={**native, **(hashed if payload == LONG else {})},
        pii=sealed,
        subject_ref=ref if into else "",
    )


def test_a_person_without_fields_is_referenced_only(keys: KeyStore) -> None:
    personal = msgspec.structs.replace(CARD, fields={})
    event = lined(keys, draft(Denied(native=NATIVE), personal), LONG)
    assert event.data.pii is None
    assert isinstance(event.data, Denied)
    assert event.data.subject_ref.startswith("s:")


def test_without_a_time_the_gateways_is_shown(keys: KeyStore) -> None:
    event = lined(keys, draft(Opened(native=NATIVE), time=""), LONG)
    assert (event.time, event.timequality) == (rfc3339(START), "gateway")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (draft(Opened(native={**NATIVE, "dropped": 1}, cause="grant")), True),
        (draft(Opened(native=NATIVE, cause="button")), False),
        (draft(Opened(native=NATIVE)), False),
        (draft(Granted(native=NATIVE)), False),
        (draft(Opened(native=NATIVE, cause="grant"), CARD), False),
        (draft(Opened(native=NATIVE, cause="grant"), time="2026-11-21T08:00:01Z"), False),
    ],
)
def test_what_tells_a_resend_from_a_conflict(keys: KeyStore, other: Draft, same: bool) -> None:
    stamp = Stamp(keys, START)
    one = stamp.stamped(draft(Opened(native=NATIVE, cause="grant")))
    assert (Stamp(keys, START).stamped(other).digest == one.digest) is same
    assert len(one.digest) == 16


def test_the_digest_is_keyed(keys: KeyStore, tmp_path: Path) -> None:
    one = draft(Opened(native=NATIVE))
    others = KeyStore(tmp_path / "other.db")
    assert Stamp(keys, START).stamped(one).digest != Stamp(others, START).stamped(one).digest
    others.close()


def test_of_a_record_told_in_several_forms_its_essence_counts(keys: KeyStore) -> None:
    """And whom it is about; what journals of before know of it is the whole, and kept beside."""
    stamp = Stamp(keys, START)
    full = msgspec.structs.replace(
        draft(Granted(credential="card", subject_class="resident"), CARD), essence="5:1"
    )
    fewer = msgspec.structs.replace(full, data=Granted(credential="card"))
    other = msgspec.structs.replace(full, essence="5:8")
    nobody = msgspec.structs.replace(full, personal=None)
    later = msgspec.structs.replace(full, time="2026-11-21T08:00:01Z")
    digest = stamp.stamped(full).digest
    assert stamp.stamped(fewer).digest == digest
    assert len({digest, *(stamp.stamped(one).digest for one in (other, nobody, later))}) == 4
    plain = stamp.stamped(msgspec.structs.replace(full, essence=""))
    assert (stamp.stamped(full).whole, plain.whole) == (plain.digest, b"")


def test_pictures_beside_it_are_in_the_event_and_tell_no_duplicate(keys: KeyStore) -> None:
    picture = Media(sha256="ab" * 32, bytes=7)
    for data, personal in ((Opened(), None), (Granted(credential="card"), CARD)):
        plain = draft(data, personal)
        pictured = msgspec.structs.replace(plain, pictures=(picture,))
        assert lined(keys, pictured, LONG).data.media == (picture,)
        stamp = Stamp(keys, START)
        assert stamp.stamped(plain).digest == stamp.stamped(pictured).digest
