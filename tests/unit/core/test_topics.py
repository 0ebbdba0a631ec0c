import pytest

from core import topics


@pytest.mark.parametrize(
    "leaf", [topics.UP, topics.RECEIPT, topics.STATE, topics.BIRTH, topics.COMMAND]
)
def test_split_is_the_inverse_of_topic(leaf: str) -> None:
    assert topics.split(topics.topic("jinxiu", "gw-1", leaf)) == ("jinxiu", "gw-1", leaf)


def test_names_on_the_wire_are_the_documented_ones() -> None:
    assert topics.topic("c", "g", topics.UP) == "menwei/v1/c/g/up"
    assert topics.topic("c", "g", topics.COMMAND) == "menwei/v1/c/g/cmd"
    assert topics.everyone(topics.RECEIPT) == "menwei/v1/+/+/receipt"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "menwei/v1",
        "menwei/v1/c/g",
        "menwei/v1/c/g/up/more",
        "menwei/v2/c/g/up",
        "other/v1/c/g/up",
        "/menwei/v1/c/g",
    ],
)
def test_a_topic_that_is_not_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="uplink topic"):
        topics.split(name)
