"""What a vehicle is called on screens, and where its name leads."""

from projections.console.links import listed
from projections.console.nodes import Node, node
from projections.console.texts import Words
from projections.waste_district.register.plates import UNREGISTERED


def shown(key: str, words: Words) -> str:
    """A vehicle's key, or one that has it in it, with a word for who is in no register."""
    return UNREGISTERED.sub(lambda found: words("vehicle.unregistered", n=found[1]), key)


def leading(key: str, words: Words) -> Node:
    """To what it told. Of one in no register the log knows nothing by that name."""
    if UNREGISTERED.fullmatch(key):
        return node("span", shown(key, words))
    return node("a", key, href=listed("", subject=f"vehicle/{key}"))
