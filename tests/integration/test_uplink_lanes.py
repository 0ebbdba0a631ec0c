"""Two lanes on one line: what is urgent overtakes, whatever the link; a cap is for bulk; TLS."""

import asyncio
import gc
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.batch import Lane
from core.clock import SystemClock
from tests.fix_broker import Mosquitto, Nats
from tests.fix_uplink import Hub, Site, beside, enrolled, soon


@pytest.fixture
def hub(site: Site, nats: Nats, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(nats, tmp_path / "hub.db", enrolled(site.journal))
    yield opened
    opened.close()


def capped(nats: Nats, folder: Path, kbyte_s: int) -> tuple[Site, Hub]:
    site = Site(folder / "capped", nats, kbyte_s=kbyte_s)
    return site, Hub(nats, folder / "capped.db", enrolled(site.journal))


@pytest.mark.parametrize("pause", [0.0, 0.03, 0.2])
def test_urgent_overtakes_a_bulk_backlog(site: Site, hub: Hub, pause: float) -> None:
    """On a line that takes `pause` for each frame: never more bulk on its way than half a second
    is worth, so that what is urgent is there within two."""

    async def scenario() -> None:
        hub.pause = pause
        site.commit(400, Lane.BULK, size=2000)
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: len(hub.lanes) >= 8)
            ahead = []
            for _ in range(4):
                already = len(hub.lanes)
                site.commit(1)
                await soon(lambda already=already: Lane.URGENT in hub.lanes[already:])  # type: ignore[misc]
                ahead.append(hub.lanes.index(Lane.URGENT, already) - already)
                await asyncio.sleep(0.1)
            assert site.bulk.pending > 0, "no backlog was left to overtake"
            assert max(ahead) * pause < 2.0
            assert max(ahead) <= 66, "a window, and what was in hand"

    asyncio.run(scenario())


def test_a_backlog_of_bulk_goes_at_the_pace_of_the_hub(site: Site, hub: Hub) -> None:
    async def scenario() -> None:
        site.commit(500, Lane.BULK)
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: site.drained)
        assert hub.lanes == [Lane.BULK] * 500

    asyncio.run(scenario())


def test_a_cap_is_kept_and_urgent_does_not_wait_for_it(
    nats: Nats, impatient: None, tmp_path: Path
) -> None:
    site, hub = capped(nats, tmp_path, kbyte_s=50)

    async def scenario() -> None:
        site.commit(60, Lane.BULK, size=3000)
        begun = asyncio.get_running_loop().time()
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: hub.bytes)
            already = len(hub.lanes)
            site.commit(3)
            await soon(lambda: site.urgent.pending == 0)
            assert hub.lanes[already:].index(Lane.URGENT) < 30
            await soon(lambda: site.drained)
            spent = hub.times[-1] - begun
            assert hub.bytes / spent < 50_000 * 1.3

    asyncio.run(scenario())
    site.journals.close()
    hub.close()


def test_a_lost_urgent_frame_does_not_wait_for_the_cap(
    nats: Nats, impatient: None, tmp_path: Path
) -> None:
    """One bulk batch has overdrawn the account for a minute."""
    site, hub = capped(nats, tmp_path, kbyte_s=1)
    lost = {1}

    async def scenario() -> None:
        async with beside(hub.run(), site.uplink.run()):
            site.commit(2, Lane.BULK, size=60_000)
            await soon(lambda: hub.bytes)
            hub.drops = lambda number: number in lost and not lost.remove(number)  # type: ignore[func-returns-value]
            site.commit(1)
            await soon(lambda: site.urgent.pending == 0, within=45)
        assert hub.lanes.count(Lane.URGENT) >= 2
        assert hub.lanes.count(Lane.BULK) == 1

    asyncio.run(scenario())
    site.journals.close()
    hub.close()


class TlsMosquitto(Mosquitto):
    """As Mosquitto, behind a certificate for its address that `authority` holds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = certificate(folder, "127.0.0.1")
        config = folder / "mosquitto.conf"
        lines = f"certfile {self.authority}\nkeyfile {folder / 'broker.key'}\n"
        first, _, rest = config.read_text().partition("\n")
        config.write_text(f"{first}\n{lines}{rest}")


def certificate(folder: Path, address: str) -> Path:
    """A self-signed one; its key stands beside it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .sign(key, SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "broker.pem").write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "broker.key").write_bytes(private)
    return folder / "broker.pem"


@pytest.fixture
def secured(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[TlsMosquitto]:
    mosquitto.stop()
    folder = tmp_path / "tls"
    folder.mkdir()
    server = TlsMosquitto(folder)
    server.start()
    yield server
    server.kill()


def test_over_tls(secured: TlsMosquitto, impatient: None, tmp_path: Path) -> None:
    site = Site(tmp_path / "edge", secured)
    hub = Hub(secured, tmp_path / "hub.db", enrolled(site.journal))

    async def scenario() -> None:
        site.commit(40)
        site.commit(40, Lane.BULK)
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: site.drained)

    asyncio.run(scenario())
    assert sorted(hub.ids().values()) == [1] * 80
    site.journals.close()
    hub.close()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # paho's, of a failed handshake
def test_a_broker_that_cannot_prove_itself_hears_nothing(
    secured: TlsMosquitto, impatient: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = secured.authority
    secured.authority = certificate(tmp_path / "other", "127.0.0.1")
    site = Site(tmp_path / "edge", secured)
    secured.authority = truth
    hub = Hub(secured, tmp_path / "hub.db", enrolled(site.journal))

    async def scenario() -> None:
        site.commit(3)
        async with beside(hub.run(), site.uplink.run()):
            await soon(lambda: caplog.text.count("uplink lost") >= 2)  # tries again, in vain
        assert hub.numbers == []

    asyncio.run(scenario())
    assert "certificate verify failed" in caplog.text
    site.journals.close()
    hub.close()
    gc.collect()
