"""From the spool to the hub's own routes, without a socket: what breaks is gone on with, what is
refused holds nobody up, and nothing leaves the spool that the hub has not confirmed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.events.media import Stored
from core.keys import Signer
from edge.media import upload
from edge.media.config import Hub
from edge.media.spool import Spool
from edge.media.upload import Away, Uploader
from tests.fix_hub import LARGEST
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_media import picture, sha256, told
from tests.unit.web.conftest import Caller
from tests.unit.web.conftest import caller as caller
from tests.unit.web.conftest import impatient as impatient

HUB = Hub(host="127.0.0.1", port=9, tls=False, ca_file=None)
Answer = tuple[int, bytes]
Request = Callable[[str, bytes, dict[str, str]], Answer]


@pytest.fixture
def spool(tmp_path: Path, caller: Caller) -> Spool:
    return Spool(tmp_path / "spool", 10_000_000, caller.rig.clock)


@pytest.fixture
def asked() -> list[int]:
    """How many bytes each request brought."""
    return []


@pytest.fixture
def uploader(
    spool: Spool, caller: Caller, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> Uploader:
    made = Uploader(spool, HUB, caller.rig.signer)

    def request(path: str, content: bytes, headers: dict[str, str]) -> Answer:
        asked.append(len(content))
        answer = caller.ask("PUT", path, role=None, headers=headers, content=content)
        return answer.status_code, answer.content

    monkeypatch.setattr(made, "_request", request)
    return made


def test_what_the_hub_confirmed_leaves_the_spool(
    spool: Spool, uploader: Uploader, caller: Caller
) -> None:
    names = [spool.keep(picture(seed), "cam-03").sha256 for seed in range(3)]
    while uploader.once():
        pass
    assert spool.waiting() == []
    assert [(one.sha256, one.device) for one in told(caller.rig, Stored)] == [
        (name, "cam-03") for name in names
    ]


def test_it_goes_in_pieces_and_on_from_where_it_broke(
    spool: Spool, uploader: Uploader, caller: Caller, asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    clip = b"\0\0\0\x18ftypisom" + bytes(2_500_000)
    spool.keep(clip, "cam-03")
    through: Request = uploader._request

    def breaking(path: str, content: bytes, headers: dict[str, str]) -> Answer:
        answer = through(path, content, headers)
        if len(asked) == 2:
            raise Away("the line broke; the hub has it, its answer is lost")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(uploader, "_request", breaking)
        with pytest.raises(Away):
            uploader.once()
    assert len(spool.waiting()) == 1
    assert uploader.once()
    size = 1 << 20
    rest = len(clip) - 2 * size
    assert asked == [size, size, size, rest]  # the third is told from where, and goes on there
    assert spool.waiting() == []
    assert caller.rig.archive.store.there(sha256(clip))


def test_a_hub_that_can_not_store_is_waited_for(
    spool: Spool, uploader: Uploader, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(picture(), "cam-03")
    with monkeypatch.context() as patched:
        patched.setattr(uploader, "_request", lambda *_: (503, b'{"detail": "full"}'))
        with pytest.raises(Away, match="full"):
            uploader.once()
    assert len(spool.waiting()) == 1
    assert uploader.once()
    assert spool.waiting() == []


def test_a_hub_that_does_not_know_our_key_yet_is_waited_for(
    spool: Spool, uploader: Uploader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(picture(), "cam-03")
    with monkeypatch.context() as patched:
        patched.setattr(uploader, "_signer", Signer.load_or_create(tmp_path / "new.key"))
        with pytest.raises(Away, match="enrolled no gateway"):
            uploader.once()
    assert uploader.once()  # at once, when the handover has come through
    assert spool.waiting() == []


def test_one_that_is_refused_holds_nobody_up(
    spool: Spool, uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(bytes(LARGEST + 1), "cam-03")  # 413 at once
    small = spool.keep(picture(), "cam-03")
    assert uploader.once()
    assert uploader.once()
    assert not uploader.once()
    assert [one.sha256 == small.sha256 for one in spool.waiting()] == [False]
    monkeypatch.setattr(upload, "_LATER", 0.0)
    uploader._put_off.clear()
    assert uploader.once()  # asked again later: somebody may have raised the limit


def test_one_that_rotted_in_the_spool_is_set_aside(
    spool: Spool, uploader: Uploader, tmp_path: Path
) -> None:
    spool.keep(picture(), "cam-03")
    (path,) = (tmp_path / "spool").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert uploader.once()
    assert spool.waiting() == []
    assert path.with_name(path.name + ".damaged").exists()


def test_what_the_hub_has_removed_is_not_sent_for_ever(
    spool: Spool, uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(picture(), "cam-03")
    monkeypatch.setattr(uploader, "_request", lambda *_: (410, b'{"detail": "removed"}'))
    assert uploader.once()
    assert spool.waiting() == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"have": "x"}', b'{"have": 5}', b'{"have": 0}', b"\xff"]
)
@pytest.mark.parametrize("status", [200, 202, 409, 302])
def test_a_stranger_that_answers_anything_ends_nothing(
    spool: Spool, uploader: Uploader, status: int, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.keep(b"", "cam-03")
    monkeypatch.setattr(uploader, "_request", lambda *_: (status, body))
    assert uploader.once()
    assert len(spool.waiting()) == 1


def test_an_agent_that_stops_waits_for_nobody(spool: Spool, caller: Caller) -> None:
    uploader = Uploader(spool, HUB, caller.rig.signer)
    uploader.stop()
    with pytest.raises(Away, match="stopped"):
        uploader._request("/", b"", {})
