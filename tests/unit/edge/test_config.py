"""edge.toml: every key wrong in turn. The error names file, key and remedy; nothing is opened."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from core.errors import ConfigError
from edge import config
from tests.fix_core import START, signer_of

KEY = "a1" * 32
GOOD = f'''\
compound = "jinxiu"
gateway = "gw-1"
data = "state"
zone = "Asia/Shanghai"
health_s = 30

[intake]
subscribe = ["site/#", "tele/+/SENSOR"]
linger_ms = 5
group = 256

[intake.broker]
host = "127.0.0.1"
port = 1883
username = "intake"
password_file = "password"

[uplink]
hub_key = "{KEY}"
resend_s = 5.0
kbyte_s = 50
log_origin = "city/log"
unproven_s = 900

[uplink.broker]
host = "hub.example.cn"
port = 8883

[limits]
quarantine_mb = 256
remembered_ids = 2000000
remembered_days = 400
journal_mb = 4096
reserve_mb = 64
device_rate = 200
device_burst = 2000

[devices."025e10aa0007"]
name = "south-1"
role = "door"

[devices.far]
zone = "Asia/Urumqi"
'''


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", opened)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    (tmp_path / "password").write_text("secret\n")

    def write(text: str | bytes) -> Path:
        path = tmp_path / "edge.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


Write = Callable[[str | bytes], Path]


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        config.read(path)
    return str(caught.value)


def test_everything_named_is_resolved(write: Write, tmp_path: Path) -> None:
    settings = config.read(write(GOOD))
    assert settings.folder == tmp_path / "state"
    assert settings.intake.password == "secret"
    assert settings.uplink.password == ""
    assert settings.config.intake.subscribe == ("site/#", "tele/+/SENSOR")
    assert settings.site.zone == ZoneInfo("Asia/Shanghai")
    assert settings.site.zone_of("far") == ZoneInfo("Asia/Urumqi")
    assert settings.site.zone_of("025e10aa0007") == ZoneInfo("Asia/Shanghai")
    assert settings.site.known("025e10aa0007").role == "door"
    assert (settings.intake.tls, settings.uplink.tls) == (None, None)


def test_the_shortest_file_that_works(write: Write) -> None:
    text = f'compound = "c01"\ngateway = "gw01"\ndata = "."\n[uplink]\nhub_key = "{KEY}"\n'
    settings = config.read(write(text))
    assert settings.broker is not None
    assert (settings.broker.port, settings.endpoint) == (1883, None)
    assert settings.config.limits.remembered_ids == 2_000_000


ENDPOINT = """
[endpoint]
anonymous = true
port = 1884
"""


def test_an_endpoint_needs_no_broker(write: Write) -> None:
    head, _, tail = GOOD.partition("[intake.broker]")
    settings = config.read(write(head + tail.partition("\n\n")[2] + ENDPOINT))
    assert settings.broker is None
    assert settings.endpoint is not None
    assert settings.endpoint.endpoint.port == 1884


def test_a_broker_beside_an_endpoint_is_used_too(write: Write) -> None:
    settings = config.read(write(GOOD + ENDPOINT))
    assert settings.endpoint is not None
    assert settings.broker is not None
    assert settings.intake.password == "secret"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("[endpoint]\n", "`endpoint`: nobody could connect"),
        ("[endpoint]\nanonymous = 1\n", "`endpoint.anonymous`: Expected `bool`"),
        ("[endpoint]\nanonymous = true\nport = 65536\n", "`endpoint.port`"),
        ("[endpoint]\nanonymous = true\npublish = ['a/#/b']\n", "`endpoint.publish`"),
        ("[endpoint]\nanonymous = true\nplain = false\n", "`endpoint.plain`"),
        ("[endpoint]\nanonymous = true\ncert_file = 'none'\n", "`endpoint.cert_file`"),
        ("[endpoint]\nanonymous = true\nkey_file = 'k'\n", "`endpoint.cert_file` is missing"),
        ("[endpoint]\nanonymos = true\n", "`endpoint.anonymos` is not known"),
    ],
)
def test_an_endpoint_that_is_wrong(write: Write, wrong: str, says: str) -> None:
    said = refused(write(GOOD + wrong))
    assert says in said
    assert str(write(GOOD).parent) in said
    assert said.endswith(".")


# key → (line as in GOOD, line that is wrong, what the error must say besides)
WRONG: dict[str, list[tuple[str, str, str]]] = {
    "compound": [
        ('compound = "jinxiu"\n', "", "is missing"),
        ('"jinxiu"', "7", "Expected `str`, got `int`"),
        ('"jinxiu"', '"a/b"', "matching"),
        ('"jinxiu"', '""', "matching"),
        ('"jinxiu"', '"锦绣"', "matching"),
        ('"jinxiu"', '"jinxiu\\n"', "matching"),
        ('"jinxiu"', f'"{"x" * 65}"', "matching"),
    ],
    "gateway": [
        ('gateway = "gw-1"\n', "", "is missing"),
        ('"gw-1"', '"gw/1"', "matching"),
        ('"gw-1"', "true", "Expected `str`, got `bool`"),
    ],
    "data": [
        ('data = "state"\n', "", "is missing"),
        ('"state"', '""', "matching"),
        ('"state"', '"a\\u0000b"', "matching"),
        ('"state"', "[]", "Expected `str`, got `array`"),
    ],
    "zone": [
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Shangai"', "IANA"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia"', "IANA"),
        ('zone = "Asia/Shanghai"', 'zone = ""', "IANA"),
        ('zone = "Asia/Shanghai"', 'zone = "../../etc/passwd"', "IANA"),
        ('zone = "Asia/Shanghai"', f'zone = "Asia/{"x" * 300}"', "IANA"),
        ('zone = "Asia/Shanghai"', "zone = 8", "Expected `str`"),
    ],
    "health_s": [
        ("health_s = 30", "health_s = 0", "> 0"),
        ("health_s = 30", "health_s = nan", "> 0"),
        ("health_s = 30", "health_s = inf", "<= 3600"),
        ("health_s = 30", 'health_s = "30"', "Expected `float`"),
    ],
    "intake.subscribe": [
        ('["site/#", "tele/+/SENSOR"]', "[]", "length >= 1"),
        ('["site/#", "tele/+/SENSOR"]', '["a/#/b"]', "topic filter"),
        ('["site/#", "tele/+/SENSOR"]', '["a/b+"]', "topic filter"),
        ('["site/#", "tele/+/SENSOR"]', '[""]', "topic filter"),
        ('["site/#", "tele/+/SENSOR"]', '"#"', "Expected `array`"),
    ],
    "intake.linger_ms": [
        ("linger_ms = 5", "linger_ms = -1", ">= 0"),
        ("linger_ms = 5", "linger_ms = 1001", "<= 1000"),
        ("linger_ms = 5", "linger_ms = 5.5", "Expected `int`"),
    ],
    "intake.group": [
        ("group = 256", "group = 0", ">= 1"),
        ("group = 256", "group = 10001", "<= 10000"),
    ],
    "intake.broker.host": [
        ('host = "127.0.0.1"', 'host = ""', "no host name"),
        ('host = "127.0.0.1"', 'host = "a..b"', "no host name"),
        ('host = "127.0.0.1"', 'host = "mqtt://127.0.0.1"', "no host name"),
        ('host = "127.0.0.1"', f'host = "{"a" * 64}.cn"', "no host name"),
    ],
    "intake.broker.port": [
        ("port = 1883", "port = 0", ">= 1"),
        ("port = 1883", "port = 65536", "<= 65535"),
        ("port = 1883", 'port = "1883"', "Expected `int`, got `str`"),
        ("port = 1883", "port = true", "Expected `int`, got `bool`"),
    ],
    "intake.broker.username": [('username = "intake"', "username = 1", "Expected `str`")],
    "intake.broker.password_file": [
        ('password_file = "password"', 'password_file = "none"', "No such file"),
        ('password_file = "password"', 'password_file = "."', "Is a directory"),
        ('password_file = "password"', "password_file = 1", "Expected `str`"),
    ],
    "intake.broker.ca_file": [
        ('password_file = "password"', 'ca_file = "none"', "PEM"),
        ('password_file = "password"', 'ca_file = "password"', "PEM"),
    ],
    "intake.broker.password": [
        ('password_file = "password"', 'password = "x"', "is not known. Remove it"),
    ],
    "uplink": [("[uplink]", "[uplnk]", "is missing")],
    "uplink.hub_key": [
        (f'hub_key = "{KEY}"\n', "", "is missing"),
        (KEY, KEY[:-1], "matching"),
        (KEY, KEY.upper(), "matching"),
        (KEY, "g" * 64, "matching"),
        (KEY, KEY + "\\n", "matching"),
    ],
    "uplink.resend_s": [
        ("resend_s = 5.0", "resend_s = 0", "> 0"),
        ("resend_s = 5.0", "resend_s = 3601", "<= 3600"),
    ],
    "uplink.kbyte_s": [
        ("kbyte_s = 50", "kbyte_s = -1", ">= 0"),
        ("kbyte_s = 50", 'kbyte_s = "50"', "Expected `float`"),
    ],
    "uplink.log_origin": [
        ('log_origin = "city/log"', 'log_origin = "city log"', "no name of a log"),
        ('log_origin = "city/log"', 'log_origin = "city+log"', "no name of a log"),
    ],
    "uplink.unproven_s": [("unproven_s = 900", "unproven_s = -1", ">= 0")],
    "uplink.broker.host": [('"hub.example.cn"', '"hub example"', "no host name")],
    "uplink.broker.port": [("port = 8883", "port = -1", ">= 1")],
    "limits.quarantine_mb": [("quarantine_mb = 256", "quarantine_mb = 0", ">= 1")],
    "limits.remembered_ids": [("remembered_ids = 2000000", "remembered_ids = 999", ">= 1000")],
    "limits.remembered_days": [("remembered_days = 400", "remembered_days = 0", ">= 1")],
    "limits.journal_mb": [("journal_mb = 4096", "journal_mb = 0", ">= 1")],
    "limits.reserve_mb": [
        ("reserve_mb = 64", "reserve_mb = 0", ">= 1"),
        ("reserve_mb = 64", "reserve_mb = 4096", "leaves nothing for bulk"),
        ("journal_mb = 4096", "journal_mb = 50", "leaves nothing for bulk"),
    ],
    "limits.device_rate": [
        ("device_rate = 200", "device_rate = 0", ">= 1"),
        ("device_rate = 200", "device_rate = 1.5", "Expected `int`"),
    ],
    "limits.device_burst": [("device_burst = 2000", "device_burst = 0", ">= 1")],
    "devices.025e10aa0007.rol": [('role = "door"', 'rol = "door"', "is not known")],
    "devices.025e10aa0007.name": [('name = "south-1"', "name = 1", "Expected `str`")],
    "devices.far.zone": [('"Asia/Urumqi"', '"Asia/Urumchi"', "IANA")],
    "frobnicate": [("health_s = 30", "frobnicate = 30", "is not known. Remove it")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "was", "wrong", "says"),
    [(key, *case) for key, cases in WRONG.items() for case in cases],
)
def test_one_key_wrong(write: Write, key: str, was: str, wrong: str, says: str) -> None:
    assert was in GOOD
    path = write(GOOD.replace(was, wrong, 1))
    # `[uplink]` renamed is two mistakes; which of the two is named first does not matter.
    said = refused(path)
    if key != "uplink":
        assert f"`{key}`" in said
    assert str(path.parent) in said
    assert says in said or (key == "uplink" and "uplnk" in said)
    assert said.endswith(".")  # the remedy is a sentence of its own
    assert "secret" not in said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"compound = ", "not TOML"),
        (b"\xff\xfe" + GOOD.encode(), "not TOML"),
        (GOOD.replace("jinxiu", "锦绣").encode("gb18030"), "not TOML"),
        (GOOD.encode("utf-16"), "not TOML"),
        (b"x = " + b"[" * 100_000, "not TOML"),
        (GOOD.encode() + b"\n[intake]\nlinger_ms = 1\n", "not TOML"),
        (b"", "`compound` is missing"),
    ],
)
def test_a_file_that_says_nothing_usable(write: Write, content: bytes, says: str) -> None:
    path = write(content)
    said = refused(path)
    assert str(path) in said
    assert says in said


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "edge.toml"
    assert f"{missing}: cannot be read (No such file or directory)" in refused(missing)
    assert f"{tmp_path}: cannot be read (Is a directory)" in refused(tmp_path)


def test_a_password_file_that_is_no_text(write: Write, tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"\xff\xfe\x00p")
    said = refused(write(GOOD))
    assert "`intake.broker.password_file`" in said
    assert str(tmp_path / "password") in said
    assert "mode 0600" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0", "broker", "a.b-c.cn."])
def test_hosts_that_are_fine(write: Write, host: str) -> None:
    settings = config.read(write(GOOD.replace('"127.0.0.1"', f'"{host}"')))
    assert settings.broker is not None
    assert settings.broker.host == host


@pytest.mark.parametrize("topic", ["#", "+", "+/+", "a//b", "/", "$share/g/a/#", "设备/#", "a/+/#"])
def test_filters_that_are_fine(write: Write, topic: str) -> None:
    text = GOOD.replace('["site/#", "tele/+/SENSOR"]', f'["{topic}"]')
    assert config.read(write(text)).config.intake.subscribe == (topic,)


def test_an_authority_makes_a_context_that_verifies(write: Write, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(_authority())
    settings = config.read(write(GOOD.replace('password_file = "password"', 'ca_file = "ca.pem"')))
    context: Any = settings.intake.tls
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert settings.uplink.tls is None


def _authority() -> str:
    """A self-signed certificate, as PEM."""
    private = signer_of(3)._private
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START.replace(year=2036))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, None)
    )
    return made.public_bytes(Encoding.PEM).decode()
