"""The tables of devices that are asked or converse: wrong ones fail at start, named."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from devices import registry
from devices.adapter import Adapter
from devices.wire import Converse, Line, Place, Talk
from edge.lines import config
from edge.lines.config import Port, Source, User


async def follow(_line: Line, /) -> None: ...


def open_talk(_place: Place, _peer: str) -> Talk:
    raise NotImplementedError


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Adapter(
        name="k",
        filters=(),
        decode=lambda _message, _site: (),
        follow=follow,
        converse=Converse(transports=("udp",), port=5060, open=open_talk),
    )
    monkeypatch.setattr(registry, "ADAPTERS", (*registry.ADAPTERS, made))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source(kind="native", url="http://h"), r"`sources.d.kind`: 'native' is none of: .*\bk\b"),
        (Source(kind="k", url="rtsp://h"), r"`sources.d.url`"),
        (Source(kind="k", url="http://u:p@h"), r"`sources.d.url`: http://h is no address"),
        (Source(kind="k", url="http://h:99999"), r"`sources.d.url`"),
        (Source(kind="k", url="http://h", user="u"), r"`sources.d.password_file` is missing"),
        (Source(kind="k", url="http://h", ca_file="no.pem"), r"`sources.d.ca_file`"),
    ],
)
def test_wrong_sources(tmp_path: Path, source: Source, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.followers(tmp_path / "edge.toml", {"d": source})


def test_a_source(tmp_path: Path) -> None:
    (tmp_path / "d.pass").write_text("secret\n")
    told = Source(kind="k", url="http://h:81/", user="u", password_file="d.pass")
    (made,) = config.followers(tmp_path / "edge.toml", {"d": told})
    assert (made.password, made.asked.url, made.basic) == ("secret", "http://h:81", False)
    assert made.tls is None


@pytest.mark.parametrize(
    ("port", "said"),
    [
        (Port(kind="x"), r"`lines.l.kind`: 'x' is none of"),
        (Port(kind="k", transport="tcp"), r"`lines.l.transport`: k does not talk by tcp"),
        (Port(kind="k", users={"a": User(password_file="no")}), r"lines.l.users.a.password_file"),
    ],
)
def test_wrong_lines(tmp_path: Path, port: Port, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.listening(tmp_path / "edge.toml", {"l": port})


def test_a_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("p\n")
    told = Port(kind="k", users={"cam": User(password_file="a")})
    (made,) = config.listening(tmp_path / "edge.toml", {"l": told})
    assert (made.transport, made.port, made.secrets) == ("udp", 5060, {"cam": "p"})
