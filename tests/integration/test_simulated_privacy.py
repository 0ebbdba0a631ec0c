"""I6 over a whole day: what devices said about people stands nowhere in the clear, and yet whoever
holds the keys reads the right person.

Looked for: every personal value of the simulated compound (names, cards, numbers, plates, phones,
passes), in UTF-8, JSON-escaped, hexadecimal and base64. Names of three characters are nine bytes
and are looked for too; only forms under six bytes would be skipped, and there is none.
"""

import asyncio
import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import orjson
import pytest

from core import codec, sealing
from core.batch import parse
from core.event import Recorded, Sealed
from core.events.device import Lost
from core.keystore import KeyStore
from projections.web.app import build
from tests.fix_day import SimulatedDay
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_scan import Needles, forms

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def needles(simulated_day: SimulatedDay) -> Needles:
    return Needles(simulated_day.compound.personal_values())


def clean(needles: Needles, what: str, haystack: bytes) -> None:
    found = needles.found(haystack)
    assert not found, f"{what} holds {len(found)} values, such as {sorted(found)[:5]}"


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Raw bytes of every file, what has not reached the main file yet included."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield path.name, path.read_bytes()


def answers(rig: HubRig) -> Iterator[tuple[str, bytes]]:
    """What the HTTP API says: views, some of the events, metrics."""
    app = build(rig.desk)
    sent = {"Authorization": f"Bearer {rig.accounts.token('auditor')}"}
    paths = [
        "/api/v1/compounds", "/api/v1/refusals", "/metrics",
        *(f"/api/v1/views/{name}/{view.scope('c01')}" for name, view in rig.runner.views.items()),
        f"/api/v1/views/safe_community/c01?asof={rig.runner.position() // 2}",
        *(f"/api/v1/events?limit=500&type={kind}" for kind in (
            "access", "vehicle", "waste", "camera.object", "alarm", "ingest", "device",
        )),
    ]  # fmt: skip

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as http:
            return [await http.get(path, headers=sent) for path in paths]

    for path, response in zip(paths, asyncio.run(ask()), strict=True):
        assert response.status_code == 200, f"{path}: {response.text[:200]}"
        yield path, response.content


def batches(rig: HubRig) -> Iterator[bytes]:
    """The events of every batch of the log, decompressed."""
    for notification in rig.log.read(0, 1_000_000, 1 << 40):
        yield parse(notification.state).lines()


def presented(rig: HubRig) -> Iterator[tuple[str, bytes]]:
    for name, view in rig.runner.views.items():
        rows = rig.runner.rows(name, view.scope("c01"))[1]
        yield f"view {name}", orjson.dumps(view.present(rows))
        yield f"rows {name}", msgspec.json.encode(rows)


def sealed(day: SimulatedDay) -> dict[str, tuple[Recorded, Sealed]]:
    return {
        item.event.id: (item, item.event.data.pii)
        for item in day.events
        if item.event.data.pii is not None
    }


# --- the scan can see ----------------------------------------------------------------------


def test_every_value_is_looked_for(simulated_day: SimulatedDay, needles: Needles) -> None:
    people = simulated_day.compound.people
    assert {*people.truck_plates, people.residents[0].name, people.residents[0].card} <= (
        needles.values
    )
    assert len(needles.values) > 3_000
    for value in needles.values:
        assert forms(value).keys() >= {"utf-8", "hex", "base64+0", "base64+1", "base64+2"}, value


def test_what_devices_sent_is_full_of_them(simulated_day: SimulatedDay, needles: Needles) -> None:
    """Else nothing could leak: names, numbers, cards and plates go over the wire in the clear."""
    wire = b"".join(timed.payload for timed in simulated_day.sent[::40])
    assert len(needles.found(wire)) > 300


@pytest.mark.parametrize("name", ["王安柏", "浙AD12345", "R-20481", "3141592653", "12000000001"])
def test_a_planted_value_is_found_in_every_form(name: str) -> None:
    look = Needles([name, "somebody else"])
    for form, planted in forms(name).items():
        assert any(name in said for said in look.found(b"\x00before" + planted + b"after"))
        assert look.found(b"before" + planted[:-1] + b"after") == set(), form
    for before in ("", "a", "ab", "abc"):
        encoded = base64.b64encode(f"{before}{name}!".encode())
        assert look.found(b"xx" + encoded + b"xx"), before


