"""What a message becomes, for people to look at: as the events it would be, and nobody named.

What would be a keyed reference or sealed is marked as such: this needs no gateway's keys, and
must not show a person either.
"""

import msgspec

from core.event import Draft
from devices.registry import Aside, Decoded

Shown = dict[str, object]


def shown(outcome: Decoded | Aside) -> list[Shown]:
    """One for each event; of what is set aside, one that says why."""
    if isinstance(outcome, Aside):
        return [{"aside": outcome.reason, "adapter": outcome.adapter, "detail": outcome.detail}]
    return [event(draft, outcome.adapter) for draft in outcome.drafts]


def event(draft: Draft, adapter: str) -> Shown:
    """The draft as the event it becomes."""
    data = msgspec.to_builtins(draft.data)
    made: Shown = {
        "specversion": "1.0",
        "id": draft.id,
        "type": draft.data.TYPE,
        "device": draft.device,
        "subject": draft.subject,
        "time": draft.time,
        "timequality": draft.timequality if draft.time else "gateway",
        "origin": draft.origin,
        "adapter": adapter,
        "data": data,
    }
    if draft.personal is not None:
        personal = draft.personal
        if personal.into:
            head, *rest = personal.into.split("_")
            data[head + "".join(part.title() for part in rest)] = f"<HMAC of {personal.kind}>"
        made["sealed"] = sorted(personal.fields)
    return made
