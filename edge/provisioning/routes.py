"""The admin API of a gateway: which request is which act."""

import asyncio
from http import HTTPStatus

import msgspec

from core.errors import ConfigError, Refused
from core.events.provisioning import ZonesDrawn
from devices import support
from edge.provisioning.aside import Asked as Wanted
from edge.provisioning.book import Unfit
from edge.provisioning.cameras import Cameras
from edge.provisioning.desk import AdminDesk, Busy
from edge.provisioning.server import Answered, Asked, refused, told
from edge.provisioning.wish import Wish


class _Again(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`decode_as`: by this adapter and no other. Without `rows`: what the rest finds."""

    rows: tuple[int, ...] = ()
    reason: str = ""
    adapter: str = ""
    before: int = 0
    decode_as: str = ""
    dry_run: bool = True


class Routes:
    """Knows nothing of sockets."""

    def __init__(self, desk: AdminDesk, cameras: Cameras) -> None:
        self._desk, self._cameras = desk, cameras

    async def handle(self, asked: Asked) -> Answered:
        try:
            return await self._routed(asked)
        except Unfit as error:
            lines = [f"{name}: {why}" for name, why in error.faults.items()]
            return refused(
                HTTPStatus.UNPROCESSABLE_ENTITY, "This cannot be told of a device.", errors=lines,
                fields=error.faults,
            )  # fmt: skip
        except (Refused, ConfigError) as error:
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{str(error).rstrip('.')}.")
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            return refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"The request: {error}.")
        except Busy as error:
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}.")
        except TimeoutError:
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, "It takes long, and may still be done.")
        except OSError as error:
            return refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"The gateway's disk refuses ({error.strerror}): nothing has changed.",
            )

    async def _routed(self, asked: Asked) -> Answered:
        if asked.method != "GET" and not asked.actor:
            return refused(HTTPStatus.BAD_REQUEST, "x-menwei-actor: whose act this is.")
        match asked.method, *asked.path:
            case "GET", "kinds":
                return told({"kinds": await asyncio.to_thread(support.kinds)})
            case "GET", "devices":
                return told({"devices": self._desk.devices()})
            case (("GET" | "PUT" | "DELETE"), "devices", key):
                return await self._device(asked, key)
            case "GET", "devices", key, "last":
                return self._last(key)
            case "GET", "devices", key, "raw":
                return await self._raw(asked, key, "last")
            case "GET", "quarantine":
                return await self._quarantine(asked)
            case "POST", "quarantine", "again":
                return await self._again(asked)
            case "GET", "quarantine", row:
                found = await self._desk.row(_number(row))
                return told(found) if found is not None else _missing("row of quarantine")
            case "GET", "quarantine", row, "raw":
                return await self._raw(asked, row, "quarantine")
            case "GET", "cameras":
                return told({"cameras": await asyncio.to_thread(self._cameras.every)})
            case (("GET" | "PUT"), "cameras", camera, ("frame" | "zones")):
                if not self._cameras.has(camera):
                    return _missing("camera")
                return await self._camera(asked, camera)
        return refused(HTTPStatus.NOT_FOUND, "There is nothing of that name and method.")

    async def _device(self, asked: Asked, key: str) -> Answered:
        if asked.method == "GET":
            found = self._desk.device(key)
            return told(found) if found is not None else _missing("device")
        if asked.method == "PUT":
            wish = msgspec.json.decode(asked.body, type=Wish)
            device, made = await self._desk.name(key, wish, asked.actor)
            # Shown once, to who asked for it: the file it is in is nobody's to read.
            return told({**msgspec.to_builtins(device), **({"new_secret": made} if made else {})})
        if await self._desk.forget(key, asked.actor):
            return told({"device": key})
        if self._desk.configured(key):
            return refused(
                HTTPStatus.CONFLICT,
                f"{key} stands in edge.toml: take it out there, then start the agent again.",
            )
        return _missing("device that was told of here")

    def _last(self, key: str) -> Answered:
        found = self._desk.last(key)
        if found is None:
            return refused(
                HTTPStatus.NOT_FOUND, f"Nothing was heard of {key} since the agent's start."
            )
        last, events = found
        return told(
            {"device": self._desk.device(key), "kept": last.payload is not None, "events": events}
        )

    async def _raw(self, asked: Asked, name: str, of: str) -> Answered:
        if not asked.actor:
            return refused(HTTPStatus.BAD_REQUEST, "x-menwei-actor: who looks.")
        if of == "last":
            found = await self._desk.last_raw(name, asked.actor)
        else:
            found = await self._desk.raw(_number(name), asked.actor)
        return told(found) if found is not None else _missing("message")

    async def _quarantine(self, asked: Asked) -> Answered:
        query = asked.query
        wanted = Wanted(
            reason=query.get("reason", ""),
            adapter=query.get("adapter", ""),
            before=_number(query.get("before", "0")),
            all=query.get("all", "") == "1",
        )
        rows, sums = await self._desk.page(wanted)
        return told({"rows": rows, "sums": sums})

    async def _again(self, asked: Asked) -> Answered:
        wish = msgspec.json.decode(asked.body, type=_Again)
        wanted = Wanted(reason=wish.reason, adapter=wish.adapter, before=wish.before)
        return told(
            await self._desk.again(wish.rows, wanted, wish.decode_as, asked.actor, dry=wish.dry_run)
        )

    async def _camera(self, asked: Asked, camera: str) -> Answered:
        cameras, desk = self._cameras, self._desk
        match asked.method, asked.path[2]:
            case "GET", "zones":
                return Answered(HTTPStatus.OK, await asyncio.to_thread(cameras.zones, camera))
            case "PUT", "zones":
                digest = await asyncio.to_thread(cameras.checked, asked.body)
                drawn = ZonesDrawn(camera=camera, actor=asked.actor, sha256=digest)
                await desk.say(drawn, f"camera/{camera}")
                await asyncio.to_thread(cameras.draw, camera, asked.body)
                return told({"camera": camera, "sha256": digest})
            case "GET", "frame":
                if not asked.actor:
                    return refused(HTTPStatus.BAD_REQUEST, "x-menwei-actor: who looks.")
                if cameras.to_be_told(camera, asked.actor):
                    await desk.look(asked.actor, "frame", camera, b"", 0)
                frame = await asyncio.to_thread(cameras.frame, camera)
                if frame is None:
                    return refused(HTTPStatus.NOT_FOUND, "No frame yet; ask again in a second.")
                return Answered(HTTPStatus.OK, frame, "image/jpeg")
        return refused(HTTPStatus.METHOD_NOT_ALLOWED, "A frame is only looked at.")


def _number(text: str) -> int:
    """-1, which nothing has, for what is no number."""
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _missing(what: str) -> Answered:
    return refused(HTTPStatus.NOT_FOUND, f"There is no such {what} at this gateway.")
