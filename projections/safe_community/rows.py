"""Rows of the safe-community view: what a guard's screen is made of. Classes, never names."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from core.site import NO_SITE, Site
from projections.view import Row

State = Literal["online", "lost", "tampered", "flapping"]  # of a device
Decision = Literal["granted", "denied", "requested", "unclassified", "duress"]


class Passage(Row, frozen=True, kw_only=True):
    """One decision or vehicle at a door or gate, as the recent list shows it."""

    at: str
    id: str
    subject: str
    decision: Decision
    who: str  # subject class, or "vehicle"
    direction: str = "unknown"
    credential: str = "unknown"
    reason: str = ""
    position: int = 0
    ref: str = ""  # the person's or plate's keyed reference: for look-ups, never a name
    policy: int = 0  # version a gateway decided by
    violation: str = ""
    conflict: str = ""  # reason for which a newer policy would not have granted it
    taken: Literal["", "taken", "nottaken"] = ""
    pass_id: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who told of it, when by the gateway's clock, and whether it was no news then (I9)."""

    gateway: str
    recorded: str
    position: int
    late: bool = False

    @property
    def order(self) -> tuple[str, str, int]:
        """Of what gateways recorded: within one of them, that of its journal."""
        return self.recorded, self.gateway, self.position


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """Somebody, or a vehicle, went through a door. Areas are as the site was described then."""

    at: str
    id: str
    door: str
    who: str = "unknown"
    areas: tuple[str, ...] = ()  # where they are now, the innermost first; empty: outside
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    due: str = ""  # of a vehicle that may not stay for ever
    list: str = ""
    void: bool = False  # the grant was not taken after all
    said: Said | None = None  # of a vehicle's
    position: int = 0


class Moves(Row, frozen=True, kw_only=True):
    """The newest of one reference's movements, by when they happened. Not shown: what is inside or
    parked follows from it, whatever order the gateways were heard in."""

    ref: str
    moves: tuple[Move, ...] = ()  # oldest first
    count: int = 0  # of all


class Grant(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False
):
    """A grant at a door whose end is not known. `move`: what was counted for it already."""

    id: str
    at: str
    ref: str = ""
    who: str = "unknown"
    direction: str = "unknown"
    move: Move | None = None


class Door(Row, frozen=True, kw_only=True):
    """ONVIF Door/State: physical state, lock and alarm are three different things."""

    subject: str
    device: str
    physical: Literal["open", "closed", "unknown"] = "unknown"
    lock: Literal["locked", "unlocked", "unknown"] = "unknown"
    alarm: Literal["normal", "forced", "heldopen", "prealarm"] = "normal"
    mode: str = "unknown"  # ONVIF DoorMode, kebab case
    tamper: Literal["none", "detected", "unknown"] = "unknown"
    fault: Literal["none", "detected", "unknown"] = "unknown"
    fire: bool = False  # released by the fire relay: open is as it shall be
    contradicted: str = ""  # when it last said two things at once; empty once it said one
    held_due: str = ""  # of the pre-alarm: when it will be held open
    known: bool = True  # False: the site's description has doors, and this is none of them
    nottaken: int = 0
    conflicts: int = 0
    tailgated: int = 0
    counted: int = 0
    temperatures: int = 0
    held: str = ""  # id of the measurement that holds this gate (screening)
    takes: bool = False  # it tells takings: a grant alone is no passage here
    faces: int = 0  # of the granted, those by face
    face_only: str = ""  # since when so many in a row were by face and nothing else
    grants: tuple[Grant, ...] = ()  # the newest
    since: str = ""  # of the physical state
    last: str = ""  # of any event
    granted: int = 0
    denied: int = 0
    taken: int = 0
    vehicles: int = 0
    decision: Passage | None = None  # the newest decision


class Recent(Row, frozen=True, kw_only=True):
    """Newest passages first, by the time they happened, then id."""

    passages: tuple[Passage, ...] = ()


class Flow(Row, frozen=True, kw_only=True):
    """Counts of one time bucket. `granted` by subject class; vehicles are counted apart."""

    bucket: str
    granted: Mapping[str, int] = {}
    denied: int = 0
    vehicles: int = 0


class Camera(Row, frozen=True, kw_only=True):
    """What it sees comes by the bulk lane, whether it sees by the urgent one: fields of one lane
    are never moved by the other, so that how the two interleave changes nothing (I5)."""

    subject: str
    device: str  # the first by name of those that spoke of it
    state: Literal["up", "lost", "tampered"] = "up"
    since: str = ""  # of the state
    last: str = ""  # of what it saw
    last_label: str = ""
    last_zone: str = ""
    events: int = 0
    lost: int = 0  # how often
    occupied: Mapping[str, str] = {}  # zone → since when something stands there too long


