"""/api/v1: passes, policies, orders and consents: what people decide about people."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.clock import rfc3339
from core.command import Verb
from core.event import Data
from core.events.subject import ConsentGiven, ConsentWithdrawn
from projections.safe_community.view import SAFE_COMMUNITY
from projections.web import compounds
from projections.web.accounts import Account
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED, clean
from projections.web.auth import Actor, Hub
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.lookups import REFERENCE
from projections.web.people import PassWish, People, Picture, Unfit, Wish
from projections.web.rights import Admin
from projections.web.staff import Staff

router = APIRouter(
    prefix="/api/v1",
    responses={
        **REFUSED,
        **{code: {"model": Problem} for code in (404, 409, 413, 429, 503)},
    },
)

_PassId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
_Door = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
_Line = Annotated[str, Field(max_length=100), AfterValidator(clean)]
_Why = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean)]
_Stamp = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPass(_Body):
    """Times are RFC 3339 with offset. Name, phone, plate and host are sealed into the log."""

    valid_from: _Stamp = Field(alias="validFrom")
    valid_to: _Stamp = Field(alias="validTo")
    doors: list[_Door] = Field(default=[], max_length=16)
    uses: int = Field(default=1, ge=1, le=1000)
    host: _Line = ""
    plate: _Line = ""
    name: _Line = ""
    phone: _Line = ""


class Why(_Body):
    reason: _Why


class Order(_Body):
    """`open` a door, `release` a screening hold (args measured, outcome), `reset` anti-passback
    (args ref or area), set a door's `mode` (args mode)."""

    verb: Verb
    target: Annotated[str, Field(pattern=r"^[a-z]{1,32}/[A-Za-z0-9_.\-]{1,64}$")]
    args: dict[Annotated[str, Field(pattern="^[a-z_]{1,32}$")], _Line] = Field(
        default={}, max_length=8
    )
    reason: _Why
    gateway: Annotated[str, Field(max_length=64)] = ""


class Consent(_Body):
    """To be asked after when there was no passage for `hours`: only who wants it."""

    subject: Annotated[str, Field(pattern=REFERENCE)] | None = None
    person: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean)] | None = None
    given: bool
    purpose: Literal["care"] = "care"
    basis: Annotated[str, Field(max_length=64), AfterValidator(clean)] = "consent"
    evidence: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:\-]{0,64}$")] = ""
    hours: float = Field(default=24.0, ge=1, le=24 * 30)


class PassBody(BaseModel):
    """`text` is what the QR code says: who holds it may pass."""

    passId: str  # noqa: N815 - as rows and events write it
    text: str
    position: int


class Passes(BaseModel):
    compound: str
    position: int
    passes: list[dict[str, Any]]


class At(BaseModel):
    compound: str
    position: int


class OrderBody(BaseModel):
    id: str
    gateway: str
    until: str
    position: int


class PolicyBody(BaseModel):
    compound: str
    version: int
    sha256: str
    issued: str
    position: int
    warnings: list[str]
    differences: list[str]
    counts: dict[str, int]
    gateways: list[str]


class PolicyState(BaseModel):
    """`held`: gateway → version it decides by, by its own word; `refused`: why not the newest."""

    compound: str
    newest: PolicyBody | None
    held: dict[str, int]
    refused: dict[str, str]


@router.get("/passes/{compound}", response_model=Passes)
def passes(desk: Hub, _: Actor, compound: str) -> Response:
    """Without names: those are in the look-up of a pass's host or visitor."""
    compounds.known(desk, compound)
    position, rows = desk.runner.rows(SAFE_COMMUNITY.name, compound)
    found = [msgspec.to_builtins(row) for _, row in sorted(rows.get("pass", {}).items())]
    return answer({"compound": compound, "position": position, "passes": found})


@router.post("/passes/{compound}", status_code=201, response_model=PassBody)
def issue(desk: Hub, account: Actor, staff: Staff, compound: str, wish: NewPass) -> Response:
    compounds.known(desk, compound)
    staff.allowance.take("pass", account)
    made = staff.people.issue(
        compound,
        account,
        PassWish(**{**wish.model_dump(), "doors": tuple(wish.doors)}),
    )
    return answer(made, 201)


