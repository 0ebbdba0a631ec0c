"""What the programs that people open a CSV with make of its cells."""

# A cell that begins so is run as a formula; where Chinese is typed, by the full-width forms too.
_ACTIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """What would be run as a formula is shown as the text it is."""
    return f"'{text}" if text.startswith(_ACTIVE) else text
