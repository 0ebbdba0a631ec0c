"""Whatever stands in a file: a report in which every row is accounted for, or a refusal."""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.importing.aside import Unusable
from infra.importing.file import File
from infra.importing.messages import Setting
from infra.importing.pool import Pool
from infra.importing.reading import How, how
from tests.fix_core import FixedClock
from tests.fix_importing import NOW, lift, lines, silent
from tests.unit.importing.test_tables import GOOD, HEAD

TABLE = (HEAD + GOOD * 3).encode()
MESSAGES = lines([lift(1), lift(2, plate="粤B12345"), lift(3)])
ROWS = [
    {"时间": f"2026-10-03 05:2{at}:00", "车牌": "粤B12345", "桶号": at, "毛重(kg)": 98.6}
    for at in range(3)
]
MIXED = [lift(1), lift(2, plate="粤B12345")["payload"], *ROWS]
FILES = [
    TABLE,
    MESSAGES,
    TABLE.decode().encode("gb18030"),
    json.dumps(MIXED).encode(),
    b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in MIXED),
]


def looked_at(folder: Path, content: bytes, read: How) -> Mapping[str, int] | str:
    path = folder / "file"
    path.write_bytes(content)
    setting = Setting(b"k" * 32, NOW, read.in_zone())
    try:
        file = File(path, read, silent)
        with closing(Pool(setting, 1)) as pool:
            report = file.stage(folder, folder, None, FixedClock(NOW), pool)
    except Unusable as refused:
        return refused.reason
    assert report.aside == sum(report.by_reason.values())
    assert report.events == sum(report.by_type.values())
    assert report.rows <= content.count(b"\n") + content.count(b",") + 2
    assert report.events + report.aside >= report.rows or {"messages", "payloads"} & {*report.kinds}
    return report.by_reason


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("import")


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes(folder: Path, content: bytes) -> None:
    looked_at(folder, content, How())


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    whole=st.sampled_from(FILES),
    at=st.integers(min_value=0, max_value=900),
    cut=st.integers(min_value=0, max_value=40),
    put=st.binary(max_size=12),
    zone=st.sampled_from(["", "Asia/Shanghai"]),
)
def test_a_file_that_was_damaged(
    folder: Path, whole: bytes, at: int, cut: int, put: bytes, zone: str
) -> None:
    at = at % len(whole)
    read = how(kind="", compound="c001", unit="", zone=zone)
    looked_at(folder, whole[:at] + put + whole[at + cut :], read)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=24),
        min_size=9,
        max_size=9,
    )
)
def test_any_cells(folder: Path, cells: list[str]) -> None:
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    read = how(kind="", compound="", unit="", zone="Asia/Shanghai")
    looked_at(folder, (HEAD + row + "\n" + GOOD).encode(), read)