class Place(Row, frozen=True, kw_only=True):
    """An area's occupancy by class. `low`..`high`: what it can be, given exits nobody counted and
    records that are missing. `count` is who went in by reference and not out, and of people
    without one a day's entries less exits. `stale`, `missing` and what they do to the bounds need
    the other rows: `occupancy.places` completes them."""

    area: str
    title: str = ""
    count: int = 0
    by_class: Mapping[str, int] = {}
    low: int = 0
    high: int = 0
    entries: int = 0
    exits: int = 0
    unmatched: int = 0  # exits of somebody who had not come in
    stale: int = 0  # in for longer than a day
    missing: int = 0  # records its doors counted and never delivered
    capacity: int = 0
    last: str = ""
    known: Mapping[str, int] = {}  # by class, of those with a reference
    anonymous: Mapping[str, int] = {}  # "hour class" → entries less exits of those without


class Inside(Row, frozen=True, kw_only=True):
    """Somebody with a reference who went in and not out: the muster list."""

    ref: str
    area: str
    who: str
    door: str
    since: str
    position: int = 0


class Parked(Row, frozen=True, kw_only=True):
    plate_ref: str
    list: str
    gate: str
    since: str
    due: str = ""  # when it overstays; empty: never
    overstayed: bool = False
    entry: str = ""  # id of the event
    position: int = 0


class Pass(Row, frozen=True, kw_only=True):
    pass_id: str
    state: Literal["issued", "used", "used-up", "revoked", "expired"] = "issued"
    valid_from: str = ""
    valid_to: str = ""
    doors: tuple[str, ...] = ()
    uses: int = 1
    used: int = 0
    host_ref: str = ""
    actor: str = ""
    reason: str = ""  # of the revocation
    last: str = ""
    plate_ref: str = ""
    issued: str = ""  # when
    revoked: str = ""  # when
    position: int = 0


class Spell(Row, frozen=True, kw_only=True):
    """From when to when somebody was listed."""

    since: str
    until: str
    ended: str = ""  # taken off before it expired


class Watched(Row, frozen=True, kw_only=True):
    ref: str
    reason: str
    basis: str
    until: str
    action: str
    actor: str = ""
    since: str = ""
    seen: str = ""  # last passage
    ended: str = ""  # taken off the list: kept for what comes late, not shown
    former: tuple[Spell, ...] = ()
    position: int = 0


class Sign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Of life."""

    id: str
    said: Said


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """From the first to the last of signs none of which is too long after another."""

    first: Sign
    last: Sign


class Care(Row, frozen=True, kw_only=True):
    """Somebody who lives alone and asked for it: no passage for `hours`, and somebody shall ask."""

    ref: str
    hours: float
    basis: str
    since: str
    last: str = ""  # passage
    due: str = ""
    spans: tuple[Span, ...] = ()  # in which something was seen of them, from the consent on
    position: int = 0


class Held(Row, frozen=True, kw_only=True):
    """A screening chain, by its measurement: abnormal → held → released."""

    measured: str
    door: str
    at: str
    temperature_cel: float
    state: Literal["held", "admitted", "turned-away", "expired"] = "held"
    released_by: str = ""
    released_at: str = ""
    ref: str = ""
    position: int = 0


class Finding(Row, frozen=True, kw_only=True):
    """What is wrong with the place itself, by the site's description: a door that only a face
    opens, a door nobody described. `key` is {kind}:{subject}."""

    kind: str
    subject: str
    since: str = ""
    detail: str = ""


class Edition(Row, frozen=True, kw_only=True):
    """What the place is, from this version of the policy on. `site` as JSON: a row's values are
    nobody else's."""

    version: int
    since: str
    site: str


class Rulebook(Row, frozen=True, kw_only=True):
    """The policy in force by the hub's word, and which version each gateway decides by."""

    version: int = 0
    sha256: str = ""
    since: str = ""
    actor: str = ""
    counts: Mapping[str, int] = {}
    gateways: Mapping[str, int] = {}
    refused: Mapping[str, str] = {}  # gateway → why it did not take the newest
    site: Site = NO_SITE
    described: str = ""  # since when the site is as it is
    editions: tuple[Edition, ...] = ()  # the newest sites that differ, oldest first
    adopted: Mapping[str, str] = {}  # gateway → when


class Duty(Row, frozen=True, kw_only=True):
    """Whose watch it is."""

    actor: str = ""
    since: str = ""
    handed_by: str = ""
    handed_at: str = ""
    handed: str = ""  # id of the hand-over
    handed_to: str = ""  # who is to take it; empty: whoever comes
    handed_position: int = 0  # where it stands in the log
    figures: Mapping[str, int] = {}
    position: int = 0


