"""The strip over the devices: who is in trouble, who is silent, what waits, what was set aside."""

from projections.console.figures import Figure, Part, figure, part
from projections.console.format import NONE, clock_of, count, seconds
from projections.console.links import listed
from projections.console.silence import AFTER, silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows.gateways import Gateway
from projections.safe_community.rows.presence import Device


def figures(sight: Sight, words: Words) -> list[Figure]:
    found = rows(sight.safe, "device", Device)
    known = rows(sight.safe, "gateway", Gateway)
    quiet = sum(silent(one, sight.now) for one in found)
    lost = sum(one.state == "lost" for one in found)
    tampered = sum(one.state == "tampered" for one in found)
    ailing = sum(one.ailing for one in found)
    troubled = sum(one.ailing or one.state in ("lost", "tampered") for one in found)
    look = "hot" if lost + tampered else "warm" if ailing else ""
    backlog = sum(one.backlog for one in known)
    oldest = max((one.oldest_unreceipted_s for one in known), default=0.0)
    lost_events = sum(one.lost for one in known)
    damaged = sum(len(one.damage) for one in known)
    wiped = sum(one.wiped for one in known)
    distrusted = sum(one.distrust is not None for one in known)
    cut = sum(not live for live in sight.uplinks.values())
    now = clock_of(sight.now, sight.now)[:5]
    return [
        figure(
            sight, "device", "device.", key="troubled", title=words("figure.troubled"),
            value=troubled, of=len(found), look=look,
            parts=[
                part(words.named("devicestate", "lost"), lost, "hot"),
                part(words.named("devicestate", "tampered"), tampered, "hot"),
                part(words("figure.ailing"), ailing, "warm"),
            ],
        ),
        figure(
            sight, "device", "device.", key="silent",
            title=words("figure.silent", n=AFTER.seconds // 60), value=quiet, of=len(found),
            look="warm" if quiet else "", as_of=now,
        ),
        Figure(
            key="uplinks",
            title=words("figure.uplinks"),
            value=count(len(sight.uplinks) - cut),
            of=f"/ {count(len(sight.uplinks))}",
            look="hot" if cut else "",
            parts=[part(words("gateway.cut"), cut, "hot")],
            as_of=now,
            source=words("figure.uplinkSource"),
            href=listed(sight.compound, "gateway.session."),
        ),
        figure(
            sight, "gateway", "gateway.health.", key="backlog",
            title=words("figure.backlog"), value=backlog,
            look="warm" if oldest > 60 else "",
            parts=[
                Part(words("gateway.oldest"), seconds(oldest) if backlog else NONE),
                part(words.named("lane", "1"), sum(one.backlog_urgent for one in known)),
                part(words.named("lane", "2"), sum(one.backlog_bulk for one in known)),
            ],
        ),
        figure(
            sight, "gateway", "ingest.", "device.gap.", key="aside",
            title=words("figure.aside"), value=sum(one.quarantined for one in known),
            parts=[
                part(words("gateway.duplicates"), sum(one.duplicates for one in known)),
                part(words("device.gaps"), sum(one.gaps for one in found)),
            ],
        ),
        figure(
            sight, "gateway", "journal.", "gateway.epoch.", "log.", key="evidence",
            title=words("figure.evidence"), value=lost_events,
            look="hot" if lost_events or damaged or wiped or distrusted else "",
            parts=[
                part(words("figure.damaged"), damaged, "hot"),
                part(words("figure.wiped"), wiped, "hot"),
                part(words("figure.distrusted"), distrusted, "hot"),
            ],
        ),
    ]  # fmt: skip
