"""Gateways: sessions in whatever order journals come, health, what is missing or damaged."""

from itertools import permutations

import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.device import (
    ClockStepped,
    HealthReported,
    Rejected,
    SessionClosed,
    SessionOpened,
)
from core.events.journal import DamageFound, EpochChanged, GapDeclared, Opened
from core.events.logproof import Proven, Refused, Trusted, Unproven
from projections.alarms.row import Alarm
from projections.safe_community.gateways import KEPT
from projections.safe_community.rows.gateways import Damage, Declared, Distrust, Gateway
from projections.safe_community.view import SAFE_COMMUNITY
from tests.fix_views import NOON, Folded, minutes

GW = "gateway/gw01"


def gateway(safe: Folded) -> Gateway:
    return safe.row("gateway", "gw01", Gateway)


def say_of_gateway(safe: Folded, data: Data, *, by: str = "gw01", after: float = 0) -> None:
    speaker = "uplink" if by == "hub" else by
    safe.say(data, GW, gateway=by, device=speaker, at=NOON + minutes(after), quality="gateway")


@pytest.mark.parametrize(
    ("facts", "boot", "session", "reason"),
    [
        ([("gw01", SessionOpened(boot=1, reason="start"))], 1, "open", "start"),
        (
            [("gw01", SessionOpened(boot=1)), ("gw01", SessionClosed(boot=1, reason="stop"))],
            1, "closed", "stop",
        ),
        (
            [("gw01", SessionOpened(boot=1)), ("hub", SessionClosed(boot=1, reason="uplink-lost"))],
            1, "closed", "uplink-lost",
        ),
        # The will of boot 1 arrives when boot 2 is at work.
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("hub", SessionClosed(boot=1, reason="uplink-lost"))],
            2, "open", "start",
        ),
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("gw01", SessionClosed(boot=1, reason="stop"))],
            2, "open", "start",
        ),
        (
            [("gw01", SessionOpened(boot=2, reason="start")),
             ("hub", SessionOpened(boot=1, reason="uplink-back"))],
            2, "open", "start",
        ),
        # A gateway that lost its journal counts anew; its own word is true.
        (
            [("gw01", SessionOpened(boot=7)), ("hub", SessionClosed(boot=7)),
             ("gw01", SessionOpened(boot=1, reason="start"))],
            1, "open", "start",
        ),
    ],
)  # fmt: skip
def test_sessions(
    facts: list[tuple[str, Data]], boot: int, session: str, reason: str, safe: Folded
) -> None:
    for by, fact in facts:
        say_of_gateway(safe, fact, by=by)
    row = gateway(safe)
    assert (row.boot, row.session, row.reason) == (boot, session, reason)


def test_since_is_of_the_session_and_seen_of_its_own_words(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=1))
    say_of_gateway(safe, HealthReported(boot=1, backlog=3), after=1)
    say_of_gateway(safe, SessionClosed(boot=1, reason="uplink-lost"), by="hub", after=5)
    row = gateway(safe)
    assert row.since == rfc3339(NOON + minutes(5))
    assert row.seen == rfc3339(NOON + minutes(1)), "the hub's word is no sign of life"


def test_health_is_the_last_report(safe: Folded) -> None:
    say_of_gateway(safe, SessionOpened(boot=3))
    say_of_gateway(safe, HealthReported(boot=3, backlog=1, received=5, quarantined=2))
    report = HealthReported(
        boot=3, backlog=9, oldest_unreceipted_s=1.5, received=100, recorded=90, duplicates=8,
        quarantined=2, journal_bytes=1000, disk_free_bytes=2000, resident_bytes=3000,
        backlog_urgent=4, backlog_bulk=5, oldest_urgent_s=0.5, conflicts=6, refused=7,
        throttled=8, skewed_devices=9, open_gaps=10, quarantine_rows=11, damaged=12,
        disk_full=True,
    )  # fmt: skip
    say_of_gateway(safe, report)
    row = gateway(safe)
    for field in HealthReported.__struct_fields__:
        if field not in ("native", "pii", "media"):
            assert getattr(row, field) == getattr(report, field)
    assert row.session == "open"


