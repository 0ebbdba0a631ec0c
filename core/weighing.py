"""What was weighed, of a full and an empty reading. Grams; None: not known."""


def net(told: int | None, gross: int | None, tare: int | None) -> int | None:
    """As told, else gross without tare; None when that is not known or can not be."""
    if told is not None or gross is None or tare is None:
        return told
    return gross - tare if gross >= tare else None


def impossible(told: int | None, gross: int | None, tare: int | None) -> bool:
    """The empty bin is said to weigh more than the full one, and no net was told."""
    return told is None and gross is not None and tare is not None and tare > gross
