"""A device nobody has heard of lately. A matter of the screen's clock, not of the fold's."""

from datetime import datetime, timedelta

from projections.console.format import moment
from projections.safe_community.rows.presence import Device

AFTER = timedelta(minutes=15)


def silent(device: Device, now: datetime) -> bool:
    if device.device == device.gateway:
        return False  # a gateway's own word: the gateway list tells whether it is heard
    seen = moment(device.seen)
    return seen is None or now - seen > AFTER