def test_what_was_set_aside_is_counted_by_adapter_and_reason(safe: Folded) -> None:
    for adapter, reason, count in (
        ("native", "malformed", 1), ("hikvision", "time", 2), ("native", "malformed", 40),
    ):  # fmt: skip
        say_of_gateway(safe, Rejected(adapter=adapter, reason=reason, count=count))
    assert gateway(safe).rejected == {"hikvision/time": 2, "native/malformed": 41}
    assert list(gateway(safe).rejected) == ["hikvision/time", "native/malformed"]


# --- sessions and epochs ---------------------------------------------------------------------


def back(boot: int, epoch: int) -> SessionOpened:
    return SessionOpened(boot=boot, reason="uplink-back", native={"epoch": epoch})


def gone(boot: int, epoch: int, reason: str = "silent") -> SessionClosed:
    return SessionClosed(boot=boot, reason=reason, native={"epoch": epoch})


START_7 = (Opened(epoch=5, reason="new"), SessionOpened(boot=7, reason="start"))
RENEWED = (Opened(epoch=6, reason="damaged"), SessionOpened(boot=1, reason="start"))


@pytest.mark.parametrize(
    ("own", "hub", "boot", "session"),
    [
        (START_7, (back(7, 5), gone(7, 5)), 7, "closed"),
        (START_7, (gone(7, 5), back(7, 5)), 7, "open"),
        ((*START_7, SessionClosed(boot=7, reason="stop")), (back(7, 5),), 7, "closed"),
        # The boot before died; this one lives.
        (START_7, (gone(6, 5, "uplink-lost"),), 7, "open"),
        # A new epoch counts its boots anew: the will of the old one is older, whatever its boot.
        ((*START_7, *RENEWED), (back(7, 5), gone(7, 5, "uplink-lost")), 1, "open"),
        ((*START_7, *RENEWED), (gone(7, 5), gone(1, 6)), 1, "closed"),
        ((*START_7, *RENEWED), (gone(1, 6), back(1, 6)), 1, "open"),
    ],
)
def test_a_session_ends_the_same_however_journals_interleave(
    own: tuple[Data, ...], hub: tuple[Data, ...], boot: int, session: str
) -> None:
    orders = {tuple(order) for order in permutations([*["gw01"] * len(own), *["hub"] * len(hub)])}
    for order in orders:
        safe = Folded(SAFE_COMMUNITY)
        words = {"gw01": iter(own), "hub": iter(hub)}
        for by in order:
            say_of_gateway(safe, next(words[by]), by=by)
        assert (gateway(safe).boot, gateway(safe).session) == (boot, session), order


def test_what_changes_nothing_does_not_change_since(safe: Folded) -> None:
    """After each start the hub says again who is there and who is silent."""
    for fact in START_7:
        say_of_gateway(safe, fact)
    say_of_gateway(safe, back(7, 5), by="hub", after=3)
    assert (gateway(safe).reason, gateway(safe).since) == ("start", rfc3339(NOON))
    say_of_gateway(safe, gone(7, 5, "uplink-lost"), by="hub", after=4)
    say_of_gateway(safe, gone(7, 5, "silent"), by="hub", after=9)
    row = gateway(safe)
    assert (row.reason, row.since) == ("uplink-lost", rfc3339(NOON + minutes(4)))


def test_one_never_heard_since_the_hubs_start_is_silent_whatever_its_boot(safe: Folded) -> None:
    for fact in START_7:
        say_of_gateway(safe, fact)
    say_of_gateway(safe, gone(0, 0), by="hub", after=4)
    assert (gateway(safe).session, gateway(safe).reason, gateway(safe).boot) == (
        "closed", "silent", 7,
    )  # fmt: skip


