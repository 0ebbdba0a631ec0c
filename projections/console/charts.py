"""Charts as option dictionaries: muted axes, the same colours as everywhere, no animation."""

from collections.abc import Mapping, Sequence
from typing import Any

from projections.console.texts import Words

Options = dict[str, Any]

# GB/T 19095-2019 colours, lightened to read on a dark ground.
CATEGORIES = {
    "recyclable": "#4c9bff",
    "hazardous": "#f0525f",
    "food": "#3fbf7f",
    "residual": "#8b97a6",
    "unknown": "#5b6675",
}
CLASSES = {
    "resident": "#4c9bff",
    "visitor": "#a98bf5",
    "staff": "#3fb8af",
    "courier": "#e0a34a",
    "unknown": "#6b7788",
    "vehicle": "#8fa3bd",
    "denied": "#f0525f",
}
_INK, _LINE, _FONT = "#8a99ad", "#222d3d", 'system-ui, "Noto Sans CJK SC", sans-serif'


def _axis(**more: Any) -> Options:
    return {
        "axisLabel": {"color": _INK, "fontSize": 11, "fontFamily": _FONT},
        "axisLine": {"lineStyle": {"color": _LINE}},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": _LINE}},
        **more,
    }


def stacked(
    buckets: Sequence[str],
    series: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    *,
    lines: Mapping[str, Sequence[float]] | None = None,
) -> Options:
    """Stacked bars by key, with optional lines over them."""
    drawn: list[Options] = [
        {
            "name": names[key],
            "type": "bar",
            "stack": "all",
            "data": list(values),
            "itemStyle": {"color": colours[key]},
            "barCategoryGap": "22%",
        }
        for key, values in series.items()
    ]
    drawn += [
        {
            "name": name,
            "type": "line",
            "data": list(values),
            "symbolSize": 5,
            "lineStyle": {"width": 2, "type": ("solid", "dashed")[number % 2]},
            "itemStyle": {"color": ("#ffd479", "#d7e0ea")[number % 2]},
        }
        for number, (name, values) in enumerate((lines or {}).items())
    ]
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FONT},
        "grid": {"left": 8, "right": 8, "top": 30, "bottom": 4, "containLabel": True},
        "legend": {
            "type": "scroll",
            "pageIconColor": _INK,
            "pageIconInactiveColor": _LINE,
            "pageTextStyle": {"color": _INK},
            "top": 0,
            "left": 4,
            "itemWidth": 10,
            "itemHeight": 10,
            "itemGap": 12,
            "textStyle": {"color": _INK, "fontSize": 11},
        },
        "tooltip": {
            "trigger": "axis",
            "axisPointer": {"type": "shadow", "shadowStyle": {"color": "rgba(140,160,190,.08)"}},
            "backgroundColor": "#1a2431",
            "borderColor": _LINE,
            "textStyle": {"color": "#d7e0ea", "fontSize": 12},
        },
        "xAxis": _axis(type="category", data=list(buckets)),
        "yAxis": _axis(
            type="value",
            minInterval=1,
            splitNumber=3,
        ),
        "series": drawn,
    }


def class_names(words: Words) -> dict[str, str]:
    return {key: words.named("who", key) for key in CLASSES}


def category_names(words: Words) -> dict[str, str]:
    return {key: words.named("category", key) for key in CATEGORIES}
