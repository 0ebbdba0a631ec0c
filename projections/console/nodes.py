"""What the browser builds, as plain lists: [tag, attributes, *children].

No HTML is written anywhere: a string becomes a text node, so nothing a device sends can
become markup. `region.js` is the other half.
"""

from collections.abc import Mapping
from typing import Any

Node = str | list[Any]


def node(
    tag: str, *children: Node | None, vars: Mapping[str, str] | None = None, **attributes: str
) -> Node:
    """`tag` may carry classes (`div.tile.open`); `_` in attribute names is `-`; empty
    attributes and None children are left out. `vars` become CSS custom properties."""
    name, _, classes = tag.partition(".")
    built: dict[str, Any] = {key.replace("_", "-"): value for key, value in attributes.items()}
    built = {key: value for key, value in built.items() if value != ""}
    if classes:
        built["class"] = classes.replace(".", " ")
    if vars:
        built["vars"] = dict(vars)
    return [name, built, *(child for child in children if child is not None)]


def icon(name: str) -> Node:
    """A shape drawn by the style sheet; the word beside it says the same."""
    return ["i", {"class": f"ic ic-{name}", "aria-hidden": "true"}]


def badge(look: str, shape: str, word: str) -> Node:
    """A state: colour, shape and word together, never colour alone."""
    return node(f"span.badge.{look}", icon(shape), word)
