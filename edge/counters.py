"""What the agent counts since its start. Written by intake, read by health and the uplink."""

import msgspec


class Counters(msgspec.Struct):
    received: int = 0  # device messages
    recorded: int = 0  # events committed
    duplicates: int = 0
    retained: int = 0  # replays of retained state, which are no events
    uplink: int = 0  # gateways' own traffic, and replays, on a broker shared with devices
    quarantined: int = 0
    batches: int = 0
    conflicts: int = 0  # other content under an id that is taken: kept as events of their own
    refused: int = 0  # bulk events not stored: disk budget, or a device over its share
    throttled: int = 0  # messages that had to wait for their device's share
    skewed_devices: int = 0  # devices whose clock was beyond belief
    openings: int = 0  # commands said to doors
    openings_late: int = 0  # not said: the decision was durable too late (I9)
    opening_ms: float = 0.0  # request in the intake's queue → command out, the last ...
    opening_worst_ms: float = 0.0  # ... and the longest
    quarantine_rows: int = 0  # different messages set aside since ever
    http_requests: int = 0  # of devices that push by HTTP
    http_refused: int = 0  # of those, and of connections: nothing was taken
    http_unauthorized: int = 0  # of those refused: for credentials
