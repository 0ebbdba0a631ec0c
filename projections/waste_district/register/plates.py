"""Vehicles of which only a reference to their plate is known.

Whoever sees a reference can join it with everything else that is known of the plate (I6), and keys
of hauls and trips are on screens, in answers, findings, alarms and ledgers. So it stands in none:
such a vehicle has a name made from the reference, one way. Long enough for two of them never to be
taken for one, and the same for ever, so that a plate that is registered later finds its hauls.
"""

import re
from hashlib import sha256

UNREGISTERED = re.compile(r"unregistered-([0-9a-f]{4})[0-9a-f]{8}", re.ASCII)


def unregistered(plate_ref: str) -> str:
    """Empty: of no plate."""
    return f"unregistered-{sha256(plate_ref.encode()).hexdigest()[:12]}" if plate_ref else ""
