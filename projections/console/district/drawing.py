"""A place for a drawing in a page: what stands in it are rows like any others, drawn as SVG."""

from nicegui import ui


def drawing(look: str, label: str, width: float, height: float) -> ui.element:
    """Use as a context manager, with regions of tag `g` inside."""
    made = ui.element("svg").classes(look)
    made.props["viewBox"] = f"0 0 {width:g} {height:g}"
    made.props["role"] = "group"
    made.props["aria-label"] = label
    return made
