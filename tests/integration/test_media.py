"""A picture's whole way: a camera's worker, the gateway, the hub, somebody who looks; with parts
that are killed and a line that breaks."""

import asyncio
import hashlib
import subprocess
import sys
import threading
import time
from pathlib import Path

from core.events.media import Stored
from edge.media.config import Hub
from edge.media.spool import Spool
from edge.media.upload import Uploader
from tests.fix_broker import PATIENCE, eventually
from tests.fix_browser import WebRig
from tests.fix_media import picture, told
from tests.integration.test_box import BoxProcess
from tests.integration.test_box import box as box
from tests.integration.test_people import Shell
from tests.integration.test_people import shell as shell

WHY = ("--reason", "incident", "--unit", "物业安保部")


def test_over_a_line_that_breaks_again_and_again(tmp_path: Path) -> None:
    rig = WebRig(tmp_path)
    spool = Spool(tmp_path / "spool", 100_000_000, rig.hub.clock)
    clips = [bytes([seed]) * 2_900_000 for seed in range(4)]
    names = [spool.keep(clip, "cam-03").sha256 for clip in clips]
    hub = Hub(host="127.0.0.1", port=rig.line.port, tls=False, ca_file=None)
    uploader = Uploader(spool, hub, rig.hub.signer)
    loop = asyncio.new_event_loop()
    running = loop.create_task(uploader.run())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        for _ in range(3):
            time.sleep(0.05)
            rig.line.cut()
            rig.line.mend()
        eventually(lambda: not spool.waiting())
        assert [one.sha256 for one in told(rig.hub, Stored)] == names
        for name, clip in zip(names, clips, strict=True):
            found = rig.hub.archive.store.open(name)
            with found.file as file:
                assert file.read() == clip
    finally:
        loop.call_soon_threadsafe(running.cancel)
        eventually(running.done)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        rig.close()


def test_by_the_command_line_through_kills_and_a_restart(
    shell: Shell, box: BoxProcess, tmp_path: Path
) -> None:
    box.start()
    content = picture(7, 300)
    name = hashlib.sha256(content).hexdigest()
    file, out = tmp_path / "shot.png", tmp_path / "out.png"
    file.write_bytes(content)
    config = str(box.folder / "edge" / "c01" / "edge.toml")
    box.kill("hub")  # the gateway keeps it until the hub is there again
    put = _bare("media", "put", str(file), "--config", config, "--device", "cam-03")
    assert name in put
    path = "/api/v1/media?compound=c01"
    eventually(lambda: _there(shell, path))
    spool = box.folder / "edge" / "c01" / "media"
    eventually(lambda: list(spool.iterdir()) == [])
    said = shell.said("media", "show", name)
    assert "state: kept" in said
    assert "c01/gw01 cam-03" in said
    shell.said("media", "show", name, "--out", str(out), *WHY)
    assert out.read_bytes() == content
    assert "--unit" in shell.said("media", "show", name, "--out", str(out), code=2)
    assert "held" in shell.said("media", "hold", name, "--case", "17", "--reason", "audit")
    eventually(lambda: "state: held" in shell.said("media", "show", name))
    exported = shell.get("/api/v1/events?type=media.exported")["events"]
    assert [(one["data"]["sha256"], one["data"]["reason"]) for one in exported] == [
        (name, "incident")
    ]
    assert "1 files" in shell.said("media", "fixity", "--now")
    assert box.stop() == 0

    stored = box.folder / "hub" / "media" / name[:2] / name[2:4] / name
    stored.write_bytes(content[:-1] + b"\0")
    (box.folder / "hub" / "media" / "index.db").unlink()  # made again from the log
    box.start()
    eventually(lambda: _there(shell, path))
    assert "1 damaged" in shell.said("media", "fixity", "--now", code=1)
    eventually(lambda: "state: damaged" in shell.said("media", "show", name))
    eventually(lambda: _urgent(shell))
    assert _urgent(shell) == ["media.damaged"]
    shell.said("media", "show", name, "--out", str(out), *WHY, code=2)  # nothing is given out
    _bare("media", "put", str(file), "--config", config, "--device", "cam-03")
    eventually(lambda: "state: held" in shell.said("media", "show", name))
    assert stored.read_bytes() == content
    assert box.stop() == 0


def _there(shell: Shell, path: str) -> bool:
    try:
        return bool(shell.get(path)["media"])
    except (OSError, AssertionError):  # it is being started again
        return False


def _urgent(shell: Shell) -> list[str]:
    return [one["kind"] for one in shell.view()["alarms"] if one["priority"] == 1]


def _bare(*words: str) -> str:
    """A command of the gateway: it knows no --data."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", *words],
        capture_output=True, text=True, timeout=PATIENCE,
        cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
