"""Smart bins: the thing model they post to OneNET, and the plain post of those with an Android
brain. A bin has doors; behind each is a scale.

Weights are kilograms in events and grams in properties, and become whole grams. A collection is
weighed twice, full and empty, in two messages: the first is the lift, the second completes it.
Addresses of photographs are not read: a picture is known by its hash or not at all.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.event import Draft
from core.events import device, waste
from devices.adapter import Adapter, Message, Site
from devices.fields import reveals, slug
from devices.onenet.facts import Fact, collected, facts_of
from devices.onenet.post import is_post, post
from devices.onenet.thing import Said, names_known, said
from devices.wire import Support

_ROOTS = ("$sys", "$gw-proxy")
_POINTS = ["dp", "post", "json"]
_POSTED = frozenset({"property", "event", "pack", "history"})


def decode(message: Message, site: Site) -> list[Draft]:
    levels = message.topic.split("/")
    on_topic = levels[0] in _ROOTS and len(levels) > 4
    of = levels[4] if on_topic and levels[3:] != _POINTS else ""
    if of and (levels[-1] != "post" or of not in _POSTED):
        return []  # answers, orders, what the cloud wants
    parsed = strictjson.parse(message.payload)
    if is_post(parsed):
        return [post(one, site) for one in (parsed if isinstance(parsed, list) else [parsed])]
    if not isinstance(parsed, dict) or not (on_topic or recognises(parsed)):
        raise Undecodable("shape", "no post of a thing model")
    key = slug(levels[2]) if on_topic else ""
    told = said(parsed, key or "onenet", site, history=of == "history", event=of != "property")
    return list(_drafts(list(told), site))


def alive(message: Message, _site: Site) -> list[str]:
    levels = message.topic.split("/")
    posted = len(levels) > 4 and levels[0] in _ROOTS and "post" in (levels[-1], levels[4])
    return [found] if posted and (found := slug(levels[2])) else []


def recognises(parsed: Any) -> bool:
    if is_post(parsed):
        return True
    if not isinstance(parsed, dict):
        return False
    return names_known(parsed)


def _drafts(told: list[Said], site: Site) -> Iterator[Draft]:
    used: dict[str, Draft] = {}
    for one in told:
        known = site.known(one.device)
        facts = collected(one, told) if one.name in ("cleanGross", "cleanTare") else None
        for fact in facts_of(one, known) if facts is None else facts:
            draft = _draft(one, fact, site)
            before = used.get(draft.id)
            if before == draft:
                continue  # told twice in one message
            if before is not None:
                draft = msgspec.structs.replace(draft, id=f"{draft.id}:{len(used)}")
            used[draft.id] = draft
            yield draft


def _draft(told: Said, fact: Fact, site: Site) -> Draft:
    if reveals(told.device):
        raise Undecodable("personal", "the device's name is a person's or a plate")
    known = site.known(told.device)
    name = known.name or told.device
    door = slug(f"{name[:50]}-{fact.door}") if fact.door else name
    apart = site.devices.get(f"{told.device}-{fact.door}") if fact.door else None
    behind = door
    if apart is not None:
        behind = apart.subject.removeprefix("bin/") or apart.name or door
    subjects = {
        "device": f"device/{name}",
        "point": known.subject or f"point/{name}",
        "bin": f"bin/{behind}",
    }
    data = fact.data
    if isinstance(data, waste.DepositRecorded | waste.BinCollected | waste.BinTared) and fact.door:
        data = msgspec.structs.replace(data, bin=behind)
    return Draft(
        id=f"onenet:{told.device}:1:{fact.tail}",
        device=told.device,
        subject=subjects[fact.kind],
        time=told.time,
        timequality=told.quality,
        origin="backfill" if told.history else "live",
        correlationid=f"onenet:{told.device}:1:{fact.chain}" if fact.chain else "",
        data=data,
        personal=fact.personal,
        mark=fact.personal.identifier if fact.personal else "",
        unnumbered=not told.time,
    )


ADAPTER = Adapter(
    name="onenet",
    filters=("$sys/+/+/thing/#", "$sys/+/+/dp/post/json", "$gw-proxy/+/+/thing/#"),
    decode=decode,
    recognises=recognises,
    alive=alive,
    support=(
        Support(
            device="Smart bin on OneNET's thing model",
            by="MQTT",
            events=tuple(
                one.TYPE
                for one in (
                    waste.DepositRecorded, waste.BinCollected, waste.BinTared, waste.Overflowed,
                    waste.Cleared, waste.SmokeDetected, waste.LevelMeasured,
                    device.ConditionChanged,
                )
            ),
            backfill="what the bin posts to thing/history",
            tested="sample",
        ),
        Support(
            device="Smart bin with an Android brain",
            by="MQTT",
            events=(waste.DepositRecorded.TYPE,),
        ),
    ),
)  # fmt: skip
