"""Who told of what a timer waits for."""

import msgspec


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who told of it, when by the gateway's clock, and whether it was no news then (I9)."""

    gateway: str
    recorded: str
    position: int
    late: bool = False

    @property
    def order(self) -> tuple[str, str, int]:
        """Of what gateways recorded: within one of them, that of its journal."""
        return self.recorded, self.gateway, self.position
