"""The catalogue as JSON Schema, for whoever reads events without us."""

from typing import Any

import msgspec

from core.catalog import Catalog

_REF = "#/$defs/{name}"


def schema(catalog: Catalog) -> dict[str, Any]:
    """An event's `data` by its `type`; definitions beside, under `$defs`."""
    types = dict(sorted(catalog.types.items()))
    found, definitions = msgspec.json.schema_components(types.values(), ref_template=_REF)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Menwei: data of an event, by its type",
        "types": dict(zip(types, found, strict=True)),
        "$defs": definitions,
    }
