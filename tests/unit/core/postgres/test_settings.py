"""A server that would lose what was receipted is refused, with what to do about it."""

import logging

import pytest

from core.errors import EnvironmentFault
from core.postgres import settings
from core.postgres.settings import Settings, demand, demand_primary

GOOD = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
    "synchronous_standby_names": "", "data_sync_retry": "off", "zero_damaged_pages": "off",
    "ignore_checksum_failure": "off", "server_version_num": "180006", "server_encoding": "UTF8",
    "default_transaction_read_only": "off", "in recovery": "off",
}  # fmt: skip


def with_(**changed: str) -> Settings:
    return Settings({**GOOD, **changed})


@pytest.mark.parametrize("version", ["160000", "170004", "180099"])
@pytest.mark.parametrize("level", ["on", "remote_apply", "local", "remote_write"])
def test_what_is_fit_is_taken(version: str, level: str) -> None:
    demand(with_(server_version_num=version, synchronous_commit=level), "here")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("fsync", "off", "on"),
        ("full_page_writes", "off", "on"),
        ("synchronous_commit", "off", "on"),
        ("data_sync_retry", "on", "off"),
        ("zero_damaged_pages", "on", "off"),
        ("ignore_checksum_failure", "on", "off"),
        ("default_transaction_read_only", "on", "off"),
    ],
)
def test_what_loses_data_is_refused_with_setting_value_and_remedy(
    name: str, value: str, wanted: str
) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        demand(with_(**{name: value}), "postgresql://h/db")
    said = str(caught.value)
    assert said.startswith(f"postgresql://h/db: {name} is {value}, must be {wanted}: ")
    assert f"ALTER SYSTEM SET {name} = {wanted}" in said


@pytest.mark.parametrize("level", ["local", "remote_write"])
def test_where_a_standby_must_have_it_too_less_than_that_is_refused(level: str) -> None:
    with pytest.raises(EnvironmentFault, match=f"synchronous_commit is {level}"):
        demand(with_(synchronous_commit=level, synchronous_standby_names="*"), "here")


def test_an_encoding_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(EnvironmentFault, match="ENCODING 'UTF8'"):
        demand(with_(server_encoding="SQL_ASCII"), "here")


@pytest.mark.parametrize("version", ["90600", "150018"])
def test_what_is_too_old_is_refused(version: str) -> None:
    with pytest.raises(EnvironmentFault, match="too old"):
        demand_primary(with_(server_version_num=version), "here")


def test_what_is_newer_than_what_was_tried_is_warned_of(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.log, "disabled", False)  # a linter's own set-up may have done it
    with caplog.at_level(logging.WARNING):
        demand(with_(server_version_num="190000"), "here")
    assert "PostgreSQL 19 has not been tried" in caplog.text


def test_a_standby_is_refused() -> None:
    with pytest.raises(EnvironmentFault, match="standby"):
        demand_primary(with_(**{"in recovery": "on"}), "here")
