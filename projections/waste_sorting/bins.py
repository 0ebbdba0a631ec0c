"""What a bin is and where it stands: profile, register entry, tags."""

from msgspec.structs import replace

from core.event import Recorded
from core.events import register, waste
from projections.view import Rows
from projections.waste_sorting import level, profile
from projections.waste_sorting.moves import moves
from projections.waste_sorting.rows import Bin, Profile, Tag


def bin_row(rows: Rows, item: Recorded, subject: str = "") -> Bin:
    """`subject` where the event is about another thing: a truck that lifts a bin, or a reader
    that sees its tag, is not the bin's device."""
    own = subject in ("", item.event.subject)
    row = rows.get("bin", subject or item.event.subject, Bin)
    if row is None:
        row = Bin(subject=subject or item.event.subject, device="")
    return replace(row, device=item.device) if own and not row.device else row


def named(name: str) -> str:
    """Subject of a bin that an event names."""
    return name if name.startswith("bin/") else f"bin/{name}"


def profiled(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.BinProfiled)
    row = bin_row(rows, item)
    known = profile.profiled(rows, item, data)
    if moves(rows, item, row.profiled_at):
        row = replace(
            row,
            profiled_at=item.moment.at,
            category=data.category or row.category,
            point=data.point or row.point,
        )
    rows.put("bin", row.subject, level.reprofiled(rows, _placed(row, known), known))


def entered(rows: Rows, item: Recorded) -> None:
    """An entry about a bin of another compound is no affair of this one."""
    data = item.event.data
    assert isinstance(data, register.BinEntered)
    if data.compound != item.compound:
        return
    known = profile.entered(rows, item, data)
    row = rows.get("bin", item.event.subject, Bin) or Bin(subject=item.event.subject, device="")
    rows.put("bin", row.subject, level.reprofiled(rows, _placed(row, known), known))


def ended(rows: Rows, item: Recorded) -> None:
    """Scrapped, or given up in the register."""
    data = item.event.data
    assert isinstance(data, register.EntryEnded | waste.BinScrapped)
    subject = item.event.subject
    if not subject.startswith("bin/"):
        return
    row = rows.get("bin", subject, Bin) or Bin(subject=subject, device="")
    rows.put("bin", subject, _placed(row, profile.ended(rows, item, data.valid_from)))


def assigned(rows: Rows, item: Recorded) -> None:
    data = item.event.data
    assert isinstance(data, waste.TagAssigned)
    row = bin_row(rows, item)
    if moves(rows, item, row.tagged_at):
        row = replace(
            row,
            tagged_at=item.moment.at,
            uid_hex=data.uid_hex,
            category=data.category or row.category,
            point=data.point or row.point,
        )
    rows.put("bin", row.subject, _placed(row, profile.of(rows, row.subject)))
    tag = rows.get("tag", data.uid_hex, Tag)
    if tag is None or moves(rows, item, tag.assigned_at):
        rows.put("tag", data.uid_hex, Tag(subject=row.subject, assigned_at=item.moment.at))


def identified(rows: Rows, item: Recorded) -> None:
    """A reader on a vehicle names itself as subject; the tag says which bin it was."""
    data = item.event.data
    assert isinstance(data, waste.BinIdentified)
    owner = rows.get("tag", data.uid_hex, Tag)
    subject = owner.subject if owner else item.event.subject
    if not subject.startswith("bin/"):
        return
    row = bin_row(rows, item, subject)
    at = item.moment.at
    if at >= row.identified_at:
        row = replace(row, identified_at=at, uid_hex=data.uid_hex)
    rows.put("bin", row.subject, row)


def _placed(row: Bin, known: Profile) -> Bin:
    """What the register says of category and point stands, whatever devices say and whenever."""
    if not known.entries:
        return row
    newest = known.entries[-1]
    stood = next((one for one in reversed(known.entries) if not one.ended), newest)
    return replace(
        row,
        category=stood.category or row.category,
        point=stood.point or row.point,
        ended=newest.ended,
    )
