"""What is wrong with the place itself, by its description: no event of a day, and no alarm.

- unknown-door: something speaks of a door that a published site does not have.
- face-only: a door whose description names the face as its only credential, or that names none
  and whose first FACES grants, and all since, were by face. Nobody may be made to show it (the
  measures on face recognition of 2025, article 10): there must be another way in.
- credentials-untold: a described door that says nothing of what its reader takes.
"""

from collections.abc import Iterator

from core.site import Parking, Site
from projections.safe_community.rows.doors import Door
from projections.safe_community.rows.findings import Finding
from projections.safe_community.rows.policy import Rulebook
from projections.view import Rows

FACES = 50
POLICY = "policy"  # kind and key of the rulebook


def book(rows: Rows) -> Rulebook:
    """Rows share nothing that could change, so a site is made for it where there is none."""
    return rows.get(POLICY, POLICY, Rulebook) or Rulebook(site=Site(parking=Parking()))


def known(rulebook: Rulebook, subject: str) -> bool:
    """Whether the site has such a door, or nobody described a site."""
    return not rulebook.described or subject.partition("/")[2] in rulebook.site.doors


def described(rows: Rows, subject: str) -> bool:
    """Whether a door that is heard of for the first time is one of the site's; if it is not, that
    is found."""
    rulebook = book(rows)
    if known(rulebook, subject):
        return True
    _put(rows, Finding(kind="unknown-door", subject=subject, since=rulebook.described))
    return False


def of_door(rows: Rows, row: Door) -> None:
    """Whether what was seen of it changes what is found: called when it may."""
    rulebook = book(rows)
    key = row.subject.partition("/")[2]
    site_door = rulebook.site.doors.get(key)
    if site_door is not None and site_door.credentials:
        return  # its description tells
    subject = f"door/{key}" if site_door is not None else row.subject
    if row.face_only:
        _put(rows, Finding(kind="face-only", subject=subject, since=row.face_only, detail="seen"))
    elif f"face-only:{subject}" in rows.keys("finding"):
        rows.drop("finding", f"face-only:{subject}")


def of_site(rows: Rows, site: Site, since: str) -> None:
    """A description was published: every finding anew."""
    for key in list(rows.keys("finding")):
        rows.drop("finding", key)
    for key, door in sorted(site.doors.items()):
        if door.credentials == ("face",):
            told = Finding(kind="face-only", subject=f"door/{key}", since=since, detail="described")
            _put(rows, told)
        elif not door.credentials:
            _put(rows, Finding(kind="credentials-untold", subject=f"door/{key}", since=since))
    for row in doors(rows):
        if row.subject.partition("/")[2] not in site.doors:
            _put(rows, Finding(kind="unknown-door", subject=row.subject, since=since))
        if row.face_only:
            of_door(rows, row)


def doors(rows: Rows) -> Iterator[Door]:
    for subject in sorted(rows.keys("door")):
        row = rows.get("door", subject, Door)
        if row is not None:
            yield row


def _put(rows: Rows, found: Finding) -> None:
    rows.put("finding", f"{found.kind}:{found.subject}", found)
