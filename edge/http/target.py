"""What a request's address means: the path is the topic, with a secret in it for devices that can
be given nothing but a URL. Pure."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from edge.http.declined import Declined

_MOST_FIELDS = 100
_SHOWN = "~"  # begins the first level of a path where that is a secret
_OURS = frozenset({"menwei", "cmd", "replay"})
NO_QUERY: Mapping[str, str] = {}


class Target(msgspec.Struct, frozen=True):
    """`path` is decoded and begins with a slash. `secret`: what it was given to show; empty: none.
    Neither that nor the query is ever logged."""

    path: str
    query: Mapping[str, str] = NO_QUERY
    secret: str = ""

    @property
    def topic(self) -> str:
        return self.path[1:]


def read(raw: bytes, most: int) -> Target:
    """Declined for what names no topic. `most`: characters of one."""
    head, _, rest = raw.partition(b"?")
    if not head.startswith(b"/"):
        _, scheme, after = head.partition(b"://")
        if not scheme:
            raise Declined(400, "path", "the address has no path")
        head = b"/" + after.partition(b"/")[2]
    query = _query(rest)
    # An address entered with its slash is sent with two by some.
    bare = head.strip(b"/")
    levels = [_level(one) for one in bare.split(b"/")] if bare else []
    secret = query.pop("key", "")
    if levels and levels[0].startswith(_SHOWN):
        secret = levels.pop(0)[len(_SHOWN) :]
    path = "/" + "/".join(levels)
    if len(path) > most:
        raise Declined(414, "path", f"a topic of more than {most} characters")
    return Target(path, query, secret)


def check_topic(topic: str) -> None:
    """Declined for a topic that only we speak on, or that is none."""
    levels = topic.split("/")
    if levels[0].startswith("$") or levels[0] in _OURS:
        raise Declined(403, "topic", "this topic is not for devices")
    if "+" in topic or "#" in topic:
        raise Declined(400, "path", "`+` and `#` are in no topic")


def _level(raw: bytes) -> str:
    try:
        level = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise Declined(400, "path", "the path is not UTF-8") from error
    if level in ("", ".", "..") or "/" in level or "\\" in level or not level.isprintable():
        raise Declined(400, "path", "an empty, relative or unprintable level in the path")
    return level


def _query(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            encoding="utf-8",
            errors="replace",
        )
    except ValueError as error:
        raise Declined(400, "query", f"more than {_MOST_FIELDS} fields in the query") from error
    return dict(pairs)
