from core.event import Event
from core.events.waste import (
    BinCollected,
    BinIdentified,
    BinProfiled,
    BinTared,
    Cleared,
    DepositRecorded,
    DepositViolated,
    InspectionRecorded,
    LevelMeasured,
    LidClosed,
    LidOpened,
    LoadWeighed,
    Overflowed,
    SmokeDetected,
    TagAssigned,
)
from tests.golden.samples.envelope import CLIP, NATIVE, event

RESIDENT = "s:621a3314e3ff0cd16fba9774c82eee0d"
TRUCK = "s:474498e156c6d24151f344d4b75bba7c"

SAMPLES = (
    event(
        LevelMeasured(
            native={"fPort": 85, "rssi": -101},
            distance_mm=812,
            temperature_cel=-4.5,
            battery_pct=97.0,
            battery_v=3.61,
            position="tilt",
        ),
        "bin/A03-2",
        device="24e124713c140001",
        quality="gateway",
        time="2026-11-21T08:00:00.250Z",
    ),
    event(Overflowed(native=NATIVE, source="camera"), "bin/A03-2", device="cam-2"),
    event(Cleared(source="person"), "bin/A03-2", device="cam-2"),
    event(SmokeDetected(source="camera"), "bin/A03-2", device="bin-7"),
    event(LidOpened(source="person"), "bin/A03-2", device="bin-7"),
    event(LidClosed(source="camera"), "bin/A03-2", device="bin-7"),
    event(
        BinIdentified(uid_hex="E28011700000020F", tech="uhf", reader="truck-1"),
        "bin/A03-2",
        device="truck-1",
    ),
    event(
        TagAssigned(uid_hex="04A1B2C3", tech="hf", category="food", point="point-3"),
        "bin/A03-2",
        device="handheld",
        origin="manual",
    ),
    event(
        BinProfiled(empty_mm=1100, full_mm=200, volume_l=240, category="residual", point="point-3"),
        "bin/A03-2",
        device="handheld",
        origin="manual",
    ),
    event(
        DepositRecorded(
            native=NATIVE,
            media=(CLIP,),
            category="recyclable",
            bin="A03-1",
            subcategory="paper",
            net_g=1250,
            gross_g=21250,
            tare_g=20000,
            resident_ref=RESIDENT,
            quality=0.95,
        ),
        "point/3",
        device="bin-7",
    ),
    event(
        DepositViolated(media=(CLIP,), kind="bag-not-broken", bin="A03-2", confidence=0.77),
        "point/3",
        device="cam-2",
    ),
    event(
        InspectionRecorded(purity=0.92, inspector_ref=RESIDENT, bin="A03-2"),
        "point/3",
        device="handheld",
    ),
    event(
        BinTared(collection="onenet:bin-a03:1:clean:77:gross", bin="A03-2", tare_g=900),
        "bin/A03-2",
        device="bin-a03",
    ),
    event(
        BinCollected(
            bin="A03-2",
            vehicle_ref=TRUCK,
            category="food",
            net_g=83500,
            gross_g=98500,
            tare_g=15000,
            refused_reason="mixed",
        ),
        "bin/A03-2",
        device="truck-1",
        origin="backfill",
    ),
    event(
        LoadWeighed(
            site="transfer-2",
            ticket_no="T-20261121-17",
            category="hazardous",
            vehicle_ref=TRUCK,
            gross_g=9_850_000,
            tare_g=6_200_000,
            net_g=3_650_000,
        ),
        "site/transfer-2",
        device="scale-1",
    ),
)

LATER: dict[str, Event] = {
    "waste.bin.level.measured.v1+scale": event(
        LevelMeasured(weight_g=1235, fullness=0.12), "bin/A03-2", device="bin-a03"
    ),
}