def test_a_declared_epoch_is_counted_and_an_undeclared_one_is_a_finding(safe: Folded) -> None:
    say_of_gateway(safe, Opened(epoch=6, reason="damaged"))
    say_of_gateway(safe, EpochChanged(previous=5, epoch=6, declared=True), by="hub")
    assert (gateway(safe).epoch, gateway(safe).epochs, gateway(safe).wiped) == (6, 1, 0)
    assert safe.keys("alarm") == []
    say_of_gateway(safe, EpochChanged(previous=6, epoch=9, declared=False), by="hub")
    assert (gateway(safe).epoch, gateway(safe).epochs, gateway(safe).wiped) == (9, 2, 1)
    one = safe.row("alarm", f"gateway.wiped:{GW}", Alarm)
    assert (one.priority, one.open, one.late) == (1, True, False)


def test_declared_gaps_are_summed_listed_and_sound(safe: Folded) -> None:
    for number in range(1, KEPT + 3):
        say_of_gateway(
            safe,
            GapDeclared(
                reason="disk", lane=2, count=number, kinds={"camera.motion.started.v1": number},
                since="2026-11-20T03:00:00Z", until="2026-11-20T03:10:00Z",
            ),
            after=number,
        )  # fmt: skip
    row = gateway(safe)
    assert row.lost == sum(range(1, KEPT + 3))
    assert [one.count for one in row.declared] == list(range(3, KEPT + 3))
    assert row.declared[-1] == Declared(
        at=rfc3339(NOON + minutes(KEPT + 2)), reason="disk", lane=2, count=KEPT + 2,
        since="2026-11-20T03:00:00Z", until="2026-11-20T03:10:00Z", position=KEPT + 2,
    )  # fmt: skip
    one = safe.row("alarm", f"journal.gap:{GW}", Alarm)
    assert (one.priority, one.causes, one.open) == (1, KEPT + 2, True)


def test_damage_is_listed_and_sounds(safe: Folded) -> None:
    say_of_gateway(
        safe,
        DamageFound(epoch=5, file="journal.db", detail="hash", lane=1, from_batch=3, to_batch=9),
    )
    assert gateway(safe).damage == (
        Damage(
            at=rfc3339(NOON), file="journal.db", epoch=5, lane=1, from_batch=3, to_batch=9,
            position=1,
        ),
    )  # fmt: skip
    assert safe.row("alarm", f"journal.damaged:{GW}", Alarm).priority == 1
    assert safe.keys("device") == [], "the gateway is no device"


def test_a_log_that_is_refused_stands_there_until_somebody_decides(safe: Folded) -> None:
    refused = Refused(reason="forked", known_size=9, told_size=9)
    say_of_gateway(safe, refused)
    stands = Distrust(at=rfc3339(NOON), reason="forked", known=9, told=9, position=1)
    assert gateway(safe).distrust == stands
    one = safe.row("alarm", f"log.refused:{GW}", Alarm)
    assert (one.priority, one.open) == (1, True)
    trusted = Trusted(reason="forked", detail="restored")
    say_of_gateway(safe, trusted, by="gw02")
    assert gateway(safe).distrust == stands, "nobody else's to decide"
    say_of_gateway(safe, trusted)
    assert gateway(safe).distrust is None


def test_a_log_that_is_not_proven_stands_there_until_it_is(safe: Folded) -> None:
    say_of_gateway(safe, Unproven(epoch=5, lane=1, batch=17, known_size=4))
    row = gateway(safe).distrust
    assert row is not None
    assert (row.reason, row.known) == ("unproven", 4)
    assert safe.row("alarm", f"log.unproven:{GW}", Alarm).priority == 2
    say_of_gateway(safe, Proven(known_size=30))
    assert gateway(safe).distrust is None


def test_a_set_clock_is_told(safe: Folded) -> None:
    say_of_gateway(safe, ClockStepped(step_ms=-90_000))
    say_of_gateway(safe, ClockStepped(step_ms=4_000))
    assert (gateway(safe).steps, gateway(safe).step_ms) == (2, 4_000)


def test_what_strangers_send_is_nobodys_row(safe: Folded) -> None:
    safe.say(
        Rejected(adapter="hub", reason="unknown-gateway", count=9), "hub/ingest",
        gateway="hub", device="ingest", quality="gateway",
    )  # fmt: skip
    assert safe.keys("gateway") == []
    assert safe.keys("device") == []
