from core.event import Sealed
from core.events.vehicle import Passed, Positioned, VehicleDenied
from tests.golden.samples.envelope import NATIVE, PICTURE, event

PLATE = "s:474498e156c6d24151f344d4b75bba7c"
# Opens with the key 00 01 .. 1f for the event lpr-1:1001, see test_formats.py.
SEALED = Sealed(
    kid=f"{PLATE}:vehicle:2026-11",
    ct="AAECAwQFBgcICQoLPCCmd6SRpzm3Y3MxHahJX7DishaN4S1GA4h/Kdnf+Ixwe13YqQ==",
)

SAMPLES = (
    event(
        Passed(
            native=NATIVE,
            pii=SEALED,
            media=(PICTURE,),
            direction="in",
            plate_ref=PLATE,
            plate_color="blue",
            plate_class="02",
            vehicle_type="car",
            confidence=0.99,
            lane="1",
            list="white",
            barrier="opened",
        ),
        "gate/east",
        device="lpr-1",
    ),
    event(
        VehicleDenied(
            direction="out",
            plate_ref=PLATE,
            plate_color="green",
            plate_class="52",
            vehicle_type="van",
            confidence=0.6,
            lane="2",
            list="black",
            barrier="closed",
            reason="blacklisted",
        ),
        "gate/east",
        device="lpr-1",
    ),
    event(
        Positioned(lat=39.908722, lon=116.397499, speed_kmh=23.5, heading_deg=181.0, alarm_bits=3),
        "vehicle/1",
        device="truck-1",
    ),
)
