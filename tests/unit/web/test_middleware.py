"""What every answer carries, and what no request may be."""

from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
from fastapi import FastAPI

from core.errors import FatalError
from projections.web.middleware import MAX_BODY
from tests.unit.web.conftest import Caller

PATHS = [
    "/healthz",
    "/metrics",
    "/api/docs",
    "/api/openapi.json",
    "/api/static/swagger-ui.css",
    "/api/v1/me",
    "/api/v1/events?limit=x",
    "/api/v1/events/7/0",
    "/nowhere",
    "/broken",
]
ACKNOWLEDGE = "/api/v1/alarms/acknowledge"


def broken(app: FastAPI) -> None:
    @app.get("/broken", response_model=None)
    def route() -> NoReturn:
        raise FatalError("the disk is /dev/secret")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [None, "viewer"])
def test_every_answer_is_guarded(caller: Caller, path: str, role: None) -> None:
    broken(caller.app)
    headers = caller.get(path, role=role, client="192.0.2.1").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert not [name for name in headers if name.startswith("access-control")]


def test_answers_about_people_are_not_kept(caller: Caller) -> None:
    for path in ("/api/v1/me", "/api/v1/events", "/api/v1/nothing"):
        assert caller.get(path).headers["cache-control"] == "no-store"


def test_a_failure_tells_nothing(caller: Caller) -> None:
    broken(caller.app)
    answer = caller.get("/broken")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "The hub failed to answer; its log says why."}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", ACKNOWLEDGE, 404),  # a compound of that name: there is none
        ("DELETE", ACKNOWLEDGE, 405),
        ("POST", "/api/v1/events", 405),
        ("DELETE", "/api/v1/events/1/0", 405),
        ("PUT", "/api/v1/views/safe_community/c01", 405),
    ],
)
def test_errors_are_one_sentence(caller: Caller, method: str, path: str, status: int) -> None:
    answer = caller.ask(method, path)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)


def test_the_log_can_not_be_changed_by_any_method(caller: Caller) -> None:
    """What is not a reading is a post, which adds, or brings a picture under the hash of its
    bytes; who may add what: test_auth.py. What a gateway is told of its devices is its
    configuration, and in the log as what somebody did."""
    paths = caller.json("/api/openapi.json")["paths"]
    told = {path for path in paths if path.startswith("/api/v1/provisioning/")}
    log = {path: set(paths[path]) for path in paths if path not in told}
    assert set().union(*log.values()) == {"get", "post", "put"}
    assert [path for path in log if "put" in log[path]] == ["/api/v1/media/{sha256}"]


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b"x" * 1000


@pytest.mark.parametrize("path", [ACKNOWLEDGE, "/api/v1/nothing"])
def test_a_large_body_is_refused_by_its_length(caller: Caller, path: str) -> None:
    answer = caller.post(path, role="guard", content=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert str(MAX_BODY) in answer.json()["detail"]


def test_a_large_body_without_a_length_is_refused_where_it_gets_too_large(caller: Caller) -> None:
    answer = caller.post(
        ACKNOWLEDGE,
        role="guard",
        content=chunks(200_000),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["9" * 5000, "٣", "-1", "0x7f", ""])
def test_a_strange_length_breaks_nothing(caller: Caller, length: str) -> None:
    raw = {"Content-Length": length.encode(), "Content-Type": b"application/json"}
    answer = caller.post(ACKNOWLEDGE, role="guard", content=b"{}", headers=raw)
    assert answer.status_code in (413, 422)


def test_the_largest_body_is_read(caller: Caller) -> None:
    body = b'{"compound":"c01","alarm":"a"' + b" " * (MAX_BODY - 31) + b"}"
    answer = caller.post(
        ACKNOWLEDGE, role="guard", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 404


def test_health(caller: Caller) -> None:
    assert caller.json("/healthz", role=None) == {
        "status": "ok",
        "position": 0,
        "head": 0,
        "lag": 0,
        "signed": 0,
        "witnessed": None,
        "diverged": None,
    }
