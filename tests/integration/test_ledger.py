"""A month's ledger from nothing but a register and files of the past, by the command line."""

import json
from pathlib import Path
from typing import Any

from tests.fix_broker import eventually
from tests.fix_importing import lift, lines
from tests.integration.test_box import BoxProcess
from tests.integration.test_box import box as box
from tests.integration.test_people import Shell
from tests.integration.test_people import shell as shell

SINCE = "2026-01-01T00:00:00+08:00"
OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")
ENTRIES: list[dict[str, Any]] = [
    {"kind": "compound", "name": "c17", "title": "锦绣园", "street": "清河"},
    {"kind": "facility", "name": "f01", "title": "大屯处理厂", "type": "composting",
     "accepts": ["food"]},
    {"kind": "weighbridge", "name": "f01-b1", "facility": "f01"},
    {"kind": "carrier", "name": "k1", "title": "北京环卫一队"},
    {"kind": "vehicle", "name": "v001", "carrier": "k1", "categories": ["food"]},
    {"kind": "point", "name": "c17-p1", "compound": "c17"},
    *(
        {"kind": "bin", "name": f"c17-p1-{at}", "compound": "c17", "point": "c17-p1",
         "category": "food", "uidHex": f"E280000{at}"}
        for at in range(3)
    ),
    {"kind": "route", "name": "r001-am", "vehicle": "v001", "category": "food", "start": "04:30",
     "end": "11:00", "bins": [f"c17/c17-p1-{at}" for at in range(3)], "facility": "f01"},
]  # fmt: skip


def ticket() -> dict[str, object]:
    """Of the same morning, 300 g less than was lifted."""
    at = "2026-10-01T08:00:00+08:00"
    net = 3 * 87_100 - 300
    payload = {
        "specversion": "1.0",
        "id": "f01-b1-T-1",
        "source": "/devices/f01-b1",
        "type": "waste.load.weighed.v1",
        "subject": "weighbridge/f01-b1",
        "time": at,
        "data": {
            "site": "f01", "ticketNo": "T-1", "vehicle": "v001", "weighbridge": "f01-b1",
            "category": "food", "grossG": 9_000_000 + net, "tareG": 9_000_000, "netG": net,
        },
    }  # fmt: skip
    return {"compound": "fleet", "topic": "site/waste/f01-b1", "time": at, "payload": payload}


def test_it_is_there_without_typing_and_stays_what_it_was(
    shell: Shell, box: BoxProcess, tmp_path: Path
) -> None:
    box.start()
    register, history = tmp_path / "register.jsonl", tmp_path / "messages.jsonl"
    entries = [{"validFrom": SINCE, **one} for one in ENTRIES]
    register.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    shell.said("register", "publish", str(register))
    lifted = [lift(10 * at, uidHex=f"E280000{at}") for at in range(3)]
    history.write_bytes(lines([*lifted, ticket()]))
    shell.said("import", str(history))
    eventually(
        lambda: shell.get("/api/v1/waste/balance?from=2026-10-01&to=2026-10-31")["total"]["trips"]
    )
    eventually(lambda: "261.300 - 261.000 kg" in shell.said("waste", "balance", *OCTOBER))

    files = [tmp_path / f"{name}.pdf" for name in ("first", "kept", "again")]
    for file, more in zip(files, ((), (), ("--revision", "1")), strict=True):
        said = shell.said("waste", "ledger", "c17", "2026-10", "--out", str(file), *more)
        assert "SHA-256" in said
    contents = [file.read_bytes() for file in files]
    assert contents[0].startswith(b"%PDF-")
    assert contents[1:] == contents[:1] * 2
    exported = shell.get("/api/v1/events?type=waste.ledger.exported.v1")["events"]
    assert [(one["data"]["format"], one["data"]["revision"]) for one in exported] == [("pdf", 1)]

    book = shell.get("/api/v1/waste/ledger/c17/2026-10")
    (line,) = book["lines"]
    told = ("category", "quantityG", "transporter", "destination")
    assert [line[name] for name in told] == ["food", 261_300, "北京环卫一队", "大屯处理厂"]
    assert len(line["events"]) == 4
    bins = shell.said("waste", "fiware", "WasteContainer", "--compound", "c17").splitlines()
    assert bins == []  # no point has coordinates
