"""Register, custody and what waste types gained with them."""

from core.event import Data, Event
from core.events.custody import (
    CatchUpDispatched,
    HistoryImported,
    LedgerExported,
    LoadAccepted,
    LoadRefused,
    TicketCorrected,
)
from core.events.register import (
    BinEntered,
    CarrierEntered,
    CompoundEntered,
    EntryEnded,
    FacilityEntered,
    PointEntered,
    RouteEntered,
    Scale,
    VehicleEntered,
    WeighbridgeEntered,
)
from core.events.waste import (
    BinCollected,
    BinProfiled,
    BinScrapped,
    BinSwapped,
    LoadWeighed,
    TagAssigned,
    TagRemoved,
)
from tests.golden.samples.envelope import event

SINCE = "2026-11-01T00:00:00+08:00"
TRUCK = "s:474498e156c6d24151f344d4b75bba7c"


def _entered(data: Data, subject: str) -> Event:
    return event(data, subject, device="register", quality="gateway", origin="manual")


SAMPLES = (
    _entered(
        CompoundEntered(
            valid_from=SINCE, actor="office-1", reason="普查", name="锦绣家园", street="拱辰街道",
            households=1_240, buildings=("1", "2"), demonstration=True,
        ),
        "compound/jinxiu",
    ),
    _entered(
        PointEntered(
            valid_from=SINCE, actor="office-1", reason="新建", compound="jinxiu", name="南门桶站",
            buildings=("1",), lat=39.735, lon=116.143, hours=("06:30-09:30", "17:30-21:00"),
        ),
        "point/jinxiu-p1",
    ),
    _entered(
        BinEntered(
            valid_from=SINCE, actor="office-1", reason="更换", compound="jinxiu",
            point="jinxiu-p1", number="0117", category="food", subcategory="household-food",
            kind="wheelie-240", volume_l=240, tare_g=12_500, empty_mm=1_020, full_mm=180,
            profile=2, uid_hex="E28011700000020F", tech="uhf",
        ),
        "bin/jinxiu-f1",
    ),
    _entered(
        CarrierEntered(
            valid_from=SINCE, actor="office-1", reason="招标", name="环卫一公司",
            licence="京环运-017",
        ),
        "carrier/k1",
    ),
    _entered(
        VehicleEntered(
            valid_from=SINCE, actor="office-1", reason="入队", carrier="k1",
            categories=("food", "residual"), plate_ref=TRUCK, tare_g=7_850_000,
            capacity_g=5_000_000,
            scale=Scale(accuracy="Y(b)", division_g=500, max_g=600_000),
        ),
        "vehicle/v001",
    ),
    _entered(
        FacilityEntered(
            valid_from=SINCE, actor="office-1", reason="投产", name="焚烧厂", kind="incineration",
            accepts=("residual",), lat=39.70, lon=116.10,
        ),
        "facility/f04",
    ),
    _entered(
        WeighbridgeEntered(
            valid_from=SINCE, actor="office-1", reason="检定", facility="f04",
            scale=Scale(accuracy="III", division_g=20_000, max_g=60_000_000),
        ),
        "weighbridge/f04-b1",
    ),
    _entered(
        RouteEntered(
            valid_from=SINCE, actor="office-1", reason="调整", vehicle="v001", category="food",
            weekdays=(1, 3, 5), start="06:00", end="11:30", bins=("jinxiu-f1", "jinxiu-f2"),
            facility="f07",
        ),
        "route/r001-am",
    ),
    _entered(
        EntryEnded(valid_from=SINCE, actor="office-1", reason="报废", kind="vehicle"),
        "vehicle/v002",
    ),
    event(
        TagRemoved(uid_hex="04A1B2C3", valid_from=SINCE, reason="损坏"), "bin/A03-2",
        device="handheld", origin="manual",
    ),
    event(
        BinSwapped(replaced_by="A03-9", valid_from=SINCE, reason="换桶"), "bin/A03-2",
        device="handheld", origin="manual",
    ),
    event(
        BinScrapped(valid_from=SINCE, reason="破裂"), "bin/A03-2", device="handheld",
        origin="manual",
    ),
    event(
        LoadAccepted(
            site="f04", ticket_no="T-17", vehicle="v001", vehicle_ref=TRUCK, category="residual"
        ),
        "facility/f04", device="f04-gate",
    ),
    event(
        LoadRefused(
            site="f04", ticket_no="T-18", vehicle="v001", vehicle_ref=TRUCK, category="hazardous",
            reason="混入有害垃圾",
        ),
        "facility/f04", device="f04-gate",
    ),
    event(
        TicketCorrected(
            site="f04", ticket_no="T-17", vehicle="v001", vehicle_ref=TRUCK, category="food",
            gross_g=9_860_000, tare_g=6_210_000, net_g=3_650_000, reason="抄录错误",
            actor="weigher-2",
        ),
        "facility/f04", device="f04-office", origin="manual",
    ),
    _entered(
        CatchUpDispatched(
            day="2026-11-21", vehicle="v002", bins=("jinxiu/jinxiu-f1",), actor="dispatch-1",
            note="午前补收",
        ),
        "route/r001-am",
    ),
    _entered(
        LedgerExported(
            compound="jinxiu", month="2026-10", position=4711, revision=2, format="pdf",
            sha256="1d" * 32, lines=9, actor="office-1",
        ),
        "compound/jinxiu",
    ),
    _entered(
        HistoryImported(
            file="messages-01.jsonl", sha256="2e" * 32, rows=1000, events=990, aside=10,
            first=SINCE, last="2026-11-02T00:00:00+08:00", actor="office-1",
        ),
        "import/2e2e2e2e",
    ),
)  # fmt: skip
LATER: dict[str, Event] = {
    "waste.ledger.exported.v1+language": _entered(
        LedgerExported(
            compound="jinxiu", month="2026-10", position=4711, revision=2, format="xlsx",
            sha256="3f" * 32, lines=9, actor="office-1", language="en", content="4a" * 32,
        ),
        "compound/jinxiu",
    ),
    "waste.bin.tag.assigned.v1+valid": event(
        TagAssigned(uid_hex="04A1B2C3", valid_from=SINCE, reason="补签"), "bin/A03-2",
        device="handheld", origin="manual",
    ),
    "waste.bin.tag.assigned.v1+actor": _entered(
        TagAssigned(uid_hex="04A1B2C4", tech="qr", valid_from=SINCE, actor="office-1"),
        "bin/A03-2",
    ),
    "waste.bin.tag.removed.v1+actor": _entered(
        TagRemoved(uid_hex="04A1B2C4", valid_from=SINCE, actor="office-1"), "bin/A03-2"
    ),
    "waste.bin.swapped.v1+actor": _entered(
        BinSwapped(replaced_by="A03-9", valid_from=SINCE, actor="office-1"), "bin/A03-2"
    ),
    "waste.bin.scrapped.v1+actor": _entered(
        BinScrapped(valid_from=SINCE, actor="office-1"), "bin/A03-2"
    ),
    "waste.bin.profiled.v1+valid": event(
        BinProfiled(empty_mm=1100, full_mm=200, tare_g=12_500, profile=3, valid_from=SINCE),
        "bin/A03-2", device="handheld", origin="manual",
    ),
    "waste.bin.collected.v1+place": event(
        BinCollected(
            vehicle="v001", uid_hex="E28011700000020F", tech="uhf", lat=39.735, lon=116.143,
            gross_g=98_500, tare_g=15_000,
        ),
        "vehicle/v001", device="v001-lift",
    ),
    "waste.load.weighed.v1+bridge": event(
        LoadWeighed(
            site="f02", ticket_no="O-3", vehicle="h01", weighbridge="f02-b1", direction="out",
            tare_from="stored", net_g=12_340_000,
        ),
        "weighbridge/f02-b1", device="f02-b1",
    ),
}  # fmt: skip
