"""What was said of a bin, put together: its versions, and which tags it carries from when.

A word may say only a part (a sensor its geometry, a reader its tag), and one that holds from
earlier may be told later, so everything is put together anew from all words.
"""

from collections.abc import Mapping, Sequence

import msgspec

from projections.waste_district.rows.register import BinVersion, BinWord, TagVersion, TagWord

_replace = msgspec.structs.replace


def versions(key: str, words: Sequence[BinWord]) -> tuple[BinVersion, ...]:
    """Of words in their order."""
    found: list[BinVersion] = []
    before = BinVersion(ms=0, told=("", "", 0), compound=key.partition("/")[0])
    for word in words:
        if word.what != "removed":
            before = _after(before, word)
            found.append(before)
    return tuple(found)


def _after(before: BinVersion, word: BinWord) -> BinVersion:
    stands = _replace(before, ms=word.ms, told=word.told, position=word.position, id=word.id)
    match word.what:
        case "entered":
            stands = _replace(
                stands,
                ended=False,
                point=word.point,
                number=word.number,
                category=word.category,
                subcategory=word.subcategory,
                kind=word.kind,
                volume_l=word.volume_l,
                tare_g=word.tare_g,
                replaced_by="",
                swapped_ms=0,
            )
        case "profiled" | "assigned":
            stands = _replace(
                stands,
                point=word.point or stands.point,
                category=word.category or stands.category,
                volume_l=stands.volume_l if word.volume_l is None else word.volume_l,
                tare_g=stands.tare_g if word.tare_g is None else word.tare_g,
            )
        case "swapped":
            stands = _replace(stands, replaced_by=word.replaced_by, swapped_ms=word.ms)
        case _:
            stands = _replace(stands, ended=True)
    if word.empty_mm or word.full_mm:
        stands = _replace(
            stands,
            empty_mm=word.empty_mm,
            full_mm=word.full_mm,
            profile=word.profile or stands.profile + 1,
        )
    return stands


def carried(key: str, words: Sequence[BinWord]) -> Mapping[str, tuple[TagWord, ...]]:
    """By tag: from when the bin carries it and from when no longer. An entry that names another
    tag than the one before takes that one's place; one assigned by a reader comes beside it. What
    has ended carries none."""
    found: dict[str, list[TagWord]] = {}
    on: dict[str, str] = {}  # tag → tech
    entered, tech = "", "unknown"  # of the entry that holds
    ended = False
    for word in words:
        ended = word.what == "ended" or (ended and word.what != "entered")
        changes: list[tuple[str, str, bool]] = []  # tag, tech, carried
        match word.what:
            case "entered":
                if word.uid:
                    if entered in on and entered != word.uid:
                        changes.append((entered, tech, False))
                    entered, tech = word.uid, word.tech
                if entered:
                    changes.append((entered, tech, True))
            case "assigned" if word.uid and not ended:
                changes.append((word.uid, word.tech, True))
            case "removed" if word.uid:
                changes.append((word.uid, on.get(word.uid, "unknown"), False))
                if word.uid == entered:
                    entered = ""
            case "ended":
                changes += [(uid, of, False) for uid, of in on.items()]
            case _:
                pass
        for uid, of, carries in changes:
            found.setdefault(uid, []).append(_tag_word(key, word, of, on=carries))
            if carries:
                on[uid] = of
            else:
                on.pop(uid, None)
    return {uid: tuple(said) for uid, said in found.items()}


def _tag_word(key: str, word: BinWord, tech: str, *, on: bool) -> TagWord:
    return TagWord(
        ms=word.ms,
        told=word.told,
        position=word.position,
        id=word.id,
        bin=key,
        on=on,
        tech=tech,
    )


def bound(words: Sequence[TagWord]) -> tuple[TagVersion, ...]:
    """Which bins a tag is bound to, of what all of them say, in order of time. What is said of one
    moment counts together: a tag that goes from one bin to another then is never on both."""
    found: list[TagVersion] = []
    bins: tuple[str, ...] = ()
    for word in words:
        bins = tuple(one for one in bins if one != word.bin)
        if word.on:
            bins = (*bins, word.bin)
        if found and found[-1].ms == word.ms:
            found.pop()
        found.append(
            TagVersion(
                ms=word.ms,
                told=word.told,
                position=word.position,
                id=word.id,
                bin=bins[-1] if bins else "",
                bins=bins,
                tech=word.tech,
            )
        )
    return tuple(found)
