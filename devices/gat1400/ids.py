"""Ids by GA/T 1400.1: of 20 digits for devices, 41 for what they recorded, 48 for what is in it."""

import re

_DEVICE = re.compile(r"[0-9]{20}")
FACE, MOTOR_VEHICLE, NON_MOTOR_VEHICLE, PERSON = "06", "02", "03", "01"
IMAGE = "02"


def is_device(told: str) -> bool:
    return bool(_DEVICE.fullmatch(told))


def basic(device: str, stamp: str, number: int, subtype: str = IMAGE) -> str:
    """`stamp`: 14 digits, local; `number` below 100,000 tells apart what one second holds."""
    return f"{device}{subtype}{stamp}{number % 100_000:05}"


def semantic(basic_id: str, subtype: str, number: int = 1) -> str:
    return f"{basic_id}{subtype}{number % 100_000:05}"
