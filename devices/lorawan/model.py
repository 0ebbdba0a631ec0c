"""Which sensor sent an uplink. In this order, and never by a guess:

1. the installer's word: `options = { model = "em400" }` or `"dds75"` in the device's table;
2. the network server's: the end device's version (The Things Stack), the device profile's name or
   a tag `model` (ChirpStack), the device's own name;
3. what the server's formatter made of it: keys that only one of the makers' decoders writes;
4. the frame: Milesight's begins with a channel the EM400 has. Dragino's say nothing of themselves
   (a temperature sensor's frame has the same port and length), so without any of the above an
   uplink on ports 2, 3 and 5 that is no EM400's is set aside.
"""

from typing import Literal

from core.errors import Undecodable
from devices.adapter import Known
from devices.lorawan import dragino
from devices.lorawan.uplink import Uplink

Model = Literal["em400", "dds75"]

_NAMES: tuple[tuple[str, Model], ...] = (
    ("dds75", "dds75"), ("dds-75", "dds75"), ("em400", "em400"), ("em-400", "em400"),
)  # fmt: skip
_DRAGINO_PORTS = frozenset({dragino.MEASURED, dragino.DATALOG, dragino.STATUS})
_CHANNELS = frozenset({0x01, 0x03, 0x04, 0x05, 0x06, 0x83, 0x84, 0xB4, 0xFE, 0xFF})


def model_of(uplink: Uplink, known: Known) -> Model:
    """Undecodable("shape") when it cannot be told, or is a third one by the installer's word."""
    if told := known.options.get("model", ""):
        found = _named(told)
        if found is None:
            raise Undecodable("shape", "options.model is neither em400 nor dds75")
        return found
    for name in (uplink.profile, uplink.device):
        if (found := _named(name)) is not None:
            return found
    if uplink.server == "tts" and uplink.profile:  # its end device's version is no free text
        raise Undecodable("shape", "the server says another model: options.model overrules it")
    if dragino.is_decoded(uplink.decoded):
        return "dds75"
    if uplink.port not in _DRAGINO_PORTS or not uplink.frame or uplink.frame[0] in _CHANNELS:
        return "em400"
    raise Undecodable("shape", "which sensor this is cannot be told: give options.model")


def _named(name: str) -> Model | None:
    low = name.lower()
    return next((model for word, model in _NAMES if word in low), None)
