"""Which keys the hub believes, and whose they are. Configuration, read at start."""

from collections.abc import Iterable, Mapping

import msgspec


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One enrolled gateway: `key` is its Ed25519 public key, 64 hex digits."""

    compound: str
    name: str
    key: str

    @property
    def source(self) -> str:
        """Prefix that every event of this gateway must carry."""
        return f"/c/{self.compound}/gw/{self.name}/"


def by_key(gateways: Iterable[Gateway]) -> Mapping[bytes, Gateway]:
    return {bytes.fromhex(gateway.key): gateway for gateway in gateways}
