"""Below which topics a replay may go."""

import pytest

from core.errors import ConfigError
from core.event import source_of
from core.events.access import Granted
from devices.registry import filters, matches
from infra.replaying.prefix import check, topic
from tests.fix_views import Said

SAID = Said()


@pytest.mark.parametrize("prefix", ["replay/monday", "replay/x-1/周一/b", "replay/$x"])
def test_one_of_its_own(prefix: str) -> None:
    assert check(prefix) == prefix


@pytest.mark.parametrize(
    "prefix",
    [
        "", "/", "replay", "replay/", "/replay", "replay//b", "replay/a b", "replay/+", "#",
        "replay/*", "replay/a>", "$SYS/x", "replay/a\tb", "replays/x", "Replay/x", "+/x",
        "site", "site/x", "Site/x", "menwei/v1", "cmd/x", "frigate", "tele/x", "stat", "esphome/x",
        "hikvision/x", "hik", "isapi/x", "v3/x", "application/1", "replay/" + "x" * 200,
    ],
)  # fmt: skip
def test_never_where_somebody_listens(prefix: str) -> None:
    with pytest.raises(ConfigError, match="--prefix"):
        check(prefix)


@pytest.mark.parametrize("device", ["door-07", "a+b", "a/b", "周一", "x#y"])
def test_a_topic_is_a_devices_below_the_prefix_and_no_devices(device: str) -> None:
    event = SAID.event(Granted(), "door/1", device=device)
    made = topic(check("replay/monday"), SAID.stands(event, 1))
    assert made.startswith("replay/monday/site/access/")
    assert made.count("/") == 4
    assert not any(matches(one, made) for one in filters())
    assert not {"+", "#"} & set(made)
    assert event.source == source_of("c01", "gw01", device)
