"""Below which topics a replay may be published: below `replay/`, which no gateway takes for a
device's whatever it subscribes to, so that what is told again is never taken for what happens (I9).
"""

import re

from core.errors import ConfigError
from core.event import Recorded
from core.topics import REPLAY

# `*` and `>` are wildcards to a broker of NATS; the rest is MQTT's own.
_LEVEL = re.compile(r"[^\x00-\x20\x7f+#*>/]+")
_UNSAFE = re.compile(r"[\x00-\x20\x7f+#*>/]")
_LONGEST = 200


def check(prefix: str) -> str:
    """The prefix; ConfigError for one that a replay may not go below."""
    first, *names = prefix.split("/")
    if first != REPLAY or not names:
        raise ConfigError(
            f"--prefix {prefix!r}: elsewhere than below {REPLAY}/ devices, gateways or the hub may "
            f"be listened to, and a replay must never be taken for one. Such as {REPLAY}/monday."
        )
    if len(prefix) > _LONGEST or not all(_LEVEL.fullmatch(name) for name in names):
        raise ConfigError(
            f"--prefix {prefix!r}: levels between single slashes, without blanks and wildcards, "
            f"{_LONGEST} characters at most. Such as {REPLAY}/monday."
        )
    return prefix


def topic(prefix: str, item: Recorded) -> str:
    """As a native device of that kind would have published it, below the prefix."""
    domain = item.event.type.partition(".")[0]
    return f"{prefix}/site/{domain}/{_UNSAFE.sub('-', item.device)}"