@pytest.mark.parametrize("escape", [False, True])
def test_a_leak_is_seen_wherever_the_day_is_looked_at(
    escape: bool, hub_rig: HubRig, needles: Needles, simulated_day: SimulatedDay
) -> None:
    """An adapter that puts a name into a reason: log, view, rows file and API all show it."""
    name = simulated_day.compound.people.residents[0].name
    leak = name.encode("unicode_escape").decode() if escape else name
    hub_rig.add([hub_rig.event(Lost(reason=leak), "device/t1")])
    hub_rig.settle()
    seen = {what for what, held in (*presented(hub_rig), *answers(hub_rig)) if needles.found(held)}
    assert {"view safe_community", "rows safe_community"} <= seen
    assert {"/api/v1/views/safe_community/c01", "/api/v1/events?limit=500&type=device"} <= seen
    leaking = {what for what, held in files(hub_rig.folder) if needles.found(held)}
    assert leaking == {"views.db-wal"}, "in the log it is compressed, and so:"
    (lines,) = batches(hub_rig)
    assert needles.found(lines)


# --- the day is clean ----------------------------------------------------------------------


def test_files_of_gateway_and_hub(simulated_day: SimulatedDay, needles: Needles) -> None:
    looked_at = set()
    for folder in (simulated_day.edge, simulated_day.hub_folder):
        for name, held in files(folder):
            clean(needles, f"{folder.name}/{name}", held)
            looked_at.add(f"{folder.name}/{name}")
    assert looked_at >= {
        "edge/journal.db", "edge/journal.db-wal", "edge/quarantine.db", "hub/log.db",
        "hub/log.db-wal", "hub/views.db", "hub/views.db-wal",
    }  # fmt: skip


def test_every_batch_decompressed(simulated_day: SimulatedDay, needles: Needles) -> None:
    size = 0
    for number, lines in enumerate(batches(simulated_day.hub), start=1):
        clean(needles, f"batch {number}", lines)
        size += len(lines)
    assert size > 10_000_000


def test_every_event_as_cloudevent(simulated_day: SimulatedDay, needles: Needles) -> None:
    for first in range(0, len(simulated_day.events), 5_000):
        some = simulated_day.events[first : first + 5_000]
        told = b"\n".join(orjson.dumps(codec.cloudevent(item)) for item in some)
        clean(needles, f"events from {first}", told)


def test_views_and_answers(simulated_day: SimulatedDay, needles: Needles) -> None:
    rig = simulated_day.hub
    for what, held in (*presented(rig), *answers(rig)):
        assert len(held) > 10, what
        clean(needles, what, held)


# --- and yet it can be read ----------------------------------------------------------------


def told_on_the_wire(day: SimulatedDay) -> dict[str, dict[str, str]]:
    """Event id → what the device said about a person, straight from the vendors' bytes."""
    found: dict[str, dict[str, str]] = {}
    for timed in day.sent:
        if timed.fault == "garbage":
            continue
        if timed.topic.startswith("hikvision/"):
            alert = orjson.loads(timed.payload)
            record = alert["AccessControllerEvent"]
            mac = alert["macAddress"].replace(":", "")
            named = {"employee": "employeeNoString", "name": "name", "card": "cardNo"}
            said = {ours: record[theirs] for ours, theirs in named.items() if theirs in record}
            if "QRCodeInfo" in record:
                said["qr"] = record["QRCodeInfo"]
            found[f"hik:{mac}:1:{record['serialNo']}"] = said
        elif timed.topic.startswith("site/"):
            envelope = orjson.loads(timed.payload)
            data = envelope["data"]
            named = {"plate": "plate", "resident": "residentId", "employee": "employeeNo",
                     "card": "cardNo"}  # fmt: skip
            said = {ours: data[theirs] for ours, theirs in named.items() if theirs in data}
            found[envelope["id"]] = said
    return {event: said for event, said in found.items() if said}


