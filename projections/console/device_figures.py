"""The strip over the devices: who is in trouble, who is silent, what waits, what was set aside."""

from projections.console.figures import Figure, Part, known_as_of
from projections.console.format import clock_of, count, seconds
from projections.console.links import listed
from projections.console.silence import AFTER, silent
from projections.console.snapshots import Sight, rows
from projections.console.texts import Words
from projections.safe_community.rows import Device, Gateway
from projections.safe_community.view import SAFE_COMMUNITY


def figures(sight: Sight, words: Words) -> list[Figure]:
    found = rows(sight.safe, "device", Device)
    known = rows(sight.safe, "gateway", Gateway)
    quiet = sum(silent(one, sight.now) for one in found)
    lost = sum(one.state == "lost" for one in found)
    tampered = sum(one.state == "tampered" for one in found)
    backlog = sum(one.backlog for one in known)
    oldest = max((one.oldest_unreceipted_s for one in known), default=0.0)
    lost_events = sum(one.lost for one in known)
    damaged = sum(len(one.damage) for one in known)
    wiped = sum(one.wiped for one in known)
    cut = sum(not live for live in sight.uplinks.values())
    received = known_as_of(sight)
    now = clock_of(sight.now, sight.now)[:5]
    source = f"{SAFE_COMMUNITY.name}.device @ {sight.position}"
    own = f"{SAFE_COMMUNITY.name}.gateway @ {sight.position}"
    return [
        Figure(
            key="troubled",
            title=words("figure.troubled"),
            value=count(lost + tampered),
            of=f"/ {count(len(found))}",
            look="hot" if lost + tampered else "",
            parts=[
                Part(words.named("devicestate", "lost"), count(lost), "hot" if lost else ""),
                Part(
                    words.named("devicestate", "tampered"),
                    count(tampered),
                    "hot" if tampered else "",
                ),
            ],
            as_of=received,
            source=source,
            href=listed(sight.compound, "device."),
        ),
        Figure(
            key="silent",
            title=words("figure.silent", n=AFTER.seconds // 60),
            value=count(quiet),
            of=f"/ {count(len(found))}",
            look="warm" if quiet else "",
            as_of=now,
            source=source,
            href=listed(sight.compound, "device."),
        ),
        Figure(
            key="uplinks",
            title=words("figure.uplinks"),
            value=count(len(sight.uplinks) - cut),
            of=f"/ {count(len(sight.uplinks))}",
            look="hot" if cut else "",
            parts=[Part(words("gateway.cut"), count(cut), "hot" if cut else "")],
            as_of=now,
            source=words("figure.uplinkSource"),
            href=listed(sight.compound, "gateway.session."),
        ),
        Figure(
            key="backlog",
            title=words("figure.backlog"),
            value=count(backlog),
            look="warm" if oldest > 60 else "",
            parts=[
                Part(words("gateway.oldest"), seconds(oldest) if backlog else "–"),
                *(
                    Part(words.named("lane", lane), count(sum(waiting)))
                    for lane, waiting in (
                        ("1", [one.backlog_urgent for one in known]),
                        ("2", [one.backlog_bulk for one in known]),
                    )
                ),
            ],
            as_of=received,
            source=own,
            href=listed(sight.compound, "gateway.health."),
        ),
        Figure(
            key="aside",
            title=words("figure.aside"),
            value=count(sum(one.quarantined for one in known)),
            parts=[
                Part(words("gateway.duplicates"), count(sum(one.duplicates for one in known))),
                Part(words("device.gaps"), count(sum(one.gaps for one in found))),
            ],
            as_of=received,
            source=own,
            href=listed(sight.compound, "ingest.", "device.gap."),
        ),
        Figure(
            key="evidence",
            title=words("figure.evidence"),
            value=count(lost_events),
            look="hot" if lost_events or damaged or wiped else "",
            parts=[
                Part(words("figure.damaged"), count(damaged), "hot" if damaged else ""),
                Part(words("figure.wiped"), count(wiped), "hot" if wiped else ""),
            ],
            as_of=received,
            source=own,
            href=listed(sight.compound, "journal.", "gateway.epoch."),
        ),
    ]
