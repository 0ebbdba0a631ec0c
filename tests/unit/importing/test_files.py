"""Bytes on disk → numbered lines, whatever they are written in."""

import codecs
import hashlib
import os
from pathlib import Path

import pytest

from core.errors import ConfigError, EnvironmentFault
from core.strictjson import MAX_BYTES
from infra.importing.aside import Unusable
from infra.importing.lines import blocks
from infra.importing.sniff import sniff

TEXT = "车牌号,毛重(kg)\r\n粤B12345,98.6\r\n"
GB_MARK = b"\x84\x31\x95\x33"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def told(path: Path) -> list[str]:
    return [one.decode() for block in blocks(path, sniff(path)) for one in block.lines]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (GB_MARK + TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("gbk"), "gb18030"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        ((TEXT * 4).encode("utf-16-le"), "utf-16-le"),
        ((TEXT * 4).encode("utf-16-be"), "utf-16-be"),
        ((TEXT + "\U00020000").encode("gb18030"), "gb18030"),
    ],
)
def test_lines_are_the_same_in_every_encoding(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    path = written(tmp_path, content)
    found = sniff(path)
    assert found.encoding == encoding
    assert (found.size, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert told(path)[:2] == ["车牌号,毛重(kg)", "粤B12345,98.6"]


@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8, GB_MARK, codecs.BOM_UTF16_LE])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unusable) as refused:
        sniff(written(tmp_path, content))
    assert refused.value.reason == "empty"


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04\x00\x00\x08\x00", bytes(range(256)) * 8, codecs.BOM_UTF8 + b"a\1\0b", bytes(99)],
)
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unusable) as refused:
        sniff(written(tmp_path, content))
    assert refused.value.reason == "binary"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        sniff(tmp_path / "nowhere")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ConfigError, match="is no file"):
            sniff(path)


def test_zeros_that_a_loss_of_power_left_spoil_their_line_only(tmp_path: Path) -> None:
    path = written(tmp_path, b"a\n" + bytes(5000) + b"\nb\n")
    assert [len(one) for one in told(path)] == [1, 5000, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_lines_may_end_as_on_an_old_mac(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, TEXT.replace("\r\n", "\r").encode(encoding))
    assert told(path) == ["车牌号,毛重(kg)", "粤B12345,98.6"]


def test_a_long_line_is_cut_and_its_neighbours_keep_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, b"a\n" + b"x" * (3 * MAX_BYTES) + b"\nb\n")
    found = [
        (block.first + at, len(line))
        for block in blocks(path, sniff(path))
        for at, line in enumerate(block.lines)
    ]
    assert found == [(1, 1), (2, MAX_BYTES + 1), (3, 1)]


def test_the_last_line_is_open_when_nothing_ends_it(tmp_path: Path) -> None:
    ended = written(tmp_path, b"a\nb\n")
    assert [one.open for one in blocks(ended, sniff(ended))] == [False]
    cut = written(tmp_path, b"a\nb")
    assert [(one.first, one.lines, one.open) for one in blocks(cut, sniff(cut))] == [
        (1, [b"a"], False),
        (2, [b"b"], True),
    ]


def test_a_byte_of_no_character_spoils_its_own_line_only(tmp_path: Path) -> None:
    content = "毛重\n".encode("gb18030") + b"\xff\xff\n" + "皮重\n".encode("gb18030")
    path = written(tmp_path, content)
    first, second, third = next(iter(blocks(path, sniff(path)))).lines
    assert (first.decode(), third.decode()) == ("毛重", "皮重")
    with pytest.raises(UnicodeDecodeError):
        second.decode()


def test_a_file_that_changes_meanwhile_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path, b"a\nb\n")
    found = sniff(path)
    path.write_bytes(b"a\nc\n")
    with pytest.raises(EnvironmentFault, match="changed"):
        list(blocks(path, found))
