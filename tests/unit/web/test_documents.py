"""The documents that describe the API and MQTT: well formed, complete, and without the internet."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.catalog import CATALOG, Catalog
from core.event import Data
from core.speakers import of_devices
from projections.web import asyncapi
from tests.unit.web.conftest import Caller

Json = dict[str, Any]
OPEN = {"/healthz"}


def nodes(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from nodes(child)


def resolve(document: Json, reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = document
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(document: Json) -> list[str]:
    return [node["$ref"] for node in nodes(document) if isinstance(node, dict) and "$ref" in node]


@pytest.fixture
def openapi(caller: Caller) -> Json:
    found: Json = caller.json("/api/openapi.json", role=None)
    return found


def operations(openapi: Json) -> list[tuple[str, str, Json]]:
    return [
        (path, method, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]


def test_openapi_is_well_formed(openapi: Json) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert openapi["info"]["title"]
    assert openapi["info"]["version"]
    assert references(openapi)
    for reference in references(openapi):
        assert resolve(openapi, reference)
    names = [operation["operationId"] for _, _, operation in operations(openapi)]
    assert len(names) == len(set(names)) > 30
    for path, _, operation in operations(openapi):
        assert any(code.startswith("2") for code in operation["responses"])
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))
        assert all("schema" in one for one in operation.get("parameters", ()))


def test_openapi_says_what_needs_an_account(openapi: Json) -> None:
    schemes = set(openapi["components"]["securitySchemes"])
    assert schemes == {"token", "session", "gateway"}
    for path, method, operation in operations(openapi):
        asked = {name for choice in operation.get("security", ()) for name in choice}
        person = set() if path in OPEN else {"token", "session"}
        brings = method == "put" and path.startswith("/api/v1/media/")
        assert asked == ({"gateway"} if brings else person), path
        assert ("401" in operation["responses"]) is (path not in OPEN)


def test_openapi_errors_are_one_sentence(openapi: Json) -> None:
    for path, _, operation in operations(openapi):
        for code, response in operation["responses"].items():
            if code >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (path, code)


def test_stream_is_described_as_a_stream(openapi: Json) -> None:
    answer = openapi["paths"]["/api/v1/stream"]["get"]["responses"]["200"]
    assert "text/event-stream" in answer["content"]


def test_docs_ask_no_other_host(caller: Caller) -> None:
    page = caller.get("/api/docs", role=None)
    assert page.status_code == 200
    assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page.text)
    assert "cdn" not in page.text
    assert '"validatorUrl": null' in page.text
    policy = page.headers["content-security-policy"]
    assert "http" not in policy
    assert "default-src 'none'" in policy
    linked = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert len(linked) == 3
    for link in linked:
        assert not urlsplit(link).netloc
        assert caller.get(link, role=None).status_code == 200
    assert "/api/openapi.json" in page.text


def test_static_files_are_only_those(caller: Caller) -> None:
    for path in ("/api/static/../core.py", "/api/static/%2e%2e/core.py", "/api/static/"):
        assert caller.get(path, role=None).status_code == 404


@pytest.fixture
def mqtt(caller: Caller) -> Json:
    found: Json = caller.json("/api/asyncapi.json", role=None)
    return found


def test_asyncapi_refers_to_what_it_holds(mqtt: Json) -> None:
    assert mqtt["asyncapi"] == "3.0.0"
    assert len(references(mqtt)) > 50
    for reference in references(mqtt):
        assert resolve(mqtt, reference)
    for channel in mqtt["channels"].values():
        assert set(channel["parameters"]) == set(re.findall(r"{(\w+)}", channel["address"]))
        assert "bindings" not in channel, "the MQTT channel binding must be empty"
    assert mqtt["channels"]["cmd"]["address"].endswith("/{gateway}/cmd/{verb}")
    for operation in mqtt["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert operation["bindings"]["mqtt"]["qos"] in (0, 1)


def test_asyncapi_has_every_type_a_device_may_say_and_no_other(mqtt: Json) -> None:
    said = {name for name in CATALOG.types if of_devices(name)}
    assert {"access.requested.v1", "device.lost.v1", "waste.deposit.recorded.v1"} < said
    assert not said & {"alarm.acknowledged.v1", "access.conflict.found.v1", "timer.fired.v1"}
    assert set(mqtt["channels"]["device"]["messages"]) == said
    assert set(mqtt["components"]["messages"]) == said | {"batch", "receipt"}
    for name in said:
        schema = mqtt["components"]["schemas"][name]
        assert not {"native", "pii"} & set(schema["properties"])
    deposit = mqtt["components"]["schemas"]["waste.deposit.recorded.v1"]
    assert deposit["properties"]["netG"]["anyOf"][0] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 100_000_000,
    }
    assert deposit["required"] == ["category"]


def test_asyncapi_names_no_class_of_ours(mqtt: Json) -> None:
    names = set(mqtt["components"]["schemas"])
    assert {name for name in names if "." not in name} == {"CloudEvent", "Receipt", "Media"}
    assert "projections" not in json.dumps(mqtt)
    assert "core." not in json.dumps(mqtt)


def test_asyncapi_follows_the_catalogue() -> None:
    class Rung(Data, frozen=True, kw_only=True):
        TYPE = "door.rung.v1"

    class Opened(Data, frozen=True, kw_only=True):
        TYPE = "gateway.opened.v1"

    made = asyncapi.document("1", Catalog([Rung, Opened]))
    assert list(made["channels"]["device"]["messages"]) == ["door.rung.v1"]
    assert "gateway.opened.v1" not in made["components"]["schemas"]
