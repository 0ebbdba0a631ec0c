"""What a vehicle is called on screens."""

from projections.console.texts import Words
from projections.waste_district.register.plates import UNREGISTERED


def shown(key: str, words: Words) -> str:
    """A vehicle's key, or one that has it in it, with a word for who is in no register."""
    return UNREGISTERED.sub(lambda found: words("vehicle.unregistered", n=found[1]), key)
