"""`menwei import` beside a hub that runs: the hub is the one writer of the log (I8)."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.batch import Header, Journal, seal
from core.errors import EnvironmentFault
from core.folder import claim
from core.keys import Signer
from core.keystore import KeyStore
from core.postgres.database import Database
from core.store.open import open_store
from core.store.port import EventStore
from infra.importing import importer as importing
from infra.importing import staging, taking
from infra.importing.handing import take_in
from infra.importing.report import Report
from infra.rebuild import Place
from tests.fix_importing import NOW, Folder, lift, lines
from tests.fix_uplink import beside, soon

LIFTED, IMPORTED = "waste.bin.collected.v1", "history.imported.v1"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Of a hub that has run."""
    made = Folder(tmp_path)
    KeyStore(made.hub / "keys.db").close()
    return made


def leave(*_args: object) -> None:
    """What is staged stays staged."""


async def beside_hub(folder: Folder, path: Path) -> Report:
    """The hub's part in this process, under the hub's lock."""
    signer = Signer.load_or_create(folder.hub / "hub.key")
    with claim(folder.hub), closing(open_store(folder.place.where)) as store:
        async with beside(take_in(folder.hub, store, signer, folder.trust(store), folder.clock)):
            return await asyncio.to_thread(folder.take, path)


async def taking_in(folder: Folder, until: Callable[[EventStore], object]) -> None:
    """The hub's part alone."""
    signer = Signer.load_or_create(folder.hub / "hub.key")
    with claim(folder.hub), closing(open_store(folder.place.where)) as store:
        async with beside(take_in(folder.hub, store, signer, folder.trust(store), folder.clock)):
            await soon(lambda: until(store))


def test_the_hub_takes_what_is_staged(folder: Folder) -> None:
    path = folder.write(lines([lift(number) for number in range(50)]))
    report = asyncio.run(beside_hub(folder, path))
    assert (report.events, report.already) == (50, False)
    assert folder.counts() == {LIFTED: 50, IMPORTED: 1}
    assert folder.take(path).already


def test_what_the_command_left_staged_is_finished_by_the_hub_that_starts(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.write(lines([lift(number) for number in range(50)]))

    class Died(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(importing.Importer, "_take", die)
        with pytest.raises(Died):
            folder.take(path)
    imports = folder.hub / taking.FOLDER
    assert staging.manifest(imports) is not None

    asyncio.run(taking_in(folder, lambda _store: staging.manifest(imports) is None))
    assert folder.counts() == {LIFTED: 50, IMPORTED: 1}


def test_a_hub_that_stops_leaves_the_rest_for_the_next_one(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_PACK", 500)
    monkeypatch.setattr(taking, "_GROUP", 1)
    path = folder.write(lines([lift(number, f"v{number:03}") for number in range(300)]))
    with monkeypatch.context() as patch:
        patch.setattr(importing.Importer, "_take", leave)
        folder.take(path)
    imports = folder.hub / taking.FOLDER

    asyncio.run(taking_in(folder, lambda store: store.head() > 5))
    assert staging.manifest(imports) is not None
    asyncio.run(taking_in(folder, lambda _store: staging.manifest(imports) is None))
    assert folder.counts() == {LIFTED: 300, IMPORTED: 1}
    assert folder.once()


@pytest.mark.parametrize("damage", [staging.MANIFEST, staging.FRAMES, staging.IDS])
def test_what_is_staged_and_damaged_does_not_stop_the_hub(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    path = folder.write(lines([lift(number) for number in range(5)]))
    with monkeypatch.context() as patch:
        patch.setattr(importing.Importer, "_take", leave)
        folder.take(path)
    imports = folder.hub / taking.FOLDER
    (imports / damage).write_bytes(b"not what it was, and long enough to be read as something")

    asyncio.run(taking_in(folder, lambda _store: caplog.records))
    assert folder.counts()[IMPORTED] == (damage == staging.IDS)


def test_a_manifest_with_a_damaged_letter_does_not_stop_the_hub(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    imports = folder.hub / taking.FOLDER
    imports.mkdir()
    (imports / staging.MANIFEST).write_bytes(b'{"run":"\xff"}')
    asyncio.run(taking_in(folder, lambda _store: caplog.records))
    assert staging.MANIFEST in caplog.text


def test_ids_that_are_damaged_further_on_do_not_stop_the_hub(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The file opens, and the first pages of it can be read."""
    path = folder.write(lines([lift(number, f"v{number:03}") for number in range(900)]))
    with monkeypatch.context() as patch:
        patch.setattr(importing.Importer, "_take", leave)
        folder.take(path)
    ids = folder.hub / taking.FOLDER / staging.IDS
    whole = ids.read_bytes()
    ids.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    asyncio.run(taking_in(folder, lambda _store: caplog.records))
    assert staging.IDS in caplog.text
    assert folder.counts()[IMPORTED] == 1


def test_what_takes_no_imports_is_told_of(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_PATIENCE", 0.0)
    path = folder.write(lines([lift(1)]))
    with claim(folder.hub):
        open_store(folder.place.where).close()
        with pytest.raises(EnvironmentFault, match="takes in nothing"):
            folder.take(path)
    assert folder.take(path).events == 1
    assert folder.counts() == {LIFTED: 1, IMPORTED: 1}


def test_a_hub_that_stores_all_but_the_import_is_not_waited_for(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something of it is in the log, which grows with what gateways say."""
    monkeypatch.setattr(staging, "_PACK", 1)
    path = folder.write(lines([lift(number, f"v{number:03}") for number in range(3)]))
    imports, signer = folder.hub / taking.FOLDER, Signer.load_or_create(folder.hub / "hub.key")
    gateway, looks = Signer.load_or_create(folder.path / "gateway.key"), 0
    seen: list[tuple[int, int]] = []

    class Stopped(Exception):
        pass

    def begun(_taken: int) -> None:
        raise Stopped

    def told(what: str, done: int, of: int) -> None:
        if what == "taking":
            seen.append((done, of))

    with claim(folder.hub), closing(open_store(folder.place.where)) as store:
        trust = folder.trust(store)

        def look(_seconds: float) -> None:
            nonlocal looks
            looks += 1
            assert looks < 20, "for ever"
            staged = staging.manifest(imports)
            assert staged is not None
            if looks == 1:
                with pytest.raises(Stopped):
                    taking.take(imports, staged, store, signer, trust, folder.clock, begun)
            header = Header(
                journal=Journal(gateway.public, 1), number=looks, first=looks, last=looks
            )
            store.append([seal(header, b"{}\n", gateway).stored()], NOW)

        monkeypatch.setattr(time, "sleep", look)
        monkeypatch.setattr(time, "monotonic", lambda: 10.0 * looks)
        with pytest.raises(EnvironmentFault, match="takes in nothing"):
            folder.take(path, told)
    assert seen == [(1, 4)]


def test_a_log_in_postgresql(folder: Folder, database: Database) -> None:
    folder.place = Place(folder.hub, database)
    path = folder.write(lines([lift(number, f"v{number % 4:03}") for number in range(400)]))
    assert folder.take(path).events == 400
    assert folder.take(path).already
    assert folder.counts() == {LIFTED: 400, IMPORTED: 1}
