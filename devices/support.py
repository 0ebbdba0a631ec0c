"""What is supported, read from the registry: by kind, device, event and direction, and how each
kind is set up, from its README."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from devices.adapter import Adapter, Known
from devices.registry import ADAPTERS
from devices.wire import Support

_STEP = re.compile(r"^[0-9]+\. +(.+)$", re.MULTILINE)
_HEAD = re.compile(r"^# +(.+)$", re.MULTILINE)
_CHINESE = re.compile(r"^## 配置\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^[^\s0-9#|].*$", re.MULTILINE)
_OPTIONS = re.compile(r"\bOptions: (.+?)(?:\.\s|\.?$)", re.MULTILINE)
_OPTIONS_ZH = re.compile(r"^选项：(.+)$", re.MULTILINE)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """`steps`: how the real device is set up, as its README says. `fields`: what the installer may
    tell of one, those that the README speaks of first. `ways`: how it may talk to us. `asks`: the
    gateway can ask it, with `options`. `…_zh`: the same in Chinese, empty where the README has no
    section `配置`."""

    name: str
    title: str
    topics: tuple[str, ...]
    ways: tuple[str, ...]
    steps: tuple[str, ...]
    fields: tuple[str, ...]
    support: tuple[Support, ...]
    asks: bool = False
    options: str = ""
    title_zh: str = ""
    steps_zh: tuple[str, ...] = ()
    options_zh: str = ""


def kinds(adapters: Sequence[Adapter] = ADAPTERS) -> list[Kind]:
    return [_kind(one) for one in adapters]


def _kind(adapter: Adapter) -> Kind:
    whole = readme(adapter)
    section = _CHINESE.search(whole)
    chinese = section[1] if section else ""
    told = _CHINESE.sub("", whole)
    steps = tuple(_STEP.findall(told))
    head = _HEAD.search(told)
    every = [one.name for one in msgspec.structs.fields(Known)]
    usual = [name for name in every if any(f"{name} =" in step for step in steps)]
    ways = [*(("MQTT",) if adapter.filters else ()), *(("HTTP push",) if adapter.dialog else ())]
    ways += ["HTTP pull"] if adapter.follow else []
    ways += [one.upper() for one in adapter.converse.transports] if adapter.converse else []
    return Kind(
        name=adapter.name,
        title=head[1] if head else adapter.name,
        topics=adapter.filters,
        ways=tuple(ways),
        steps=steps,
        fields=(*usual, *(name for name in every if name not in usual)),
        support=adapter.support,
        asks=adapter.follow is not None,
        options=_first(_OPTIONS, told) if adapter.follow is not None else "",
        title_zh=_title(chinese),
        steps_zh=tuple(_STEP.findall(chinese)),
        options_zh=_first(_OPTIONS_ZH, chinese),
    )


def _title(section: str) -> str:
    found = _LINE.search(section)
    return found[0].rstrip("。") if found else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return str(found[1]) if found else ""


def readme(adapter: Adapter) -> str:
    """Of the folder that the adapter's decoder stands in; empty where there is none."""
    file = sys.modules[adapter.decode.__module__].__file__
    path = Path(file).with_name("README.md") if file else None
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else ""


def rows(found: Sequence[Kind]) -> list[tuple[str, ...]]:
    """(kind, device, by, direction, events, gaps filled by, tested with), as people read them."""
    return [
        (kind.name, one.device, one.by, one.direction, ", ".join(one.events),
         one.backfill or "–", one.tested)
        for kind in found
        for one in kind.support
    ]  # fmt: skip


HEADS = ("kind", "device", "by", "direction", "events", "gaps filled by", "tested with")


def markdown(found: Sequence[Kind]) -> str:
    """docs/devices.md."""
    lines = [
        "# Devices",
        "",
        "What is supported, by kind, device, event and direction. Made from the registry by "
        "`menwei devices --markdown`; a test holds it current.",
        "",
        "Direction `in`: the device tells us; `out`: we tell it; `both`. Tested with `sample`: "
        "bytes as such a device sends them; `description`: made after the maker's description; "
        "`device`: a device in hand.",
        "",
        _line(HEADS),
        _line(["---"] * len(HEADS)),
    ]
    lines += [_line([f"`{row[0]}`", *row[1:]]) for row in rows(found)]
    for kind in found:
        lines += ["", f"## {kind.title}", ""]
        lines.append(f"Kind `{kind.name}`, by {', '.join(kind.ways) or 'file'}.")
        if kind.topics:
            lines += ["", "Topics: " + ", ".join(f"`{one}`" for one in kind.topics) + "."]
        lines.append("")
        lines += [f"{number}. {step}" for number, step in enumerate(kind.steps, 1)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
