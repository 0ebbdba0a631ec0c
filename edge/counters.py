"""What the agent counts since its start. Written by intake, read by health and the uplink."""

import msgspec


class Counters(msgspec.Struct):
    received: int = 0  # device messages
    recorded: int = 0  # events committed
    duplicates: int = 0
    retained: int = 0  # replays of retained state, which are no events
    uplink: int = 0  # gateways' own traffic on a broker shared with devices
    quarantined: int = 0
    batches: int = 0
