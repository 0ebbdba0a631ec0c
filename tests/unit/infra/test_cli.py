"""`menwei`: exit codes 0, 1, 2, 3 and 70, one clear sentence, and no socket before the files are
right."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import FatalError
from edge import agent
from infra import cli
from tests.fix_broker import PATIENCE

ROOT = Path(__file__).parents[3]
GOOD = f'compound = "c01"\ngateway = "gw01"\ndata = "d"\n[uplink]\nhub_key = "{"a1" * 32}"\n'
# Runs the CLI and ends with 99 as soon as it turns to the network.
WATCHED = """
import os, sys
NETWORK = ("socket.bind", "socket.connect", "socket.getaddrinfo")
sys.addaudithook(lambda event, _: event in NETWORK and os._exit(99))
from infra.cli import main
main()
"""


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def menwei(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """In this process: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["menwei", *map(str, arguments)])
        monkeypatch.setattr(os, "_exit", sys.exit)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", opened)


def written(folder: Path, text: str) -> Path:
    path = folder / "edge.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("part", ["edge", "hub"])
def test_a_bad_configuration_is_usage(menwei: Run, tmp_path: Path, part: str) -> None:
    path = written(tmp_path, 'data = "d"\nfrob = 1\n')
    code, out, err = menwei(part, "--config", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"menwei: {path}: key `")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("no_sockets")
def test_check_reads_and_opens_nothing(menwei: Run, tmp_path: Path) -> None:
    assert menwei("edge", "--check", "--config", written(tmp_path, GOOD)) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["edge.toml"]


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize(
    "arguments",
    [
        ("edge",),
        ("edge", "--config"),
        ("edge", "--config", "a", "--frob"),
        ("run", "--http", "0"),
        ("run", "--mqtt", "65536"),
        ("run", "--compounds", "33"),
        ("frobnicate",),
    ],
)
def test_wrong_words_are_usage(menwei: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = menwei(*arguments)
    assert code == 2
    assert "Traceback" not in err


def test_a_store_this_version_has_not_is_usage(menwei: Run, tmp_path: Path) -> None:
    code, _, err = menwei("run", "--data", tmp_path / "d", "--store", "mysql://x")
    assert code == 2
    assert "--store is neither" in err
    assert not (tmp_path / "d").exists()


def test_a_file_where_the_folder_should_be_is_the_environment(menwei: Run, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("")
    code, out, err = menwei("edge", "--config", written(tmp_path, GOOD))
    assert (code, out) == (3, "")
    assert err == (
        f"menwei: {tmp_path / 'd'}: the data folder cannot be made (File exists). "
        "Choose another one.\n"
    )


def test_a_newer_folder_is_the_environment(menwei: Run, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "FORMAT").write_text("2\n")
    code, _, err = menwei("edge", "--config", written(tmp_path, GOOD))
    assert code == 3
    assert "written by a newer menwei (format 2, this one knows 1)" in err
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["FORMAT", "lock"]


def test_what_is_fatal_ends_with_70(
    menwei: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise FatalError("the disk said no")

    monkeypatch.setattr(agent, "run", broken)
    code, out, _ = menwei("edge", "--config", written(tmp_path, GOOD))
    assert (code, out) == (70, "")
    assert "stopped: the disk said no" in caplog.text


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('compound = "a/b"\n', 2, "menwei: "),
        ("compound = ", 2, "not TOML"),
        (GOOD.replace("[uplink]", '[intake.broker]\nca_file = "none"\n[uplink]'), 2, "ca_file"),
        (GOOD.replace('"d"', '"edge.toml"'), 3, "the data folder cannot be made"),
        (GOOD, 99, ""),  # the control: with everything right it does open one
    ],
)
def test_as_a_process(tmp_path: Path, text: str, code: int, says: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, "edge", "--config", written(tmp_path, text)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    if code == 2:
        assert [path.name for path in tmp_path.iterdir()] == ["edge.toml"]


def test_a_missing_configuration_as_a_process(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", "edge", "--config", tmp_path / "none.toml"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        f"menwei: {tmp_path}/none.toml: cannot be read (No such file or directory). "
        "Check the path and its permissions.\n"
    )


def printed(program: str, *words: str | Path) -> str:
    """By an interpreter of its own, which has imported nothing yet."""
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, check=True,
    ).stdout  # fmt: skip


def test_addresses_that_are_asked_stay_out_of_the_log() -> None:
    program = (
        "import logging, sys; sys.argv = ['menwei', 'decode', '--help']\n"
        "from infra.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import httpx\n"
        "print([logging.getLogger(one).isEnabledFor(logging.INFO) for one in ('httpx', 'edge')])\n"
    )
    assert printed(program).splitlines()[-1] == "[False, True]"


def test_an_edge_that_asks_devices_has_no_second_command_line(tmp_path: Path) -> None:
    """With the HTTP client came rich and click, 5 MB of the gateway's."""
    program = (
        "import sys\n"
        "from infra import cli\n"
        "from edge import agent\n"
        "async def look(*_):\n"
        "    import edge.lines.asking\n"
        "    drawn = {'rich', 'click', 'pygments'} & set(sys.modules)\n"
        "    print('httpx' in sys.modules, sorted(drawn))\n"
        "agent.run = look\n"
        "cli._command(['edge', '--config', sys.argv[1]])()"
    )
    assert printed(program, written(tmp_path, GOOD)) == "True []\n"


def test_an_edge_needs_no_hub(tmp_path: Path) -> None:
    """The agent's imports stay small: no web, no projections, no simulator."""
    program = (
        "import sys; sys.argv = ['menwei', 'edge', '--check', '--config', sys.argv[1]]\n"
        "from infra.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "heavy = {'fastapi', 'nicegui', 'uvicorn', 'projections', 'psycopg', 'cv2'}\n"
        "print(code, sorted(heavy & {name.partition('.')[0] for name in sys.modules}))"
    )
    assert printed(program, written(tmp_path, GOOD)) == "0 []\n"
