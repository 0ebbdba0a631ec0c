"""Who may ask for what: every role at every route, tokens, cookies and foreign pages."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from core.events.door import Forced
from projections.web.accounts import Role
from projections.web.auth import same_origin
from tests.unit.web.conftest import Caller

READS = [
    "/api/v1/me",
    "/api/v1/compounds",
    "/api/v1/views",
    "/api/v1/views/safe_community/c01",
    "/api/v1/views/safe_community/c01?asof=1",
    "/api/v1/views/safe_community/c01/difference?asof=1",
    "/api/v1/events",
    "/api/v1/events/1/0",
    "/api/v1/refusals",
    "/api/v1/witnesses",
]
ROLES = get_args(Role)
PEOPLE = {
    *(f"/api/v1/{one}/{{compound}}" for one in ("passes", "policies", "commands", "consents")),
    *(f"/api/v1/{one}/{{compound}}" for one in ("timeline", "muster", "watchlist")),
    *(f"/api/v1/passes/{{compound}}/{{pass_id}}/{one}" for one in ("revoke", "qr.{form}")),
    "/api/v1/register/{compound}/{reference}",
}
DUTY = {
    *(f"/api/v1/alarms/{one}" for one in ("assign", "shelve", "unshelve", "clear", "reopen")),
    *(f"/api/v1/{one}/{{compound}}" for one in ("alarms", "duty", "rules")),
    *("/api/v1/duty/handover", "/api/v1/duty/takeover", "/api/v1/rules"),
}
WASTE = {
    *(f"/api/v1/waste/{one}" for one in ("balance", "findings", "routes", "league", "catchup")),
    *("/api/v1/waste/bins/{compound}/{bin}", "/api/v1/waste/trips/{vehicle}/{day}/{n}"),
    *("/api/v1/waste/ledger/{compound}/{month}", "/api/v1/waste/fiware/{model}"),
    *("/api/v1/waste/register", "/api/v1/waste/quality/{compound}"),
}
AUDIT = {
    *("/api/v1/audit/gaps", "/api/v1/audit/exports", "/api/v1/audit/exports/{name}"),
    "/api/v1/audit/exports/{name}/file",
}
MEDIA = {
    *("/api/v1/media", "/api/v1/media/fixity", "/api/v1/media/{sha256}"),
    *(f"/api/v1/media/{{sha256}}/{one}" for one in ("about", "hold", "look", "release", "remove")),
}
KEYS = {"/api/v1/keys", *(f"/api/v1/keys/{one}" for one in ("enrol", "rotate", "revoke"))}
_GATEWAY = "/api/v1/provisioning/{compound}/{gateway}"
PROVISIONING = {
    "/api/v1/provisioning",
    *(f"{_GATEWAY}/{one}" for one in ("kinds", "devices", "quarantine", "cameras")),
    *(f"{_GATEWAY}/devices/{{device}}{one}" for one in ("", "/last", "/raw")),
    *(f"{_GATEWAY}/quarantine/{one}" for one in ("{row}/raw", "again")),
    *(f"{_GATEWAY}/cameras/{{camera}}/{one}" for one in ("frame", "zones")),
}
ACKNOWLEDGE = "/api/v1/alarms/acknowledge"


@pytest.fixture
def alarm(caller: Caller) -> dict[str, Any]:
    """An open alarm, as the body that acknowledges it."""
    rig = caller.rig
    rig.add([rig.event(Forced(), "door/1")])
    rig.settle()
    (row,) = caller.json("/api/v1/views/safe_community/c01")["alarms"]
    return {"compound": "c01", "alarm": row["id"]}


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("path", READS)
def test_every_role_may_read_and_nobody_else(caller: Caller, path: str) -> None:
    assert [caller.get(path, role=role).status_code for role in ROLES] == [200] * len(ROLES)
    unknown = caller.get(path, role=None)
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"] == 'Bearer realm="menwei"'
    assert list(unknown.json()) == ["detail"]


def test_the_routes_above_are_all_routes(caller: Caller) -> None:
    """A new route must be put into the matrix."""
    paths = caller.json("/api/openapi.json")["paths"]
    known = {"/healthz", ACKNOWLEDGE, "/api/v1/stream"}
    known |= {path.partition("?")[0] for path in READS if path.count("/") < 4}
    known |= {"/api/v1/views/{view}/{compound}", "/api/v1/events/{position}/{index}"}
    known |= {"/api/v1/views/{view}/{compound}/difference"}
    known |= {"/api/v1/history/{rollup}/{compound}"}  # its roles: test_history.py
    known |= {"/api/v1/replay/{compound}"}  # its roles: test_replay_routes.py
    known |= PEOPLE  # their roles: test_people_routes.py
    known |= DUTY  # their roles: test_acts.py, test_duty_routes.py, test_rules_routes.py
    known |= {"/api/v1/proof/{position}", "/api/v1/proof/consistency"}  # test_tlog_routes.py
    known |= AUDIT  # their roles: test_export_routes.py
    known |= MEDIA  # their roles: test_media_routes.py, test_fixity.py
    known |= WASTE  # their roles: test_{waste,ledger,register}_routes.py
    known |= PROVISIONING  # their roles: test_provisioning_routes.py
    known |= KEYS  # their roles: test_key_routes.py
    assert set(paths) == known


@pytest.mark.parametrize(("role", "status"), [("guard", 201), ("admin", 201)])
def test_who_acts_may_acknowledge(
    caller: Caller, alarm: dict[str, Any], role: Role, status: int
) -> None:
    assert caller.post(ACKNOWLEDGE, role=role, json=alarm).status_code == status


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_only_looks_may_not(caller: Caller, alarm: dict[str, Any], role: Role) -> None:
    head = caller.rig.log.head()
    answer = caller.post(ACKNOWLEDGE, role=role, json=alarm)
    assert answer.status_code == 403
    assert role in answer.json()["detail"]
    assert caller.post(ACKNOWLEDGE, role=None, json=alarm).status_code == 401
    assert caller.rig.log.head() == head


def test_stream_needs_an_account(caller: Caller) -> None:
    assert caller.get("/api/v1/stream", role=None).status_code == 401


@pytest.mark.parametrize(
    "path", ["/healthz", "/api/docs", "/api/openapi.json", "/api/asyncapi.json"]
)
def test_open_routes(caller: Caller, path: str) -> None:
    assert caller.get(path, role=None, client="192.0.2.7").status_code == 200


def test_a_session_cookie_reads_until_it_is_signed_out(caller: Caller) -> None:
    cookie = caller.session("wang", "guard")
    assert caller.get("/api/v1/me", role=None, headers=cookie).json() == {
        "name": "wang",
        "role": "guard",
        "acts": True,
    }
    caller.rig.accounts.sign_out(cookie["Cookie"].partition("=")[2])
    assert caller.get("/api/v1/me", role=None, headers=cookie).status_code == 401


def test_a_wrong_token_does_not_fall_back_to_the_cookie(caller: Caller) -> None:
    both = {**caller.session("wang", "guard"), "Authorization": "Bearer nonsense"}
    answer = caller.get("/api/v1/me", role=None, headers=both)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


def test_tokens_and_sessions_are_not_each_other(caller: Caller) -> None:
    session = caller.session("wang", "guard")["Cookie"].partition("=")[2]
    token = caller.token("admin")
    as_token = {"Authorization": f"Bearer {session}"}
    as_cookie = {"Cookie": f"menwei_session={token}"}
    assert caller.get("/api/v1/me", role=None, headers=as_token).status_code == 401
    assert caller.get("/api/v1/me", role=None, headers=as_cookie).status_code == 401


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", "Basic Zm9vOmJhcg==", "Bearer \xff", "x"])
def test_malformed_credentials(caller: Caller, given: str) -> None:
    sent = {"Authorization": given}
    raw = {key: value.encode("latin-1") for key, value in sent.items()}
    assert caller.get("/api/v1/me", role=None, headers=raw).status_code == 401


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://hub.test"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://hub.test"}, True),
        ({"origin": "https://hub.test"}, True),
        ({"origin": "http://hub.test:8080"}, False),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "http://hub.test.evil.test"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://[hub.test"}, False),
        ({}, False),
    ],
)
def test_same_origin(headers: Mapping[str, str], expected: bool) -> None:
    assert same_origin({"host": "hub.test", **headers}) is expected


def test_without_a_host_nothing_is_same_origin() -> None:
    assert not same_origin({"origin": "null"})


def test_a_cookie_acts_only_from_our_own_pages(caller: Caller, alarm: dict[str, Any]) -> None:
    cookie = caller.session("wang", "guard")
    foreign = {**cookie, "Origin": "http://evil.test", "Sec-Fetch-Site": "cross-site"}
    for headers in (cookie, foreign):
        answer = caller.post(ACKNOWLEDGE, role=None, headers=headers, json=alarm)
        assert answer.status_code == 403, answer.text
    own = {**cookie, "Sec-Fetch-Site": "same-origin"}
    assert caller.post(ACKNOWLEDGE, role=None, headers=own, json=alarm).status_code == 201
    # Reading from elsewhere is the browser's to refuse: no answer carries a CORS header.
    answer = caller.get("/api/v1/me", role=None, headers=foreign)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_token_needs_no_origin(caller: Caller, alarm: dict[str, Any]) -> None:
    foreign = {"Origin": "http://evil.test", "Sec-Fetch-Site": "cross-site"}
    answer = caller.post(ACKNOWLEDGE, role="guard", headers=foreign, json=alarm)
    assert answer.status_code == 201
