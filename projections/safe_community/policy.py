"""The policy in force by the hub's word, and which version each gateway decides by.

The site's description goes with it. A gateway's facts are counted by the description that the
gateway itself had adopted, else by the one that was published when it recorded them: so what a
gateway delivers late is counted as it would have been in time.
"""

from functools import lru_cache

import msgspec

from core.event import Recorded
from core.events import policy
from core.site import NO_SITE, Site
from projections.safe_community import findings
from projections.safe_community.findings import POLICY, book
from projections.safe_community.rows.policy import Edition, Rulebook
from projections.view import Rows

EDITIONS = 8  # sites that differ, kept for what comes late

_replace = msgspec.structs.replace


def site_of(rows: Rows, item: Recorded) -> Site:
    rulebook = rows.get(POLICY, POLICY, Rulebook)
    if rulebook is None:
        return NO_SITE
    adopted = rulebook.gateways.get(item.gateway)
    found = ""
    for edition in rulebook.editions:  # few, and the last one that fits is in force
        if adopted is None:
            if edition.since <= item.event.recordedtime:
                found = edition.site
        elif edition.version <= adopted:
            found = edition.site
    return _site(found) if found else NO_SITE


@lru_cache(maxsize=256)
def _site(text: str) -> Site:
    return msgspec.json.decode(text, type=Site)


def published(rows: Rows, item: Recorded) -> None:
    data, at = item.event.data, item.moment.at
    assert isinstance(data, policy.Published)
    before = book(rows)
    if data.version < before.version:
        return  # an older one does not come into force again
    text = msgspec.json.encode(data.site, order="sorted").decode()
    changed = not before.editions or text != before.editions[-1].site
    editions = before.editions
    if changed:
        edition = Edition(version=data.version, since=at, site=text)
        editions = (*editions, edition)[-EDITIONS:]
    described = at if changed else before.described
    after = _replace(
        before,
        version=data.version,
        sha256=data.sha256,
        since=at,
        actor=data.actor,
        counts=dict(sorted(data.counts.items())),
        site=msgspec.json.decode(text, type=Site),
        editions=editions,
        described=described if data.site != NO_SITE else "",
    )
    rows.put(POLICY, POLICY, after)
    if changed:
        _describe(rows, after)


def _describe(rows: Rows, rulebook: Rulebook) -> None:
    for row in findings.doors(rows):
        known = findings.known(rulebook, row.subject)
        if row.known != known:
            rows.put("door", row.subject, _replace(row, known=known))
    findings.of_site(rows, rulebook.site, rulebook.described)


def adopted(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, policy.Adopted)
    before, at, gateway = book(rows), item.event.recordedtime, item.gateway
    if at < before.adopted.get(gateway, ""):
        return  # of an older journal of that gateway
    refused = {name: why for name, why in before.refused.items() if name != gateway}
    after = _replace(
        before,
        gateways=dict(sorted({**before.gateways, gateway: data.version}.items())),
        adopted=dict(sorted({**before.adopted, gateway: at}.items())),
        refused=refused,
    )
    rows.put(POLICY, POLICY, after)


def refused(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, policy.PolicyRefused)
    before = book(rows)
    why = dict(sorted({**before.refused, item.gateway: data.reason}.items()))
    rows.put(POLICY, POLICY, _replace(before, refused=why))
