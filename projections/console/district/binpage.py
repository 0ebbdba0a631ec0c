"""One bin: what it was entered as and when, its tags, its lifts with their evidence, its level."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from nicegui import ui

from projections.console.district import evidence, findinglist, levelline
from projections.console.district.answer import Answer, lasting
from projections.console.district.boards import Seen
from projections.console.district.drawing import drawing
from projections.console.district.findinglist import finding_items
from projections.console.district.levelline import HEIGHT, Level, level_of
from projections.console.district.times import stamp
from projections.console.district.today import compound_names
from projections.console.format import NONE, clock, mass, percent
from projections.console.frame import panel, sheet
from projections.console.links import district_href, event_href, listed, waste_href
from projections.console.nodes import Node, badge, node
from projections.console.region import Item, Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.days import day_of
from projections.waste_district.asked.bin_story import BinStory, TagHeld, bin_story
from projections.waste_district.asked.board import BinState, Told, missed, state_of
from projections.waste_district.rows.register import BinVersion


class BinFound(msgspec.Struct, frozen=True):
    story: BinStory
    told: Told | None
    state: BinState
    level: Level
    names: Mapping[str, str]  # of compounds


def found(seen: Seen, key: str) -> BinFound | None:
    story = bin_story(seen.kinds, key, seen.now_ms)
    if story is None:
        return None
    gone = any(one.bin == key for one in missed(seen.kinds, seen.today, seen.now_ms))
    told = seen.told.get(key)
    compound, _, name = key.partition("/")
    return BinFound(
        story,
        told,
        state_of(told, missed=gone, lifted=_lifted_today(story, seen)),
        level_of(seen.of_compound(compound), f"bin/{name}"),
        compound_names(seen),
    )


def _lifted_today(story: BinStory, seen: Seen) -> bool:
    return any(one.counted and day_of(one.ms) == seen.today for one in story.lifts)


def build(screen: Screen, answer: Answer[BinFound | None]) -> None:
    words = screen.words
    if answer.made is None:
        Region(fixed(node("p.waiting", words("bincard.none"))))
        return
    known = lasting(answer, answer.made)

    def story() -> BinStory:
        return known().story

    with ui.element("div").classes("columns tell"):
        with ui.element("div").classes("stack"):
            with panel(words, "bincard.title").classes("hug"):
                screen.region(
                    lambda sight: _facts(known(), sight, words, gone=answer.made is None),
                    look="binfacts",
                )
            with panel(words, "bincard.tags").classes("hug"), sheet("tables"):
                Region(fixed(_tag_heads(words)), tag="thead")
                screen.region(
                    lambda _: tag_items(story().tags, words),
                    tag="tbody",
                    empty=words("bincard.notags"),
                )
            box = panel(words, "bincard.leveltitle", words("bincard.levelnote")).classes("hug")
            with box, drawing("levels", words("bincard.leveltitle"), levelline.WIDTH, HEIGHT):
                screen.region(lambda _: levelline.items(known().level, words), tag="g")
            with panel(words, "bincard.entries", words("bincard.entriesnote")):
                screen.region(lambda _: version_items(story().versions, words), look="scrolls")
        with ui.element("div").classes("stack wide"):
            note = words("bincard.liftsnote", until=known().story.until)
            with panel(words, "bincard.lifts", note), sheet("scrolls"):
                Region(fixed(evidence.heads(words, whose=False)), tag="thead")
                screen.region(
                    lambda _: evidence.items(story().lifts, words, whose=False),
                    tag="tbody",
                    empty=words("bincard.nolifts"),
                )
            with panel(words, "finding.title").classes("lower"):
                findinglist.build(
                    screen, lambda _: finding_items(story().findings, known().names, words)
                )
    answer.follow(screen)


def _tag_heads(words: Words) -> Node:
    return node(
        "tr",
        *(node("th", words(f"bintag.{key}")) for key in ("uid", "tech")),
        *(node("th.num", words(f"bintag.{key}")) for key in ("since", "until")),
    )


def _facts(made: BinFound, sight: Sight, words: Words, *, gone: bool) -> list[Item]:
    draw = partial(_drawn, made, sight, words, gone=gone)
    return [Item("facts", (made, sight.today, gone), draw)]


def _drawn(made: BinFound, sight: Sight, words: Words, *, gone: bool) -> Node:
    story, told = made.story, made.told
    compound, _, name = story.bin.partition("/")
    now = story.now or story.versions[-1]
    kind = now.category or "unknown"
    point = story.point
    pairs = (
        (
            "compound",
            node(
                "a", f"{made.names.get(compound, '')} {compound}".strip(), href=waste_href(compound)
            ),
        ),
        (
            "point",
            " · ".join(one for one in (point.name if point else "", now.point) if one) or NONE,
        ),
        ("number", now.number or NONE),
        ("kind", " · ".join(one for one in (now.kind, _subcategory(now, words)) if one) or NONE),
        ("volume", f"{now.volume_l} L" if now.volume_l else NONE),
        ("tare", mass(now.tare_g)),
        ("profile", words("bincard.mm", n=now.profile, empty=now.empty_mm, full=now.full_mm)),
        ("level", _level(told, sight, words)),
        ("forecast", levelline.told(made.level.forecast, sight.now, words)),
        ("routes", ", ".join(story.routes) or NONE),
    )
    state = made.state if story.now else "ended"
    return node(
        "div",
        node(
            f"div.subject.{kind}",
            node("span.what", node("b", name),
                 node("span.kind", node("span.swatch"), words.named("category", kind))),
            badge(f"s-{state}.stated", "once", words.named("binstate", state)),
            badge("hot", "cross", words("bincard.gone")) if gone else None,
            node("a.slight", words("bincard.events"), href=listed(compound, subject=f"bin/{name}")),
            node("a.slight", words("bincard.onplan"), href=district_href(at=compound)),
        ),
        node("dl", *(node("div", node("dt", words(f"bincard.{key}")), node("dd", value))
                     for key, value in pairs)),
    )  # fmt: skip


def _subcategory(now: BinVersion, words: Words) -> str:
    return words.named("subcategory", now.subcategory) if now.subcategory else ""


def _level(told: Told | None, sight: Sight, words: Words) -> str:
    if told is not None and told.fault:
        return words("bincard.fault", what=words.named("sensorfault", told.fault))
    if told is None or told.fill is None:
        return NONE
    return f"{percent(told.fill)} · {clock(told.level_at, sight.now)}"


def tag_items(tags: Sequence[TagHeld], words: Words) -> list[Item]:
    return [Item(f"{one.uid} {one.since_ms}", one, partial(_tag, one, words)) for one in tags]


def _tag(one: TagHeld, words: Words) -> Node:
    until = stamp(one.until_ms) if one.until_ms else words("bintag.now")
    href = event_href(one.position, one.id) if one.position else ""
    return node(
        "tr" if not one.until_ms else "tr.over",
        node("td", node("a", node("code", one.uid), href=href)),
        node("td", words.named("tagtech", one.tech)),
        node("td.num", stamp(one.since_ms)),
        node("td.num", until),
    )


def version_items(versions: Sequence[BinVersion], words: Words) -> list[Item]:
    """The newest first, each with what it says otherwise than the one before."""
    return [
        Item(
            f"{one.ms} {one.told}",
            one,
            partial(_version, versions[at - 1] if at else None, one, words),
        )
        for at, one in reversed(list(enumerate(versions)))
    ]


def _version(before: BinVersion | None, one: BinVersion, words: Words) -> Node:
    names = ("point", "category", "volume_l", "tare_g", "profile", "empty_mm", "full_mm",
             "replaced_by", "ended")  # fmt: skip
    said = [
        f"{words(f'binword.{name}')} {_was(before, name, words)}{_shown(one, name, words)}"
        for name in names
        if getattr(one, name) != (getattr(before, name) if before else _BLANK.get(name, ""))
    ]
    return node(
        "a.found",
        node("span.num", stamp(one.ms)),
        node("b", words("bincard.since")),
        node("span", " · ".join(said) or words("bincard.same")),
        href=event_href(one.position, one.id) if one.position else "",
    )


_BLANK: dict[str, object] = {"volume_l": None, "tare_g": None, "profile": 0, "empty_mm": 0,
                             "full_mm": 0, "ended": False}  # fmt: skip

_UNITS = {"volume_l": "L", "empty_mm": "mm", "full_mm": "mm"}


def _was(before: BinVersion | None, name: str, words: Words) -> str:
    return f"{_shown(before, name, words)} → " if before else ""


def _shown(one: BinVersion, name: str, words: Words) -> str:
    value = getattr(one, name)
    if name == "category":
        return words.named("category", value or "unknown")
    if name == "tare_g":
        return mass(value)
    if name in _UNITS and value is not None:
        return f"{value} {_UNITS[name]}"
    if name == "ended":
        return words("binword.yes" if value else "binword.no")
    return str(value if value not in (None, "") else NONE)
