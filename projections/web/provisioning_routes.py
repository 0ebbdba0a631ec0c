"""/api/v1/provisioning: devices of a gateway told of, seen and decoded again; an administrator's.

What is raw passes through and is kept nowhere; the gateway puts on record who looked."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from projections.web.accounts import Account
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED
from projections.web.auth import Hub
from projections.web.desk import Desk
from projections.web.gateway_desk import GatewayDesk
from projections.web.rights import Admin

_PROBLEMS: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (404, 409, 502)}
router = APIRouter(prefix="/api/v1/provisioning", responses={**REFUSED, **_PROBLEMS})

_Slug = Annotated[str, Path(max_length=64)]
_Key = Annotated[str, Path(max_length=128, description="As the device calls itself on the wire.")]


class Gateways(BaseModel):
    gateways: list[str]


class SupportRow(BaseModel):
    """`backfill`: how gaps are filled; empty: they are not."""

    device: str
    by: str
    events: list[str]
    direction: Literal["in", "out", "both"]
    backfill: str
    tested: str


class Kind(BaseModel):
    """`steps`: how the real device is set up. `fields`: what may be told of one. `asks`: the
    gateway can ask it, with `options`. `…_zh`: in Chinese; empty where there is none."""

    name: str
    title: str
    topics: list[str]
    ways: list[str]
    steps: list[str]
    fields: list[str]
    support: list[SupportRow]
    asks: bool
    options: str
    title_zh: str
    steps_zh: list[str]
    options_zh: str


class Kinds(BaseModel):
    kinds: list[Kind]


class AskedOf(BaseModel):
    """How the gateway asks it, and how it stands with that. `password`: there is one; nobody is
    told it. `state` holds since `since`; `why` is the gateway's own sentence."""

    url: str
    user: str
    password: bool
    basic: bool
    pictures: bool
    options: dict[str, str]
    state: Literal["asking", "connected", "refused", "unreachable", "lost", "broken"]
    since: str
    why: str


class Device(BaseModel):
    """`told`: where it stands what is known of it: `here`, `edge.toml`, or nowhere. `first` to
    `sender`: what was heard since the agent's start."""

    device: str
    told: str
    kind: str
    name: str
    role: str
    subject: str
    zone: str
    readers: dict[str, str]
    options: dict[str, str]
    by: str
    at: str
    adapter: str
    first: str
    last: str
    count: int
    size: int
    sender: str
    source: AskedOf | None = Field(description="Null: it is not asked.")
    secret: bool = Field(description="It was given one here.")


class DeviceToldOf(Device):
    new_secret: str = Field(default="", description="Made up here; it is shown this once.")


class Devices(BaseModel):
    devices: list[Device]


class SourceWish(BaseModel):
    """`password` left out: as it was, for the same user at the same address. `basic`: the device
    knows no digest, its password may go over a plain line."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str = Field(max_length=256)
    user: str = Field(default="", max_length=64)
    password: str | None = Field(default=None, max_length=128, repr=False)
    basic: bool = False
    pictures: bool = False
    options: dict[str, str] = {}


class DeviceWish(BaseModel):
    """`source` and `secret` left out: as they were; null: none. `new_secret`: make one up."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=64)
    role: str = Field(default="", max_length=32)
    subject: str = Field(default="", max_length=128)
    zone: str = Field(default="", max_length=64)
    readers: dict[str, Literal["in", "out"]] = {}
    options: dict[str, str] = {}
    source: SourceWish | None = None
    secret: str | None = Field(default=None, max_length=128, repr=False)
    new_secret: bool = False


class LastMessage(BaseModel):
    """`events`: what it becomes today, nobody named. `kept`: its raw bytes are in memory."""

    device: Device
    kept: bool
    events: list[dict[str, Any]]


class RawMessage(BaseModel):
    topic: str
    size: int
    whole: bool
    base64: str | None


class QuarantineRow(BaseModel):
    row: int
    adapter: str
    reason: str
    detail: str
    first: str
    last: str
    count: int
    size: int
    kept: bool
    resolved: str


class QuarantineSum(BaseModel):
    reason: str
    adapter: str
    rows: int
    count: int
    resolved: int


class QuarantinePage(BaseModel):
    rows: list[QuarantineRow]
    sums: list[QuarantineSum]


class AgainWish(BaseModel):
    """Those rows; none named: what reason and adapter find, below row `before`. `decode_as`: by
    this adapter and no other."""

    model_config = ConfigDict(extra="forbid")

    rows: list[int] = Field(default=[], max_length=100)
    reason: str = Field(default="", max_length=64)
    adapter: str = Field(default="", max_length=64)
    before: int = Field(default=0, ge=0)
    decode_as: str = Field(default="", max_length=64)
    dry_run: bool = True


class Attempt(BaseModel):
    """`now` empty: it decodes, to `events`."""

    row: int
    was: str
    now: str
    adapter: str
    detail: str
    devices: list[str]
    events: list[dict[str, Any]]


class AgainOutcome(BaseModel):
    """`before`: to go on with; 0 at the end."""

    dry: bool
    count: int
    became: int
    still: int
    before: int
    tried: list[Attempt]


class CameraLine(BaseModel):
    camera: str
    live: bool
    sha256: str