@router.post("/passes/{compound}/{pass_id}/revoke", response_model=At)
def revoke(
    desk: Hub, account: Actor, staff: Staff, compound: str, pass_id: _PassId, why: Why
) -> Response:
    """Every gateway is told at once; one that is offline refuses it from when it hears."""
    compounds.known(desk, compound)
    staff.allowance.take("pass", account)
    position = staff.people.revoke(compound, account, pass_id, why.reason)
    return answer({"compound": compound, "position": position})


@router.get(
    "/passes/{compound}/{pass_id}/qr.{form}",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}}},
)
def code(
    desk: Hub, _: Actor, staff: Staff, compound: str, pass_id: _PassId, form: Picture
) -> Response:
    """To print or to send: whoever shows it may pass, as often as it says."""
    compounds.known(desk, compound)
    picture = staff.people.picture(staff.people.code(compound, pass_id), form)
    kind = "image/svg+xml" if form == "svg" else "image/png"
    return Response(picture, media_type=kind)


@router.get("/policies/{compound}", response_model=PolicyState)
def policy(desk: Hub, account: Admin, staff: Staff, compound: str) -> Response:
    compounds.known(desk, compound)
    staff.allowance.take("policy", account)
    _, rows = desk.runner.rows(SAFE_COMMUNITY.name, compound)
    book: Mapping[str, Any] = msgspec.to_builtins(rows.get("policy", {}).get("policy")) or {}
    return answer(
        {
            "compound": compound,
            "newest": staff.people.policy(compound),
            "held": book.get("gateways", {}),
            "refused": book.get("refused", {}),
        }
    )


@router.post(
    "/policies/{compound}",
    response_model=PolicyBody,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/toml": {"schema": {}}}}
    },
)
async def publish(
    desk: Hub,
    account: Admin,
    staff: Staff,
    request: Request,
    compound: str,
    dry_run: Annotated[bool, Query()] = False,
) -> Response:
    """The TOML source as the body. With `dry_run` nothing happens but the check. A 422 has, beside
    `detail`, every mistake in `errors`."""
    compounds.known(desk, compound)
    staff.allowance.take("policy", account)
    try:
        source = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise Unfit("the policy is not UTF-8 text") from error
    return answer(
        await run_in_threadpool(staff.people.publish, compound, account, source, dry_run=dry_run)
    )


@router.post("/commands/{compound}", status_code=202, response_model=OrderBody)
def command(desk: Hub, account: Actor, staff: Staff, compound: str, wish: Order) -> Response:
    """On record, then on its way; the gateway's answer is the event `command.done.v1`."""
    compounds.known(desk, compound)
    staff.allowance.take("command", account)
    return answer(staff.people.order(compound, account, Wish(**wish.model_dump())), 202)


@router.post("/consents/{compound}", status_code=201, response_model=At)
def consent(desk: Hub, account: Admin, staff: Staff, compound: str, wish: Consent) -> Response:
    """Given or withdrawn, on record."""
    compounds.known(desk, compound)
    staff.allowance.take("consent", account)
    position = _consent(desk, staff.people, account, compound, wish)
    return answer({"compound": compound, "position": position}, 201)


def _consent(desk: Desk, people: People, account: Account, compound: str, wish: Consent) -> int:
    if (wish.subject is None) == (wish.person is None):
        raise Unfit("give either subject or person")
    if wish.person is not None:
        found = people.references(compound, "person", wish.person)
    else:
        assert wish.subject is not None
        found = (wish.subject,)
    known = people.names(compound, found)
    if not known:
        raise Unfit("the policy knows nobody by this name or reference")
    if len(known) > 1:
        raise Unfit("the policy knows several people by this name; give their id or subject")
    (ref,) = known
    data: Data
    if wish.given:
        data = ConsentGiven(
            subject_ref=ref,
            purpose=wish.purpose,
            basis=wish.basis,
            evidence_ref=wish.evidence,
            hours=wish.hours,
            actor=account.name,
        )
    else:
        data = ConsentWithdrawn(subject_ref=ref, purpose=wish.purpose, actor=account.name)
    event = event_of(compound, f"subject/{ref}", data, rfc3339(desk.clock.now()))
    return people.append([event], {})
