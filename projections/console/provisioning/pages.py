"""The pages by which devices and cameras of a gateway are set up."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from projections.console.frame import Here
from projections.console.provisioning.adding import Adding
from projections.console.provisioning.aside import Aside
from projections.console.provisioning.asking import Asking, opened
from projections.console.provisioning.camera import CameraList, CameraPage
from projections.console.provisioning.kinds import Kinds
from projections.console.screen import Screen

HERE = Here("/devices", "never")
Page = Callable[[Request, Here, Callable[[Screen], None]], Awaitable[Response | None]]


def add(page: Page, options: dict[str, Any]) -> None:
    def on(here: str, gateway: str, build: Callable[[Screen, Asking], None]) -> Callable[..., None]:
        def built(screen: Screen) -> None:
            asking = opened(screen, here, gateway)
            if asking is not None:
                build(screen, asking)

        return built

    @ui.page("/devices/add", **options)
    async def add_page(request: Request, gateway: str = "", device: str = "") -> Response | None:
        return await page(
            request,
            HERE,
            on("/devices/add", gateway, lambda one, two: Adding(one, two, device).build()),
        )

    @ui.page("/devices/quarantine", **options)
    async def aside_page(
        request: Request, gateway: str = "", reason: str = "", adapter: str = ""
    ) -> Response | None:
        return await page(
            request,
            HERE,
            on(
                "/devices/quarantine",
                gateway,
                lambda one, two: Aside(one, two, reason, adapter).build(),
            ),
        )

    @ui.page("/devices/kinds", **options)
    async def kinds_page(request: Request, gateway: str = "") -> Response | None:
        return await page(
            request, HERE, on("/devices/kinds", gateway, lambda one, two: Kinds(one, two).build())
        )

    @ui.page("/cameras", **options)
    async def cameras_page(request: Request, gateway: str = "") -> Response | None:
        return await page(
            request, HERE, on("/cameras", gateway, lambda one, two: CameraList(one, two).build())
        )

    @ui.page("/cameras/{gateway}/{camera}", **options)
    async def camera_page(request: Request, gateway: str, camera: str) -> Response | None:
        return await page(
            request,
            HERE,
            on("/cameras", gateway, lambda one, two: CameraPage(one, two, camera).build()),
        )
