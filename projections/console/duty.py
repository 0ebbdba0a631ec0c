"""The duty desk (值班台): what needs a person first, then what is, then what just passed."""

from nicegui import ui

from projections.console import alarms, doors, passages
from projections.console.charts import CLASSES, class_names, stacked
from projections.console.confirm import Confirm
from projections.console.duty_figures import figures
from projections.console.figures import items
from projections.console.frame import panel
from projections.console.nodes import Node, node
from projections.console.region import Region, fixed
from projections.console.screen import Screen
from projections.console.snapshots import Sight
from projections.console.texts import Words
from projections.web.acknowledgement import Acknowledgements

CHART_MIN = 60


def build(screen: Screen, acknowledgements: Acknowledgements) -> None:
    words, acts = screen.words, screen.visit.account.acts
    confirm = Confirm(screen, acknowledgements)
    screen.region(lambda sight: items(figures(sight, words), words), look="figures")
    with ui.element("div").classes("columns"):
        with ui.element("div").classes("stack wide"):
            with panel(words, "alarm.title", words("alarm.keys") if acts else ""):
                screen.region(
                    lambda sight: alarms.items(sight, words, acts),
                    look="alarms scrolls",
                    empty=words("alarm.none"),
                    act=confirm.ask,
                )
            with panel(words, "door.title").classes("hug"):
                screen.region(
                    lambda sight: doors.door_items(sight, words),
                    look="tiles",
                    empty=words("door.empty"),
                )
            with panel(words, "camera.title").classes("hug"):
                screen.region(
                    lambda sight: doors.camera_items(sight, words),
                    look="tiles small",
                    empty=words("camera.empty"),
                )
        with ui.element("div").classes("stack"):
            with panel(words, "passage.perMinute", words("passage.hour")).classes("hug"):
                screen.chart(lambda sight: per_minute(sight, words), "short")
            with panel(words, "passage.title", words("passage.noNames")):
                Region(fixed(heads(words)), look="passages heads")
                screen.region(
                    lambda sight: passages.items(sight, words),
                    look="passages scrolls",
                    empty=words("passage.none"),
                )


def heads(words: Words) -> Node:
    keys = ("time", "decision", "where", "who", "way", "credential", "why")
    return node("div.passage", *(node(f"span.{key}", words(f"passage.{key}")) for key in keys))


def per_minute(sight: Sight, words: Words) -> dict[str, object]:
    found = passages.window(sight.safe.get("minute", {}), sight.now, CHART_MIN)
    series = {key: [counts[key] for _, counts in found] for key in CLASSES}
    return stacked([bucket for bucket, _ in found], series, class_names(words), CLASSES)