class CameraLines(BaseModel):
    cameras: list[CameraLine]


class Drawn(BaseModel):
    camera: str
    sha256: str


@router.get("", response_model=Gateways)
def gateways(desk: Hub, _: Admin) -> Response:
    """Gateways whose admin port this hub knows."""
    return answer({"gateways": _desk(desk).gateways()})


@router.get("/{compound}/{gateway}/kinds", response_model=Kinds)
async def kinds(desk: Hub, account: Admin, compound: _Slug, gateway: _Slug) -> Response:
    """Every kind of device this gateway understands, by device, event and direction."""
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "kinds")


@router.get("/{compound}/{gateway}/devices", response_model=Devices)
async def devices(desk: Hub, account: Admin, compound: _Slug, gateway: _Slug) -> Response:
    """Those it was told of, and those it only heard."""
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "devices")


@router.put("/{compound}/{gateway}/devices/{device}", response_model=DeviceToldOf)
async def name(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, device: _Key, wish: DeviceWish
) -> Response:
    """Holds at once, for what it says from here on."""
    # What was left out stays as it is: that is another thing than null.
    body = wish.model_dump(exclude_unset=True)
    return await _asked(desk, account, f"{compound}/{gateway}", "PUT", "devices", device, body=body)


@router.delete("/{compound}/{gateway}/devices/{device}")
async def forget(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, device: _Key
) -> Response:
    """What edge.toml says of it holds again."""
    return await _asked(desk, account, f"{compound}/{gateway}", "DELETE", "devices", device)


@router.get("/{compound}/{gateway}/devices/{device}/last", response_model=LastMessage)
async def last(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, device: _Key
) -> Response:
    """What it said last, as the events that becomes."""
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "devices", device, "last")


@router.get("/{compound}/{gateway}/devices/{device}/raw", response_model=RawMessage)
async def last_raw(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, device: _Key
) -> Response:
    """Its bytes. Who looks is in the log first."""
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "devices", device, "raw")


@router.get("/{compound}/{gateway}/quarantine", response_model=QuarantinePage)
async def quarantine(
    desk: Hub,
    account: Admin,
    compound: _Slug,
    gateway: _Slug,
    reason: Annotated[str, Query(max_length=64)] = "",
    adapter: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int, Query(ge=0)] = 0,
    decoded: Annotated[bool, Query(description="Also what is decoded by now.")] = False,
) -> Response:
    """What was set aside, newest first, and how much for what reason."""
    query = {"reason": reason, "adapter": adapter, "before": str(before), "all": str(int(decoded))}
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "quarantine", query=query)


@router.get("/{compound}/{gateway}/quarantine/{row}/raw", response_model=RawMessage)
async def aside_raw(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, row: int
) -> Response:
    """Its bytes and topic. Who looks is in the log first."""
    return await _asked(
        desk, account, f"{compound}/{gateway}", "GET", "quarantine", str(row), "raw"
    )


@router.post("/{compound}/{gateway}/quarantine/again", response_model=AgainOutcome)
async def again(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, wish: AgainWish
) -> Response:
    """Decoded by today's adapters and names; with `dry_run` only what would become of it. Events
    have origin `replay`, and nothing opens, sounds or switches by them."""
    body = wish.model_dump()
    return await _asked(
        desk, account, f"{compound}/{gateway}", "POST", "quarantine", "again", body=body
    )


@router.get("/{compound}/{gateway}/cameras", response_model=CameraLines)
async def cameras(desk: Hub, account: Admin, compound: _Slug, gateway: _Slug) -> Response:
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "cameras")


@router.get("/{compound}/{gateway}/cameras/{camera}/frame", response_class=Response)
async def frame(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, camera: _Slug
) -> Response:
    """The newest picture, as JPEG; 404 until the first one is there. Who looks is in the log."""
    found = await run_in_threadpool(_desk(desk).frame, account, f"{compound}/{gateway}", camera)
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/{compound}/{gateway}/cameras/{camera}/zones")
async def zones(
    desk: Hub, account: Admin, compound: _Slug, gateway: _Slug, camera: _Slug
) -> Response:
    return await _asked(desk, account, f"{compound}/{gateway}", "GET", "cameras", camera, "zones")


@router.put("/{compound}/{gateway}/cameras/{camera}/zones", response_model=Drawn)
async def draw(
    desk: Hub,
    account: Admin,
    compound: _Slug,
    gateway: _Slug,
    camera: _Slug,
    document: dict[str, Any],
) -> Response:
    """Lines and regions, taken whole or refused whole with every reason."""
    where = f"{compound}/{gateway}"
    return await _asked(desk, account, where, "PUT", "cameras", camera, "zones", body=document)


def _desk(desk: Desk) -> GatewayDesk:
    if desk.gateway_desk is None:
        raise HTTPException(409, "This hub knows no admin port: see docs/provisioning.md.")
    return desk.gateway_desk


async def _asked(
    desk: Desk,
    account: Account,
    gateway: str,
    method: str,
    *path: str,
    query: dict[str, str] | None = None,
    body: object = None,
) -> Response:
    def work() -> object:
        return _desk(desk).ask(account, gateway, method, path, query=query or {}, body=body)

    return answer(await run_in_threadpool(work))