class Order(Row, frozen=True, kw_only=True):
    """A command on its way or answered, by its event's id; the newest are kept."""

    verb: str
    target: str
    actor: str
    at: str
    until: str = ""
    outcome: str = ""  # empty while nothing was heard
    reason: str = ""
    gateway: str = ""  # whose answer is asked for; empty: any
    answered_by: str = ""
    answered_at: str = ""
    position: int = 0


class Heard(Row, frozen=True, kw_only=True):
    """What one lane told of a device last, in that lane's order. Times are the gateway's."""

    gateway: str = ""
    kind: str = ""
    adapter: str = ""
    seen: str = ""
    live: str = ""  # of the last present fact ...
    last: str = ""  # ... with the device's own time
    state: State = "online"
    reason: str = ""
    clock: Literal["", "stopped"] = ""
    believed: str = ""  # of the last fact whose clock was right
    skewed: str = ""  # when the gateway found it wrong
    skew_ms: int = 0


class Missing(Row, frozen=True, kw_only=True):
    """Records a device counted and never delivered, both ends included."""

    method: str
    epoch: int
    first: int
    last: int


class Device(Row, frozen=True, kw_only=True):
    """A device as its own events tell of it. `last` is its own time, `seen` the gateway's.

    Its facts come in two lanes that interleave as they like: what the newest says is the newer
    of both lanes' words by the gateway's clock, the urgent one's where they are equal.
    """

    device: str
    gateway: str
    kind: str = ""  # first part of its last subject
    adapter: str = ""
    state: State = "online"
    reason: str = ""
    clock: Literal["", "stopped", "skewed"] = ""  # another fault than silence
    flaps: int = 0
    expected_s: float = 0.0  # within what something should be heard; 0: nobody said
    first: str = ""
    last: str = ""
    seen: str = ""
    events: int = 0
    late: int = 0  # events that were no news when they came
    skew_ms: int = 0
    gaps: int = 0  # records the device counted and never delivered
    missing: tuple[Missing, ...] = ()  # which, the newest of them
    epoch: int = 0  # of its record counter, once that began anew
    resets: int = 0  # how often it did
    throttled: int = 0  # messages that had to wait for its share
    conflicts: int = 0  # records under an id that was taken, with other content
    urgent: Heard = Heard()
    bulk: Heard = Heard()


class Declared(Row, frozen=True, kw_only=True):
    """A gap a gateway declared itself: what it knows that it does not hold."""

    at: str
    reason: str
    lane: int
    count: int
    since: str = ""
    until: str = ""
    epoch: int = 0
    from_batch: int = 0
    to_batch: int = 0
    position: int = 0


class Damage(Row, frozen=True, kw_only=True):
    """A journal file that gives back something else than was committed; it stands aside."""

    at: str
    file: str
    epoch: int
    lane: int = 0
    from_batch: int = 0
    to_batch: int = 0
    position: int = 0


class Gateway(Row, frozen=True, kw_only=True):
    gateway: str
    boot: int = 0
    boot_epoch: int = 0  # of the journal that counts `boot`; 0 where nobody told
    spoke: int = 0  # whose word the session is: 0 its start, 1 the hub's, 2 its good-bye
    session: Literal["open", "closed", "unknown"] = "unknown"
    reason: str = ""
    since: str = ""
    seen: str = ""
    own_epoch: int = 0  # as its own journal opened
    epoch: int = 0  # the newest, by its own word or the hub's
    epochs: int = 0  # that began under the hub's eyes
    wiped: int = 0  # of them, those that did not say where the old one ends
    steps: int = 0  # of its clock
    step_ms: int = 0  # the last one
    lost: int = 0  # events it declared missing
    declared: tuple[Declared, ...] = ()  # the newest of them
    damage: tuple[Damage, ...] = ()
    backlog: int = 0
    oldest_unreceipted_s: float = 0.0
    received: int = 0
    recorded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    journal_bytes: int = 0
    disk_free_bytes: int = 0
    resident_bytes: int = 0
    backlog_urgent: int = 0
    backlog_bulk: int = 0
    oldest_urgent_s: float = 0.0
    conflicts: int = 0
    refused: int = 0
    throttled: int = 0
    skewed_devices: int = 0
    open_gaps: int = 0
    quarantine_rows: int = 0
    damaged: int = 0
    disk_full: bool = False
    rejected: Mapping[str, int] = {}  # "adapter/reason" → payloads or frames set aside
