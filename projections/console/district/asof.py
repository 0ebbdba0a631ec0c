"""What was known then leads to what was known then: on a page of the past, links to the district's
pages say as of when."""

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlencode

from projections.console.nodes import Node
from projections.console.region import Item
from projections.console.screen import Draw
from projections.console.snapshots import Sight

PATH = "/district"


def keeping(draw: Draw, asof: str) -> Draw:
    """`draw`, with every link kept at `asof`."""

    def kept(sight: Sight) -> Iterable[Item]:
        for item in draw(sight):
            yield item._replace(draw=partial(_drawn, item.draw, asof))

    return kept


def _drawn(draw: Callable[[], Node], asof: str) -> Node:
    return _kept(draw(), urlencode({"asof": asof}))


def _kept(tree: Node, asof: str) -> Node:
    if isinstance(tree, str):
        return tree
    tag, attributes, *children = tree
    href = attributes.get("href", "")
    if href.startswith(PATH) and "asof=" not in href:
        attributes = {**attributes, "href": f"{href}{'&' if '?' in href else '?'}{asof}"}
    return [tag, attributes, *(_kept(child, asof) for child in children)]
