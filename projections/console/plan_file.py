"""A drawing somebody laid into plans/: read strictly, because whoever drew it is a stranger.

Only shapes and words pass, and of their attributes only what draws: no script, no style sheet, no
reference to anything, not even inside the drawing. What comes out is nodes, never text, and the
browser builds nothing from them that is not in its own list.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

import msgspec

from core.errors import Refused
from projections.console.nodes import Node

MAX_BYTES = 512_000
MAX_PARTS = 20_000
MAX_DEPTH = 48
_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset((
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
    "title",
))  # fmt: skip
_SILENT = frozenset(("metadata", "desc", "namedview", "title"))  # left out without a word
_GEOMETRY = re.compile(r"[-+.,%\w\s]*", re.ASCII)
_PAINT = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,32}|rgba?\([\d\s.,%]+\)")
_TRANSFORM = re.compile(  # one way only to read each blank, or a long one keeps the hub busy
    r"\s*(?:(?:matrix|translate|scale|rotate|skewX|skewY)\([-+.,\deE\s]*\)\s*(?:,\s*)?)*"
)
_SUBJECT = re.compile(r"(?:door|gate|camera|device|area|bin|point)/\S.{0,200}")
_RULES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width",
         "height", "dx", "dy", "viewBox", "opacity", "fill-opacity", "stroke-opacity",
         "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-rule",
         "font-size", "font-weight", "text-anchor", "dominant-baseline"), _GEOMETRY),
    **dict.fromkeys(("fill", "stroke"), _PAINT),
    "transform": _TRANSFORM,
}  # fmt: skip
_STYLED = frozenset(name for name in _RULES if name[0] in "fsot" and name != "transform")


class Drawing(msgspec.Struct, frozen=True):
    """`left`: parts that were not allowed and are not in it."""

    root: Node
    subjects: frozenset[str]
    left: int = 0


class _Strict(TreeBuilder):
    def doctype(self, name: str, *_: str | None) -> None:
        raise Refused("doctype", name)


def read(folder: Path, compound: str) -> Drawing | None:
    """None when there is no file. Refused when there is one that cannot be used."""
    if not compound or compound.startswith(".") or re.search(r"[/\\\x00]", compound):
        return None
    path = folder / f"{compound}.svg"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused("unreadable", str(error)) from error
    return sanitised(content)


def sanitised(content: bytes) -> Drawing:
    """Refused with reason size, encoding, doctype, malformed or not-svg."""
    if len(content) > MAX_BYTES:
        raise Refused("size", str(len(content)))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("encoding") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("doctype")
    declared = re.match(r"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""", text)
    if declared and declared[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Refused("encoding", declared[1])
    parser = XMLParser(target=_Strict())  # noqa: S314 - no document type: nothing to expand
    try:
        parser.feed(text)
        root = parser.close()
    except (ParseError, ValueError, RecursionError) as error:
        raise Refused("malformed", str(error)) from error
    if root.tag not in (f"{_SVG}svg", "svg"):
        raise Refused("not-svg", str(root.tag))
    return _drawing(root)


def _drawing(root: Element) -> Drawing:
    subjects: set[str] = set()
    left = parts = 0

    def kept(element: Element, depth: int) -> list[Any] | None:
        nonlocal left, parts
        tag = element.tag.removeprefix(_SVG)
        if tag not in _SHAPES or (tag == "svg" and depth):
            left += tag.rpartition("}")[2] not in _SILENT
            return None
        parts += 1
        if parts > MAX_PARTS or depth > MAX_DEPTH:
            raise Refused("size", "too many parts")
        attributes = _attributes(element)
        if "data-subject" in attributes:
            subjects.add(attributes["data-subject"])
        made: list[Any] = [tag, attributes]
        if tag in ("text", "tspan", "title") and element.text:
            made.append(element.text[:200])
        for child in element:
            if (inner := kept(child, depth + 1)) is not None:
                made.append(inner)
            if tag in ("text", "tspan") and child.tail:
                made.append(child.tail[:200])
        return made

    made = kept(root, 0)
    assert made is not None
    if "viewBox" not in made[1]:
        size = [_number(made[1].get(name, "")) for name in ("width", "height")]
        made[1]["viewBox"] = f"0 0 {size[0] or 1000:g} {size[1] or 600:g}"
    made[1].pop("width", None)
    made[1].pop("height", None)
    return Drawing(made, frozenset(subjects), left)


def _number(text: str) -> float:
    found = re.match(r"\d+(?:\.\d+)?", text)
    return float(found[0]) if found else 0.0


def _attributes(element: Element) -> dict[str, str]:
    made: dict[str, str] = {}
    for declaration in element.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in _STYLED:
            _keep(made, name.strip(), value.strip())
    for name, value in element.attrib.items():
        _keep(made, name, value)
    for name in ("data-subject", "id"):
        if _SUBJECT.fullmatch(subject := element.get(name, "")):
            made.setdefault("data-subject", subject)
    return made


def _keep(made: dict[str, str], name: str, value: str) -> None:
    rule = _RULES.get(name)
    if rule is not None and rule.fullmatch(value):
        made[name] = value
