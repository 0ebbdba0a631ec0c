"""A policy on its way to a gateway: magic ‖ hub key 32 ‖ Ed25519 signature 64 ‖ zstd(JSON).

The signature is over the compressed bytes and checked first, so that nothing a stranger wrote is
ever decompressed or parsed.
"""

from collections.abc import Sequence

import msgspec
import zstandard

from core.errors import Refused
from core.keys import Signer, verify
from core.policy.book import BadPolicy, Book
from core.policy.document import Policy

MAGIC = b"menwei policy 1\n"
MAX_FRAME = 1_000_000
MAX_JSON = 32_000_000
_KEY, _SIGNATURE = 32, 64
_HEAD = len(MAGIC) + _KEY + _SIGNATURE
_LEVEL = 9  # packed once, sent to every gateway
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Policy)


class PolicyRefused(Refused):
    """`reason`: forged, other-compound, older, malformed, too-large."""


def sign_document(policy: Policy, signer: Signer) -> bytes:
    """PolicyRefused for a document no gateway would take."""
    _usable(policy)
    body = _ENCODER.encode(policy)
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    frame = MAGIC + signer.public + signer.sign(MAGIC + packed) + packed
    if len(frame) > MAX_FRAME or len(body) > MAX_JSON:
        raise PolicyRefused("too-large", f"{len(frame)} bytes, cap {MAX_FRAME}")
    return frame


def open_book(frame: bytes, hub_key: bytes, compound: str, held: int = 0) -> Book:
    """The document ready to decide by; PolicyRefused with the reason. `held`: the version a gateway
    has already; an older one is refused, the same is not."""
    return _usable(read_document(frame, hub_key, compound, held))


def read_document(frame: bytes, hub_key: bytes, compound: str, held: int = 0) -> Policy:
    """What the hub once signed, also where this release would not decide by it: its salt and its
    numbers go on in the next version."""
    if len(frame) > MAX_FRAME:
        raise PolicyRefused("too-large", f"{len(frame)} bytes, cap {MAX_FRAME}")
    if len(frame) <= _HEAD or not frame.startswith(MAGIC):
        raise PolicyRefused("malformed", "not a policy document")
    packed = frame[_HEAD:]
    key = signed_by(frame)
    signature = frame[len(MAGIC) + _KEY : _HEAD]
    if key != hub_key or not verify(hub_key, signature, MAGIC + packed):
        raise PolicyRefused("forged", "not signed by the pinned hub key")
    try:
        policy = _DECODER.decode(_plain(packed))
    except (msgspec.MsgspecError, zstandard.ZstdError, ValueError, RecursionError) as error:
        raise PolicyRefused("malformed", str(error)[:200]) from error
    if policy.compound != compound:
        raise PolicyRefused("other-compound", policy.compound)
    if policy.version < held:
        raise PolicyRefused("older", f"version {policy.version}, held {held}")
    return policy


def signed_by(frame: bytes) -> bytes:
    """The key the document says it is signed by; whether it is, nobody has looked at."""
    return frame[len(MAGIC) : len(MAGIC) + _KEY]


def one_of(hub_keys: Sequence[bytes], frame: bytes) -> bytes:
    """Which of these it is to be held to: the newest where it names none of them."""
    key = signed_by(frame)
    return key if key in hub_keys else hub_keys[-1]


def _plain(packed: bytes) -> bytes:
    size = zstandard.frame_content_size(packed)
    if not 0 <= size <= MAX_JSON:
        raise PolicyRefused("too-large", f"{size} bytes unpacked, cap {MAX_JSON}")
    return zstandard.ZstdDecompressor().decompress(
        packed, max_output_size=MAX_JSON, allow_extra_data=False
    )


def _usable(policy: Policy) -> Book:
    if policy.version < 1:
        raise PolicyRefused("malformed", "versions begin with 1")
    try:
        return Book(policy)
    except BadPolicy as error:
        raise PolicyRefused("malformed", str(error)) from error
