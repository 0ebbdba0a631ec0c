"""The options: what they become, and what is refused before anything is opened."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.errors import ConfigError
from infra.simulate.command import Options, settings_of, simulate, stream_of
from infra.simulate.publish import RealTime
from infra.simulate.record import Record

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
PLAIN = Options(mqtt="localhost:1883", compound="c07", seed=3)


@pytest.mark.parametrize(
    ("mqtt", "host", "port"),
    [
        ("broker", "broker", 1883),
        ("broker:18830", "broker", 18830),
        ("mqtt://broker:18830/", "broker", 18830),
        ("[::1]:1884", "::1", 1884),
    ],
)
def test_addresses(mqtt: str, host: str, port: int) -> None:
    settings = settings_of(msgspec.structs.replace(PLAIN, mqtt=mqtt), {})
    assert (settings.host, settings.port) == (host, port)
    assert (settings.username, settings.password) == ("", "")


@pytest.mark.parametrize(
    "mqtt",
    ["", ":1883", "broker:port", "broker:99999", "https://broker", "broker:1/x", "mqtt://a:b@c"],
)
def test_a_wrong_address_is_refused(mqtt: str) -> None:
    with pytest.raises(ConfigError, match="--mqtt"):
        settings_of(msgspec.structs.replace(PLAIN, mqtt=mqtt), {})


def test_the_password_comes_from_a_file_or_from_the_environment(tmp_path: Path) -> None:
    environment = {"MENWEI_MQTT_PASSWORD": "from-environment"}
    named = msgspec.structs.replace(PLAIN, username="sim")
    assert settings_of(named, environment).password == "from-environment"
    file = tmp_path / "password"
    file.write_text("from-file\n")
    filed = msgspec.structs.replace(named, password_file=file)
    assert settings_of(filed, environment).password == "from-file"
    with pytest.raises(ConfigError, match="missing"):
        settings_of(msgspec.structs.replace(named, password_file=tmp_path / "missing"), {})


def test_the_stream_obeys_rate_duration_and_faults() -> None:
    plain = msgspec.structs.replace(PLAIN, rate=50.0, duration=10.0)
    sound = list(stream_of(plain, START))
    assert len(sound) == 500
    assert sound[-1].at == START + timedelta(seconds=499 / 50)
    twice = list(stream_of(msgspec.structs.replace(plain, faults="duplicates=1"), START))
    assert len(twice) == 1000


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rate": 0.0}, "--rate"),
        ({"duration": -1.0}, "--duration"),
        ({"speed": float("nan")}, "--speed"),
        ({"rate": 5.0, "speed": 2.0}, "--speed"),
        ({"compound": "C 1"}, "--compound"),
        ({"compound": "a/#"}, "--compound"),
        ({"faults": "fire=1"}, "fire"),
    ],
)
def test_wrong_options_are_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        stream_of(msgspec.structs.replace(PLAIN, **change), START)


def test_exit_codes_for_wrong_options_and_for_an_unwritable_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(msgspec.structs.replace(PLAIN, faults="fire=1")) == 2
    assert "fire" in capsys.readouterr().err
    record = tmp_path / "no" / "such" / "folder"
    assert simulate(msgspec.structs.replace(PLAIN, record=record)) == 3
    assert str(record) in capsys.readouterr().err


def test_a_record_is_appended_to_and_can_be_counted(tmp_path: Path) -> None:
    file = tmp_path / "sent.jsonl"
    sent = list(stream_of(msgspec.structs.replace(PLAIN, rate=5.0, duration=2.0), START))
    for half in (sent[:4], sent[4:]):
        with Record(file) as record:
            for timed in half:
                record.note(timed, acked=timed is not sent[-1])
    lines = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    assert [line["acked"] for line in lines] == [True] * 9 + [False]
    assert [line["topic"] for line in lines] == [timed.topic for timed in sent]
    payloads = [
        msgspec.json.decode(msgspec.json.encode(line["payload"]), type=bytes) for line in lines
    ]
    assert payloads == [timed.payload for timed in sent]


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return START


def test_real_time_does_not_wait_for_the_past_nor_after_a_stop() -> None:
    stop = threading.Event()
    until = RealTime(Stopped(), stop)
    assert until(START - timedelta(hours=1))
    assert until(START)
    stop.set()
    assert not until(START - timedelta(hours=1))
    assert not until(START + timedelta(hours=1))  # would take an hour if it waited
