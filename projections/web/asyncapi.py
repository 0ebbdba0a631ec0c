"""The MQTT side as an AsyncAPI 3 document, made from the catalogue so that it can not drift."""

from collections.abc import Iterable
from typing import Any

import msgspec

from core import topics
from core.catalog import CATALOG, Catalog
from core.codec import MAX_EVENT
from core.event import Data, Event
from core.receipt import Receipt
from core.speakers import of_devices

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
_GATEWAYS_OWN = ("native", "pii")  # the gateway fills these in; a device's are not read
_NAMES = {
    "compound": "The compound (小区).",
    "gateway": "The gateway.",
    "device": "The device.",
    "verb": "What it is: `policy`, `hub-keys`, `open`, `mode`, `release` or `reset`.",
}
_QOS_0, _QOS_1 = {"mqtt": {"qos": 0}}, {"mqtt": {"qos": 1}}
_LEAVES = {
    topics.UP: "Signed batches of events, one binary frame a message; see docs/batch-format.md.",
    topics.RECEIPT: "The hub's signed word that batches are durable, or stand in its log.",
    topics.STATE: "Retained, and the gateway's last will: is its uplink up.",
    topics.BIRTH: "Retained: what the gateway is and what it runs.",
    topics.COMMAND: "From the hub to the gateway, signed: the policy and the hub's "
    "handovers of its key, both retained, and orders.",
}


def document(version: str, catalog: Catalog = CATALOG) -> Json:
    types = {name: cls for name, cls in sorted(catalog.types.items()) if of_devices(name)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Menwei over MQTT",
            "version": version,
            "description": "What devices say to a gateway, and gateways to the hub. Seen from "
            "Menwei's side: `receive` is what it is told, `send` what it says.",
        },
        "defaultContentType": "application/json",
        "channels": {"device": _device_channel(types), **_uplink_channels()},
        "operations": _operations(),
        "components": {"messages": _messages(types), "schemas": _schemas(types)},
    }


def _device_channel(types: Iterable[str]) -> Json:
    return {
        "address": "site/{domain}/{device}",
        "description": "Native devices, on the gateway's own broker. Vendors' devices keep "
        "their own topics.",
        "parameters": {
            "domain": {"description": "First part of the type, e.g. `access`."},
            "device": {"description": _NAMES["device"]},
        },
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
    }


def _uplink_channels() -> Json:
    channels: Json = {}
    for leaf, text in _LEAVES.items():
        tail = f"{leaf}/{{verb}}" if leaf == topics.COMMAND else leaf
        address = topics.topic("{compound}", "{gateway}", tail)
        named = {name: {"description": what} for name, what in _NAMES.items() if name in address}
        channels[leaf] = {"address": address, "description": text, "parameters": named}
    for leaf, message in ((topics.UP, "batch"), (topics.RECEIPT, "receipt")):
        channels[leaf]["messages"] = {message: {"$ref": f"#/components/messages/{message}"}}
    return channels


def _operations() -> Json:
    def operation(action: str, channel: str, bindings: Json, **more: Any) -> Json:
        ref = {"$ref": f"#/channels/{channel}"}
        return {"action": action, "channel": ref, "bindings": bindings, **more}

    reply = {"channel": {"$ref": f"#/channels/{topics.RECEIPT}"}}
    return {
        "takeDeviceEvent": operation(
            "receive",
            "device",
            _QOS_1,
            summary="Durable before it is acknowledged (PUBACK).",
        ),
        "takeBatch": operation(
            "receive",
            topics.UP,
            _QOS_0,
            summary="Sent again until its receipt comes; a batch is stored once.",
            reply=reply,
        ),
        "sendReceipt": operation("send", topics.RECEIPT, _QOS_0),
    }


def _messages(types: dict[str, type[Data]]) -> Json:
    messages: Json = {
        name: {
            "name": name,
            "contentType": "application/cloudevents+json",
            **({"summary": " ".join(cls.__doc__.split())} if cls.__doc__ else {}),
            "payload": {
                "allOf": [
                    {"$ref": _REF.format(name="CloudEvent")},
                    {
                        "type": "object",
                        "properties": {
                            "type": {"const": name},
                            "data": {"$ref": _REF.format(name=name)},
                        },
                    },
                ]
            },
        }
        for name, cls in types.items()
    }
    messages["batch"] = {"name": "batch", "contentType": "application/octet-stream"}
    messages["receipt"] = {"name": "receipt", "payload": {"$ref": _REF.format(name="Receipt")}}
    return messages


def _schemas(types: dict[str, type[Data]]) -> Json:
    """Keyed by type name: a class name is nobody's business outside."""
    schemas: Json = {}
    for name, cls in types.items():
        _, found = msgspec.json.schema_components([cls], ref_template=_REF)
        own = found.pop(cls.__name__)
        own["title"] = name
        for field in _GATEWAYS_OWN:
            own["properties"].pop(field, None)
        schemas |= {key: value for key, value in found.items() if key != "Sealed"}
        schemas[name] = own
    _, receipt = msgspec.json.schema_components([Receipt], ref_template=_REF)
    return {**schemas, **receipt, "CloudEvent": _cloudevent()}


def _cloudevent() -> Json:
    """The envelope as a device sends it. Without `time`, the gateway's own is taken."""
    _, found = msgspec.json.schema_components([Event], ref_template=_REF)
    properties = {
        key: value
        for key, value in found["Event"]["properties"].items()
        if key not in ("data", "recordedtime", "timequality")
    }
    return {
        "title": "CloudEvent",
        "description": f"CloudEvents 1.0, structured JSON; recorded at most {MAX_EVENT} bytes.",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            **properties,
            "time": {"type": "string", "format": "date-time"},
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "source", "type"],
    }
