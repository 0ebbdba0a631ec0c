"""A hub is believed by its certificate: to anybody else not a byte of a picture goes."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.media.config import Hub
from edge.media.spool import Spool
from edge.media.upload import Away, Uploader
from projections.web.app import build
from tests.fix_broker import PATIENCE, eventually
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_media import picture


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file each."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def port(hub_rig: HubRig, tmp_path: Path) -> Iterator[int]:
    """The hub's API over TLS, as `hub.pem`."""
    served = self_signed(tmp_path, "hub")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            build(hub_rig.desk), log_level="critical", lifespan="off",
            ssl_certfile=served, ssl_keyfile=served.with_suffix(".key"),
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    eventually(lambda: server.started)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE)
    listening.close()


@pytest.mark.parametrize("trusted", [True, False])
def test_only_the_hub_of_that_certificate_gets_a_picture(
    hub_rig: HubRig, port: int, tmp_path: Path, trusted: bool
) -> None:
    self_signed(tmp_path, "stranger")
    ca_file = tmp_path / ("hub.pem" if trusted else "stranger.pem")
    spool = Spool(tmp_path / "spool", 1_000_000, hub_rig.clock)
    name = spool.keep(picture(), "cam-03").sha256
    hub = Hub(host="127.0.0.1", port=port, tls=True, ca_file=ca_file)
    uploader = Uploader(spool, hub, hub_rig.signer)
    if trusted:
        assert uploader.once()
    else:
        with pytest.raises(Away, match="certificate"):
            uploader.once()
    uploader.stop()
    assert hub_rig.archive.store.there(name) is trusted
    assert len(spool.waiting()) == (not trusted)
