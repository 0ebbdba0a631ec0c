"""What the exporter writes, the verifier believes; and what somebody does to it, it does not."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.batch import parse
from core.catalog import CATALOG
from core.events.access import Granted
from core.events.audit import Exported
from core.events.device import GapDetected
from core.events.key import Enrolled
from core.tlog.published import Published
from infra.audit.beside import pack_files
from infra.audit.evidence import Finding
from infra.audit.readers import compare
from infra.audit.verifier import Wish as Asked
from infra.audit.verifier import audited
from projections.audit import pack
from projections.audit.pack import Material, Wish
from projections.audit.selection import Selection
from projections.web.deed import event_of
from projections.web.exports import EVER
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

AT = "2026-11-20T04:00:00.000Z"
SELECTIONS = {
    "whole": Selection(first=1, last=301),
    "range": Selection(first=120, last=260),
    "types": Selection(first=1, last=301, types=("device.",)),
    "compound": Selection(first=1, last=301, compound="c01"),
}


@pytest.fixture
def rig(hub_rig: HubRig) -> HubRig:
    """A log of two tiles, checkpoints on the way, a key that is enrolled, and a declared gap."""
    hub = Enrolled(role="hub", key=hub_rig.hub_key.public.hex(), since=1, actor="admin")
    gateway = Enrolled(
        role="gateway", key=hub_rig.signer.public.hex(), compound="c01", gateway="gw01",
        actor="admin",
    )  # fmt: skip
    hub_rig.own.append([event_of("district", "key", one, AT) for one in (hub, gateway)])
    for number in range(299):
        hub_rig.add([hub_rig.event(Granted(credential="card"), "door/south-gate")])
        if number in (100, 200):
            hub_rig.sign()
    hub_rig.add([hub_rig.event(GapDetected(from_record=1, to_record=2), "door/d1")])
    return hub_rig


def exported(rig: HubRig, selection: Selection, path: Path) -> Published:
    said = Exported(
        from_position=selection.first, to_position=selection.last, actor="a", reason="audit",
        compound=selection.compound, types=selection.types,
    )  # fmt: skip
    position = rig.own.append([event_of("district", "log", said, AT)])
    published = rig.sign()
    wish = Wish(selection=selection, actor="a", reason="audit", unit="", exported=position, at=AT)
    history = [one.checkpoint for one in rig.tlog.checkpoints(EVER)]
    material = Material(
        log=rig.log, catalog=CATALOG, published=published, history=history,
        beside=pack_files(None),
    )  # fmt: skip
    with path.open("wb") as out:
        pack.write(out, wish, material, lambda *_: None)
    return published


@pytest.mark.parametrize("name", SELECTIONS)
def test_every_selection_holds(rig: HubRig, tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.zip"
    exported(rig, SELECTIONS[name], file)
    held = audited(Asked(file, rig.tlog.key.encode()))
    with file.open("rb") as raw:
        compare(raw, held)
    assert "everything holds" in held.told("en")


def test_the_program_in_the_pack_stands_alone(rig: HubRig, tmp_path: Path) -> None:
    """Nothing of ours is on its path, and nothing is left behind."""
    file = tmp_path / "a.zip"
    exported(rig, SELECTIONS["whole"], file)
    with zipfile.ZipFile(file) as found:
        (tmp_path / "verify.py").write_bytes(found.read("verify.py"))
    asked = ["verify.py", "a.zip", "--key", rig.tlog.key.encode(), "--lang", "en"]
    done = subprocess.run(
        [sys.executable, "-I", *asked], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything holds" in done.stdout
    assert {one.name for one in tmp_path.iterdir()} >= {"a.zip", "verify.py"}


def _flipped(frames: bytearray) -> None:
    """One bit of the payload of the second batch."""
    (length,) = struct.unpack_from(">16xI", frames)
    frames[20 + length + 20 + 150] ^= 1


def _dropped(frames: bytearray) -> None:
    (length,) = struct.unpack_from(">16xI", frames)
    second = 20 + length
    (gone,) = struct.unpack_from(">16xI", frames, second)
    del frames[second : second + 20 + gone]


@pytest.mark.parametrize(("bend", "place"), [(_flipped, 2), (_dropped, 2)])
def test_what_was_done_to_it_is_named(
    rig: HubRig, tmp_path: Path, bend: Callable[[bytearray], None], place: int
) -> None:
    file, bent = tmp_path / "a.zip", tmp_path / "b.zip"
    exported(rig, SELECTIONS["whole"], file)
    with zipfile.ZipFile(file) as found, zipfile.ZipFile(bent, "w") as out:
        for one in found.infolist():
            content = found.read(one)
            if one.filename == "frames":
                changed = bytearray(content)
                bend(changed)
                content = bytes(changed)
            made = zipfile.ZipInfo(one.filename, one.date_time)
            out.writestr(made, content)
    with pytest.raises(Finding) as wrong:
        audited(Asked(bent, rig.tlog.key.encode()), lambda *_: None)
    assert wrong.value.place["position"] == place
    assert wrong.value.exit == 1


def test_frames_of_a_pack_are_those_of_the_log(rig: HubRig, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    exported(rig, SELECTIONS["range"], file)
    with zipfile.ZipFile(file) as opened:
        raw = io.BytesIO(opened.read("frames"))
    found = {}
    while head := raw.read(20):
        position, _, length = struct.unpack(">QqI", head)
        found[position] = parse(raw.read(length)).frame
    stored = {one.id: one.state for one in rig.log.read(0, 1000, 10**9)}
    assert found == {at: stored[at] for at in (1, *range(120, 261), 302)}  # 1: keys; 302: itself
