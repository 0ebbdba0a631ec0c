"""The hub's log handed on over real HTTP, to our own receiver and to others."""

import asyncio
import base64
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.errors import FatalError, Unavailable
from core.event import Event
from core.events import camera, vehicle
from core.events.handoff import Delivered, Failed
from devices import registry
from devices.wire import Reply, Request
from infra.handoff.mark import Mark
from tests.fix_handoff import CAMERA, US, Rig, through
from tests.fix_library import Library, library
from tests.fix_media import picture, sha256
from tests.unit.devices.wire import SHANGHAI


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def held(body: Callable[[Library], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with library("menwei", "p4ss") as there:
            await body(there)

    asyncio.run(run())


def objects(there: Library) -> list[Any]:
    """What the receiver made of all it took."""
    found: list[Any] = []
    for message in there.taken:
        outcome = registry.decode(message, SHANGHAI)
        assert isinstance(outcome, registry.Decoded), outcome
        found += outcome.drafts
    return found


def ids(there: Library) -> list[str]:
    return [draft.id for draft in objects(there)]


def answering(*codes: object, status: int = 200) -> Callable[[Request], Reply]:
    """The receiver's statuses, one for each object, in its own spelling of them."""

    def answer(request: Request) -> Reply:
        ((wrapper, inner),) = orjson.loads(request.body).items()
        (found,) = inner.values()
        name = wrapper.removesuffix("ListObject")
        made = [
            {"Id": one[f"{name}ID"], "StatusCode": code, "StatusString": "word"}
            for one, code in zip(found, codes, strict=False)
        ]
        return Reply(status=status, body=orjson.dumps({"ResponseStatusListObject": made}))

    return answer


def plain(status: int, body: bytes = b"") -> Callable[[Request], Reply]:
    return lambda _request: Reply(status=status, body=body)


def test_what_is_told_arrives_and_the_answer_is_on_record(rig: Rig) -> None:
    rig.feed([rig.face(), rig.passed("浙B12345"), rig.face("cam-9")])

    async def body(there: Library) -> None:
        sender = await rig.sender(rig.target(there.port))
        await through(sender)
        faces = [one for one in objects(there) if isinstance(one.data, camera.FaceCaptured)]
        assert [one.device for one in faces] == [CAMERA, US]
        assert all(one.time == "2026-11-21T16:00:00+08:00" for one in faces)
        (passed,) = (one for one in objects(there) if isinstance(one.data, vehicle.Passed))
        assert (passed.data.plate_color, passed.personal) == ("5", None)
        await through(sender)

    held(body)
    delivered = rig.told(Delivered)
    assert [(one.object, one.count, one.status_code, one.personal) for one in delivered] == [
        ("Face", 1, 0, False),
        ("MotorVehicle", 1, 0, False),
        ("Face", 1, 0, False),
    ]
    assert all(one.target == "bureau" and one.basis for one in delivered)
    assert all(len(info) == 48 for one in delivered for info in one.info_ids)
    assert [one.events for one in delivered] == [(f"{CAMERA}:1",), ("gate-1:2",), ("cam-9:3",)]
    assert rig.told(Failed) == []


def test_a_plate_goes_along_only_where_it_was_asked_for(rig: Rig) -> None:
    rig.feed([rig.passed("浙B12345")])

    async def body(there: Library) -> None:
        await through(await rig.sender(rig.target(there.port, personal=True)))
        (passed,) = objects(there)
        assert passed.personal.fields == {"plate": "浙B12345"}

    held(body)
    assert [one.personal for one in rig.told(Delivered)] == [True]


def test_types_compounds_and_devices_are_as_told(rig: Rig) -> None:
    rig.feed([rig.face("cam-9"), rig.face(compound="other"), rig.passed()])

    async def body(there: Library) -> None:
        target = rig.target(
            there.port,
            types=("camera.face.captured.v1",),
            compounds=("jinxiu",),
            devices={"cam-9": CAMERA},
        )
        await through(await rig.sender(target))
        assert [one.device for one in objects(there)] == [CAMERA]

    held(body)


def test_a_restart_sends_nothing_twice(rig: Rig) -> None:
    rig.feed([rig.face() for _ in range(5)])

    async def body(there: Library) -> None:
        target = rig.target(there.port, batch=2)
        await through(await rig.sender(target))
        Mark(rig.folder / "handoff", "bureau").keep(0)  # as if it had died before
        await through(await rig.sender(target))
        assert len(ids(there)) == len(set(ids(there))) == 5

    held(body)
    assert [one.count for one in rig.told(Delivered)] == [2, 2, 1]


def test_dying_in_the_middle_of_a_page_goes_on_behind_what_was_answered(rig: Rig) -> None:
    rig.feed([rig.face() for _ in range(4)])
    appended = 0

    def dying(events: Sequence[Event]) -> int:
        nonlocal appended
        appended += 1
        if appended == 2:
            raise FatalError("the power went")
        return rig.own.append(events)

    async def body(there: Library) -> None:
        target = rig.target(there.port, batch=2)
        with pytest.raises(FatalError):
            await through(await rig.sender(target, append=dying))
        sent = ids(there)
        await through(await rig.sender(target))
        # Those whose answer was not on record go again, under the same ids.
        assert ids(there) == [*sent, *sent[2:]]

    held(body)
    assert sum(one.count for one in rig.told(Delivered)) == 4


def test_a_store_that_is_away_is_waited_for(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.handoff.sender._AGAIN", 0.0)
    rig.feed([rig.face()])
    away = 2

    def flaky(events: Sequence[Event]) -> int:
        nonlocal away
        away -= 1
        if away >= 0:
            raise Unavailable("the database restarts")
        return rig.own.append(events)

    async def body(there: Library) -> None:
        await through(await rig.sender(rig.target(there.port), append=flaky))
        assert len(there.posts) == 1

    held(body)
    assert len(rig.told(Delivered)) == 1


def test_only_what_was_refused_or_busy_is_told_of_so(rig: Rig) -> None:
    rig.feed([rig.face() for _ in range(4)])

    async def body(there: Library) -> None:
        there.instead += [answering("0", 8, "2", 0), answering(2), answering("0")]
        await through(await rig.sender(rig.target(there.port)))
        assert [len(orjson.loads(one)["FaceListObject"]["FaceObject"]) for one in there.posts] == [
            4, 1, 1,
        ]  # fmt: skip

    held(body)
    assert [one.count for one in rig.told(Delivered)] == [2, 1]
    refused, busy = rig.told(Failed)
    assert (refused.final, refused.reason, refused.status_code) == (True, "refused", 8)
    assert (busy.final, busy.reason, busy.status_code, busy.said) == (False, "busy", 2, "word")
    assert rig.rests == [1.0, 2.0]


@pytest.mark.parametrize(
    "answer",
    [
        b'{"ResponseStatusObject": {"StatusCode": 0}}',
        b'{"ResponseStatusListObject": {"ResponseStatusObject": {"StatusCode": "0"}}}',
        b'{"ResponseStatusListObject": [{"StatusCode": 0}, {"StatusCode": "0"}]}',
    ],
)
def test_answers_in_other_shapes(rig: Rig, answer: bytes) -> None:
    rig.feed([rig.face(), rig.face()])

    async def body(there: Library) -> None:
        there.instead.append(plain(200, answer))
        await through(await rig.sender(rig.target(there.port)))
        assert len(there.posts) == 1

    held(body)
    assert [one.count for one in rig.told(Delivered)] == [2]


def test_troubles_are_told_once_and_waited_out(rig: Rig) -> None:
    rig.feed([rig.face()])

    async def body(there: Library) -> None:
        there.instead += [plain(503)] * 4 + [plain(200, b"<html>")]
        await through(await rig.sender(rig.target(there.port)))
        assert len(ids(there)) == 1

    held(body)
    assert [(one.reason, one.final) for one in rig.told(Failed)] == [
        ("unreachable", False),
        ("unclear", False),
    ]
    assert rig.rests == [1.0, 2.0, 5.0, 15.0, 60.0]
    assert len(rig.told(Delivered)) == 1


def test_one_that_spoils_the_rest_is_found(rig: Rig) -> None:
    rig.feed([rig.face() for _ in range(3)])
    bad = ""

    async def body(there: Library) -> None:
        nonlocal bad

        def choosy(request: Request) -> Reply:
            nonlocal bad
            found = orjson.loads(request.body)["FaceListObject"]["FaceObject"]
            bad = bad or found[-1]["FaceID"]
            there.instead.append(choosy)
            if any(one["FaceID"] == bad for one in found):
                return Reply(status=400)
            return answering(*[0] * len(found))(request)

        there.instead.append(choosy)
        await through(await rig.sender(rig.target(there.port)))

    held(body)
    (failed,) = rig.told(Failed)
    assert (failed.final, failed.status_code, failed.info_ids) == (True, 400, (bad,))
    assert sum(one.count for one in rig.told(Delivered)) == 2


def test_who_has_forgotten_us_is_registered_with_anew(rig: Rig) -> None:
    async def body(there: Library) -> None:
        sender = await rig.sender(rig.target(there.port))
        assert not await sender.step()  # nothing to say, and registered all the same
        assert there.asked == ["/VIID/System/Register"] * 2
        there.forget()
        rig.feed([rig.face()])
        await through(sender)
        assert len(objects(there)) == 1

    held(body)


def test_who_has_forgotten_us_and_says_so_with_200(rig: Rig) -> None:
    rig.feed([rig.face(), rig.face()])
    lost = b'{"ResponseStatusObject": {"StatusCode": "4", "StatusString": "not registered"}}'

    async def body(there: Library) -> None:
        there.instead.append(plain(200, lost))
        await through(await rig.sender(rig.target(there.port)))
        assert len(objects(there)) == 2

    held(body)
    assert [(one.reason, one.final) for one in rig.told(Failed)] == [("unregistered", False)]


def test_who_says_no_right_after_a_registration_means_the_objects(rig: Rig) -> None:
    rig.feed([rig.face()])
    refused = b'{"ResponseStatusObject": {"StatusCode": "4"}}'

    async def body(there: Library) -> None:
        there.instead += [plain(200, refused)] * 2
        await through(await rig.sender(rig.target(there.port)))

    held(body)
    assert [(one.reason, one.final) for one in rig.told(Failed)] == [
        ("unregistered", False),
        ("refused", True),
    ]


def test_a_wrong_password_is_on_record(rig: Rig) -> None:
    rig.feed([rig.face()])

    async def body(there: Library) -> None:
        there.here.secrets["menwei"] = "changed"
        rests: list[float] = []

        async def mended(seconds: float) -> None:
            rests.append(seconds)
            if len(rests) == 3:
                there.here.secrets["menwei"] = "p4ss"

        await through(await rig.sender(rig.target(there.port), rest=mended))

    held(body)
    assert [one.reason for one in rig.told(Failed)] == ["unregistered"]
    assert len(rig.told(Delivered)) == 1


def test_the_first_start_begins_where_it_is_told(rig: Rig) -> None:
    rig.feed([rig.face()])

    async def body(there: Library) -> None:
        target = rig.target(there.port)
        config = type(target.config)(
            **{name: getattr(target.config, name) for name in target.config.__struct_fields__}
            | {"since": "now"}
        )
        target = type(target)(
            name="later", config=config, password=target.password, zone=target.zone
        )
        sender = await rig.sender(target)
        await through(sender)
        assert objects(there) == []
        rig.feed([rig.face()])
        await through(sender)
        assert len(objects(there)) == 1

    held(body)


def test_nobody_there(rig: Rig) -> None:
    rig.feed([rig.face()])

    async def body(there: Library) -> None:
        tries = 0

        async def gone(_seconds: float) -> None:
            nonlocal tries
            tries += 1
            if tries == 2:
                raise FatalError("enough")

        with pytest.raises(FatalError):
            await through(await rig.sender(rig.target(1), rest=gone))
        assert objects(there) == []

    held(body)
    assert [one.reason for one in rig.told(Failed)] == ["unreachable"]


def test_a_damaged_mark_stops_it(rig: Rig) -> None:
    folder = rig.folder / "handoff"
    Mark(folder, "bureau")
    (folder / "bureau.position").write_text("soon")
    with pytest.raises(FatalError, match="holds no position"):
        Mark(folder, "bureau").read()


class Gallery:
    """Pictures that come late, or never."""

    def __init__(self, content: bytes, after: int) -> None:
        self.content = content
        self.after = after  # looks
        self.taken: list[str] = []

    def there(self, sha256: str) -> bool:
        self.after -= 1
        return self.after < 0

    def take(self, sha256: str, event_id: str) -> tuple[bytes, str] | None:
        if self.after > 0:
            return None
        self.taken.append(event_id)
        return self.content, "image/png"


def test_a_picture_goes_along_once_it_is_brought(rig: Rig) -> None:
    content = picture(3)
    rig.feed([rig.face(picture=sha256(content))])
    gallery = Gallery(content, after=3)

    async def body(there: Library) -> None:
        await through(await rig.sender(rig.target(there.port), gallery=gallery))
        ((face,),) = orjson.loads(there.posts[0])["FaceListObject"].values()
        (image,) = face["SubImageList"]["SubImageInfoObject"]
        assert base64.b64decode(image["Data"]) == content
        assert (image["FileFormat"], image["Type"]) == ("Png", "11")

    held(body)
    assert gallery.taken == [f"{CAMERA}:1"]
    assert rig.rests == [1.0, 1.0, 1.0]
    assert [one.personal for one in rig.told(Delivered)] == [True]


def test_a_picture_that_never_comes_holds_nothing_up_for_long(rig: Rig) -> None:
    rig.feed([rig.face(picture="ab" * 32)])

    async def body(there: Library) -> None:
        target = rig.target(there.port, picture_wait_s=5)
        await through(await rig.sender(target, gallery=Gallery(b"", after=1000)))
        ((face,),) = orjson.loads(there.posts[0])["FaceListObject"].values()
        assert face["SubImageList"]["SubImageInfoObject"][0]["Data"] == ""

    held(body)
    assert len(rig.rests) <= 5
    assert [one.personal for one in rig.told(Delivered)] == [False]
