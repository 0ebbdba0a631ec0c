"""Personal data in the log: the same person is the same reference, and only the key opens it."""

import base64
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from core import codec
from core.batch import parse
from core.event import Data, Personal, Sealed
from core.events.access import Granted
from core.keystore import KeyStore
from core.sealing import reference, seal, unseal
from tests.fix_core import START, Enrolled

KEY = bytes(range(32))
CARD = Personal(
    kind="card", identifier="00-1234 5678", fields={"card": "0012345678", "name": "测试员"}
)


def sealed(keys: KeyStore, personal: Personal = CARD, at: datetime = START) -> Data:
    return seal(keys, personal, Granted(credential="card"), "door-1:7", at)


def pii(data: Data) -> Sealed:
    assert data.pii is not None
    return data.pii


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("00-1234 5678", "0012345678"),
        ("京A·12345", "京A12345"),
        ("京a12345", "京A12345"),
        ("de:ad:be:ef", "DE-AD-BE-EF"),
        ("138 0000\t0000", "138.0000.0000"),
        ("粤Ｂ１２３４５", "粤B12345"),  # full-width, as Chinese input methods write it
    ],
)
def test_the_same_identifier_in_other_formatting_is_the_same_person(one: str, other: str) -> None:
    assert reference(KEY, "plate", one) == reference(KEY, "plate", other)


def test_kind_identifier_and_key_each_make_another_reference() -> None:
    references = {
        reference(KEY, "card", "1"),
        reference(KEY, "plate", "1"),
        reference(KEY, "card", "2"),
        reference(bytes(32), "card", "1"),
    }
    assert len(references) == 4


def test_a_reference_has_the_stored_form() -> None:
    made = reference(KEY, "card", "0012345678")
    assert made.startswith("s:")
    assert len(bytes.fromhex(made[2:])) == 16


def test_the_reference_goes_into_its_field_and_the_rest_is_kept(keys: KeyStore) -> None:
    data = sealed(keys)
    assert isinstance(data, Granted)
    assert data.subject_ref == reference(keys.reference_key, "card", "0012345678")
    assert data.credential == "card"


def test_nothing_personal_stands_in_the_encoded_event(keys: KeyStore) -> None:
    encoded = msgspec.json.encode(sealed(keys))
    for clear in (b"12345678", "测试员".encode(), b"name", base64.b64encode("测试员".encode())):
        assert clear not in encoded


def test_the_key_of_the_field_opens_it(keys: KeyStore) -> None:
    field = pii(sealed(keys))
    assert unseal(keys.key(field.kid), field, "door-1:7") == CARD.fields


def test_without_fields_there_is_a_reference_and_no_sealed_part(keys: KeyStore) -> None:
    data = sealed(keys, Personal(kind="card", identifier="1"))
    assert isinstance(data, Granted)
    assert data.subject_ref
    assert data.pii is None


def test_without_a_field_to_go_into_there_is_no_reference(keys: KeyStore) -> None:
    data = sealed(keys, Personal(kind="name", identifier="x", fields={"name": "y"}, into=""))
    assert isinstance(data, Granted)
    assert data.subject_ref == ""
    assert data.pii is not None


def test_the_same_fields_never_look_the_same_twice(keys: KeyStore) -> None:
    assert pii(sealed(keys)).ct != pii(sealed(keys)).ct


def test_one_key_a_subject_purpose_and_month(keys: KeyStore) -> None:
    month_later = START + timedelta(days=30)
    other = Personal(kind="card", identifier="2", fields={"card": "2"})
    purpose = msgspec.structs.replace(CARD, purpose="camera")
    kids = [
        pii(sealed(keys)).kid,
        pii(sealed(keys, at=START + timedelta(hours=1))).kid,
        pii(sealed(keys, at=month_later)).kid,
        pii(sealed(keys, other)).kid,
        pii(sealed(keys, purpose)).kid,
    ]
    assert kids[0] == kids[1]
    assert len(set(kids)) == 4
    assert kids[0].endswith(":access:2026-11")
    assert len({keys.key(kid) for kid in kids}) == 4


def test_the_month_is_the_one_in_utc(keys: KeyStore) -> None:
    new_year_in_beijing = datetime(2027, 1, 1, 7, 59, tzinfo=timezone(timedelta(hours=8)))
    same_in_utc = new_year_in_beijing.astimezone(UTC)
    assert pii(sealed(keys, at=same_in_utc)).kid.endswith(":2026-12")
    assert pii(sealed(keys, at=new_year_in_beijing)).kid.endswith(":2026-12")


@pytest.mark.parametrize(
    "what", ["another event", "another key", "flipped", "cut", "empty", "not base64"]
)
def test_what_was_not_sealed_so_does_not_open(keys: KeyStore, what: str) -> None:
    field = pii(sealed(keys))
    key, event_id, raw = keys.key(field.kid), "door-1:7", bytearray(base64.b64decode(field.ct))
    if what == "another event":
        event_id = "door-1:8"
    elif what == "another key":
        key = KEY
    elif what == "flipped":
        raw[20] ^= 1
    elif what == "cut":
        del raw[-1]
    elif what == "empty":
        raw.clear()
    ct = "?" if what == "not base64" else base64.b64encode(raw).decode()
    with pytest.raises(ValueError, match=r"."):
        unseal(key, msgspec.structs.replace(field, ct=ct), event_id)


def test_a_destroyed_key_takes_the_data_with_it_and_the_proofs_stay(
    tmp_path: Path, gateway: Enrolled
) -> None:
    path = tmp_path / "keys.db"
    keys = KeyStore(path)
    event = msgspec.structs.replace(gateway.events(1)[0], id="door-1:7", data=sealed(keys))
    keys.flush()
    keys.close()
    batch = gateway.forged(gateway.next_header(1), codec.lines([event]))
    field = pii(event.data)

    with sqlite3.connect(path) as destroying:
        destroying.execute("DELETE FROM keys WHERE kid = ?", (field.kid,))
    destroying.close()

    after = KeyStore(path)
    assert after.find(field.kid) is None
    with pytest.raises(ValueError, match="does not open"):
        unseal(after.key(field.kid), field, "door-1:7")
    after.close()
    again = parse(batch.frame)
    again.check_signature()
    assert again.hash == batch.hash
    assert codec.envelopes(again)[0].id == "door-1:7"
