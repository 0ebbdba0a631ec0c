"""XML from strangers, as plain dictionaries that `devices.fields` looks into.

No DTD, no entities, no processing beyond (reliability-bar, security checklist). Namespaces are
dropped: makers change them with the firmware, and prefixes with the wind. Attributes stand under
`@name`, the text of an element that has attributes or children under `#`, and an element that
occurs more than once is a list.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import Undecodable
from core.strictjson import MAX_BYTES, MAX_DEPTH
from devices.charset import text_of

Json = dict[str, Any]

_MOST = 20_000  # elements and attributes of one document


def looks(payload: bytes) -> bool:
    """Whether the first character is that of a document."""
    return payload[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def parse(payload: bytes) -> tuple[str, Json]:
    """Name of the root without its namespace, and what is in it. Undecodable with reason empty,
    oversized, charset, nesting, forbidden (a DTD or an entity) or malformed."""
    if len(payload) > MAX_BYTES:
        raise Undecodable("oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
    text = text_of(payload).strip()
    if not text:
        raise Undecodable("empty")
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Undecodable("malformed", f"{type(error).__name__}: not taken from devices") from error
    except ParseError as error:
        raise Undecodable("malformed", str(error)[:120]) from error
    except (LookupError, ValueError) as error:  # lone surrogates, a NUL, an encoding nobody has
        raise Undecodable("malformed", type(error).__name__) from error
    return _local(root.tag), _opened(root)


def several(record: Json, name: str) -> list[Any]:
    """Elements of that name, of which there may be none, one or more."""
    found = record.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _opened(root: Element) -> Json:
    """Without recursion: depth is the sender's choice."""
    made: Json = {}
    counted = 0
    stack: list[tuple[Element, Json, Iterator[Element]]] = [(root, made, iter(root))]
    _begin(root, made)
    while stack:
        _, into, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            continue
        counted += 1 + len(child.attrib)
        if counted > _MOST or len(stack) > MAX_DEPTH:
            raise Undecodable("nesting", f"deeper than {MAX_DEPTH} or more than {_MOST} elements")
        if len(child) or child.attrib:
            below: Json = {}
            _begin(child, below)
            _add(into, _local(child.tag), below)
            stack.append((child, below, iter(child)))
        else:
            _add(into, _local(child.tag), (child.text or "").strip())
    return made


def _begin(element: Element, into: Json) -> None:
    into.update({f"@{_local(name)}": value for name, value in element.attrib.items()})
    if said := (element.text or "").strip():
        into["#"] = said


def _add(into: Json, name: str, value: Any) -> None:
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
