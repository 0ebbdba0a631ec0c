"""What a gateway says of the hub's tree in its state message: what it knows, signed, and how far
its own batches are proven to it. Both sides read this one form."""

from collections.abc import Mapping

import msgspec

from core.tlog.head import TreeHead
from core.tlog.lines import encoded


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`size` 0: it was never shown a checkpoint. `proven` names the journals it writes (UUID hex)
    and of each the newest batch that was shown to stand in the log."""

    size: int = 0
    root: str = ""  # base64
    cosignature: str = ""  # over that checkpoint, a line of a signed note
    proven: Mapping[str, int] = {}
    refused: str = ""  # why nothing is believed any more


def standing(
    head: TreeHead | None, cosignature: str, proven: Mapping[str, int], refused: str
) -> Standing:
    return Standing(
        size=head.size if head else 0,
        root=encoded(head.root) if head else "",
        cosignature=cosignature,
        proven=proven,
        refused=refused,
    )


def witness_name(compound: str, gateway: str) -> str:
    """Under which a gateway cosigns."""
    return f"{compound}/{gateway}"
