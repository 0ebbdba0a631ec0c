"""The trust policy as the hub needs it: witnesses that it can ask, and enough of them."""

from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.tlog.quorum import Quorum
from infra.witness import policy


def witnessed(path: Path) -> Quorum:
    """ConfigError names the file, the witness and what to do."""
    found = policy.read(path)
    for name, one in found.witnesses.items():
        if one.url and not (name.isprintable() and _askable(one.url)):
            raise ConfigError(
                f"{path}: witness {name!a}: it cannot be asked at {one.url!a}. The name is UTF-8, "
                "the address http:// or https://, a host, and the path it is served under."
            )
    asked = {one.key for one in found.witnesses.values() if one.url}
    if not found.met(asked):
        raise ConfigError(
            f"{path}: the quorum cannot be met by the witnesses that have an address here. Add "
            "their addresses behind their keys."
        )
    return found


def _askable(url: str) -> bool:
    try:
        place = urlsplit(url)
        port = place.port
    except ValueError:
        return False
    plain = url.isascii() and not place.query and not place.fragment and not place.username
    return plain and place.scheme in ("http", "https") and bool(place.hostname) and port != 0
