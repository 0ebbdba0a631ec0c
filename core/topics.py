"""Uplink topics, shared by edge and hub: menwei/v1/{compound}/{gateway}/… (DESIGN §6)."""

ROOT = "menwei/v1"
# Below it goes what is told again (`menwei replay`): never taken for a device's.
REPLAY = "replay"
HUB_KEYS = "hub-keys"  # …/cmd/hub-keys, retained: the hub's handovers
UP, RECEIPT, STATE, BIRTH, COMMAND = "up", "receipt", "state", "birth", "cmd"


def topic(compound: str, gateway: str, leaf: str) -> str:
    return f"{ROOT}/{compound}/{gateway}/{leaf}"


def everyone(leaf: str) -> str:
    """Subscription filter for one leaf of all gateways."""
    return f"{ROOT}/+/+/{leaf}"


def split(name: str) -> tuple[str, str, str]:
    """(compound, gateway, leaf); ValueError for a topic that is not ours."""
    parts = name.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT:
        raise ValueError(f"not an uplink topic: {name!r}")
    return parts[2], parts[3], parts[4]
