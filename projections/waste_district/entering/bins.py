"""What is said of a bin into its rows: what it is, where it stands, which tags it carries."""

from collections import Counter
from collections.abc import Collection

import msgspec

from core.event import Recorded
from core.events import register, waste
from projections.view import Rows
from projections.waste_district.entering import again, edition
from projections.waste_district.register import words
from projections.waste_district.register.names import enlist
from projections.waste_district.register.versions import beside, order, stamp
from projections.waste_district.rows.register import Bin, BinWord, Tag, TagWord

TOLD = 200  # words of a kind that devices say of one bin, as many are kept

_replace = msgspec.structs.replace


def entered(rows: Rows, item: Recorded, _: str, name: str) -> Collection[str] | None:
    data = item.event.data
    assert isinstance(data, register.BinEntered)
    word = BinWord(
        what="entered",
        **stamp(item, data.valid_from),
        point=data.point,
        number=data.number,
        category=data.category or "",
        subcategory=data.subcategory,
        kind=data.kind,
        volume_l=data.volume_l,
        tare_g=data.tare_g,
        empty_mm=data.empty_mm,
        full_mm=data.full_mm,
        profile=data.profile,
        uid=data.uid_hex,
        tech=data.tech,
    )
    return _said(rows, f"{data.compound}/{name}", word)


def told(rows: Rows, item: Recorded, kind: str, name: str) -> Collection[str] | None:
    """By who stands beside the bin: its compound is that of the gateway."""
    word = _word(item)
    if kind != "bin" or word is None:
        return None
    return _said(rows, f"{item.compound}/{name}", word)


def _word(item: Recorded) -> BinWord | None:
    match item.event.data:
        case waste.BinProfiled() as data:
            return BinWord(
                what="profiled",
                **stamp(item, data.valid_from),
                point=data.point,
                category=data.category or "",
                volume_l=data.volume_l,
                tare_g=data.tare_g,
                empty_mm=data.empty_mm,
                full_mm=data.full_mm,
                profile=data.profile,
            )
        case waste.TagAssigned() as data:
            return BinWord(
                what="assigned",
                **stamp(item, data.valid_from),
                point=data.point,
                category=data.category or "",
                uid=data.uid_hex,
                tech=data.tech,
            )
        case waste.TagRemoved() as data:
            return BinWord(what="removed", **stamp(item, data.valid_from), uid=data.uid_hex)
        case waste.BinSwapped() as data:
            other = data.replaced_by.removeprefix("bin/")
            if not other or other.endswith("/"):
                return None  # by nothing: the bin stands where it stood
            key = other if "/" in other else f"{item.compound}/{other}"
            return BinWord(what="swapped", **stamp(item, data.valid_from), replaced_by=key)
        case waste.BinScrapped() as data:
            return BinWord(what="ended", **stamp(item, data.valid_from))
        case register.EntryEnded() as data:
            return BinWord(what="ended", **stamp(item, data.valid_from))
        case _:
            return None


def _said(rows: Rows, key: str, word: BinWord) -> Collection[str] | None:
    if word.point:
        enlist(rows, "at", word.point, key)
    if word.replaced_by:
        _instead(rows, word.replaced_by, key)
    row = rows.get("bin", key, Bin) or Bin()
    said = _kept(beside(row.words, word))
    uids = tuple(sorted({*row.uids, word.uid} - {""}))
    if (said, uids) == (row.words, row.uids):
        return None
    versions = words.versions(key, said)
    if versions:
        enlist(rows, "named", key.partition("/")[2], key)
    edition.put(rows, "bin", key, _replace(row, versions=versions, uids=uids, words=said))
    carried = words.carried(key, said)
    for uid in uids:
        _bind(rows, uid, key, carried.get(uid, ()))
    return again.of_bins(rows, (key,), word.ms)


def _kept(said: tuple[BinWord, ...]) -> tuple[BinWord, ...]:
    """All that people entered, and of each thing that devices told the newest: a reader that
    repeats itself all day fills no row, and takes no swap away. Which those are does not depend on
    the order in which they came."""
    if len(said) <= TOLD:
        return said
    spare = Counter(one.what for one in said)
    spare.subtract(dict.fromkeys(spare, TOLD))
    kept: list[BinWord] = []
    for one in said:
        if one.what == "entered" or spare[one.what] <= 0:
            kept.append(one)
        spare[one.what] -= 1
    return tuple(kept)


def _instead(rows: Rows, key: str, of: str) -> None:
    row = rows.get("bin", key, Bin) or Bin()
    if of not in row.instead:
        rows.put("bin", key, _replace(row, instead=tuple(sorted((*row.instead, of)))))


def _bind(rows: Rows, uid: str, key: str, said: tuple[TagWord, ...]) -> None:
    """What the bin says of the tag in the place of what it said before."""
    row = rows.get("tag", uid, Tag) or Tag()
    others = (one for one in row.words if one.bin != key)
    whole = tuple(sorted((*others, *said), key=order))
    if not whole and not row.readers:
        rows.drop("tag", uid)  # nobody says anything of it any more
    elif whole != row.words:
        rows.put("tag", uid, _replace(row, words=whole, versions=words.bound(whole)))
