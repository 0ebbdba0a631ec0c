"""Which adapter owns which paths: those whose devices expect an answer that means something."""

from collections.abc import Sequence

from devices import registry
from devices.adapter import Adapter
from devices.wire import Dialog


class Dialogs:
    """The longest prefix wins. Whatever case a device writes its path in."""

    def __init__(self, adapters: Sequence[Adapter] = ()) -> None:
        """`adapters`: other ones than the registry's."""
        found = [
            (path.lower(), one, one.dialog)
            for one in adapters or registry.ADAPTERS
            if one.dialog is not None
            for path in one.dialog.paths
        ]
        self._paths = sorted(found, key=lambda row: -len(row[0]))

    def find(self, path: str) -> tuple[Adapter, Dialog] | None:
        lower = path.lower()
        for prefix, adapter, dialog in self._paths:
            if lower == prefix or lower.startswith(f"{prefix}/"):
                return adapter, dialog
        return None