def test_with_the_keys_every_sealed_field_names_the_right_person(
    simulated_day: SimulatedDay,
) -> None:
    wire, held = told_on_the_wire(simulated_day), sealed(simulated_day)
    assert len(wire) > 3_000
    assert wire.keys() <= held.keys(), "whatever a device said of a person was sealed, not dropped"
    people: dict[str, set[str]] = {}
    for event, said in wire.items():
        item, pii = held[event]
        key = simulated_day.keys.find(pii.kid)
        assert key is not None
        opened = sealing.unseal(key, pii, event)
        assert {name: opened[name] for name in said} == said
        assert opened.keys() - said.keys() <= {"rawsha256"}
        who = said.get("employee") or said.get("resident") or said.get("plate") or said.get("card")
        people.setdefault(pii.kid, set()).add(who or said["name"])
        assert item.event.id == event
    assert len(people) > 300
    assert all(len(persons) == 1 for persons in people.values()), "one key, one person"


def test_recognised_plates_are_sealed_too(simulated_day: SimulatedDay) -> None:
    plates = simulated_day.compound.personal_values()
    found = [
        (item, pii) for item, pii in sealed(simulated_day).values()
        if item.event.type == "camera.object.recognized.v1"
    ]  # fmt: skip
    assert found
    for item, pii in found:
        key = simulated_day.keys.find(pii.kid)
        assert key is not None
        assert sealing.unseal(key, pii, item.event.id)["plate"] in plates


def test_a_guards_note_is_sealed_at_the_hub(simulated_day: SimulatedDay) -> None:
    item, pii = sealed(simulated_day)["ack:1"]
    key = simulated_day.hub.keys.find(pii.kid)
    assert key is not None
    assert simulated_day.note in sealing.unseal(key, pii, item.event.id).values()


def test_set_aside_payloads_open_with_the_key_only(simulated_day: SimulatedDay) -> None:
    """Torn copies name people too; quarantine.db was looked through above."""
    held = simulated_day.quarantine.newest(1_000)
    assert len(held) > 50
    torn = {timed.payload for timed in simulated_day.sent if timed.fault == "garbage"}
    assert {one.raw for one in held} <= torn


def test_a_destroyed_key_is_the_end_of_one_persons_fields(
    simulated_day: SimulatedDay, tmp_path: Path
) -> None:
    """On a copy of the key store: the day itself stays as it is."""
    for path in simulated_day.edge.glob("keys.db*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    keys = KeyStore(tmp_path / "keys.db")
    held = sealed(simulated_day)
    wire = told_on_the_wire(simulated_day)
    gone = next(pii.kid for event, (_, pii) in held.items() if event in wire)
    former = keys.find(gone)
    assert former is not None
    assert keys.destroy(gone)
    keys.close()
    keys = KeyStore(tmp_path / "keys.db")
    assert keys.find(gone) is None
    assert keys.key(gone) != former, "a key made anew is another key"
    lost, left = 0, 0
    for event, (_, pii) in held.items():
        if event not in wire:
            continue
        key = keys.find(pii.kid)
        assert key is not None
        if pii.kid == gone:
            with pytest.raises(ValueError, match="does not open"):
                sealing.unseal(key, pii, event)
            lost += 1
        else:
            assert wire[event].items() <= sealing.unseal(key, pii, event).items()
            left += 1
    keys.close()
    assert lost >= 1
    assert left > 3_000
    assert all(former not in path.read_bytes() for path in tmp_path.glob("keys.db*"))


def test_no_screen_holds_a_reference(simulated_day: SimulatedDay) -> None:
    """A view shows classes, never persons: it can not be joined with anything about them. Rows keep
    references for look-ups, each of which is on record."""
    references = {":".join(pii.kid.split(":")[:2]) for _, pii in sealed(simulated_day).values()}
    assert all(re.fullmatch("s:[0-9a-f]{32}", one) for one in references)
    look = Needles(references)
    for what, held in presented(simulated_day.hub):
        if what.startswith("view "):
            clean(look, what, held)
