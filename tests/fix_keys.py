"""A hub that keeps keys, over a rig without a network."""

import msgspec

from core.trust import Gateway
from infra.hub import keyring
from infra.hub.keys import HubKeys
from infra.rebuild import Place
from tests.fix_core import signer_of
from tests.fix_hub import HubRig

OLD, NEW = signer_of(70), signer_of(71)


class Keyed:
    """c01/gw01 is enrolled with OLD. `sent`: what gateways were told; `heard`: who is one."""

    def __init__(self, rig: HubRig) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.heard: list[list[str]] = []
        gateways = (Gateway(compound="c01", name="gw01", key=OLD.public.hex()),)
        place = Place(rig.folder, rig.folder / "log.db", gateways)
        trust = keyring.open_trust(place, rig.log, rig.own.key, rig.own.append, rig.clock)
        self.keys = HubKeys(
            trust,
            rig.clock,
            lambda compound, gateway, verb, _: self.sent.append((compound, gateway, verb)),
            lambda known: self.heard.append([one.name for one in known]),
        )
        rig.desk = msgspec.structs.replace(rig.desk, keys=self.keys)
