"""URLs in, and no password out."""

from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from core.errors import ConfigError
from core.postgres.database import Database, Role, login, parse

SECRET = "p@ss/w:rd%"
URL = "postgresql://gate:p%40ss%2Fw%3Ard%25@db.example:6432/menwei?sslmode=require"


@pytest.mark.parametrize("show", [repr, str, pretty_repr, "{!s}".format, "{!r}".format])
@pytest.mark.parametrize("part", [lambda found: found, lambda found: found.login])
def test_a_database_never_shows_its_password(show: object, part: object) -> None:
    assert callable(show)
    assert callable(part)
    shown = show(part(parse(URL)))
    for form in (SECRET, "p%40ss", "p@ss"):
        assert form not in shown
    assert "postgresql://gate@db.example:6432/menwei" in shown


def test_the_password_is_apart_from_what_libpq_is_told() -> None:
    found = parse(URL)
    assert found.login.secret() == SECRET
    assert dict(found.login.options) == {
        "user": "gate", "host": "db.example", "port": "6432", "dbname": "menwei",
        "sslmode": "require",
    }  # fmt: skip
    conninfo = Database._conninfo(found.login, Role.INGEST, {})
    assert SECRET not in conninfo
    assert "password" not in conninfo


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hush@host:port/db",
        "postgresql://u:hush@[::1/db",
        "postgresql://u:hush@h/db?nonsense=1",
        "host=h password=hush",
        "mysql://u:hush@h/db",
        "postgresql://u:hu%zzsh@h/db",
        "",
    ],
)
def test_what_cannot_be_read_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(url)
    assert "hush" not in str(caught.value)
    assert "postgresql://" in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_file_is_read_at_every_connection(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("one\n")
    found = parse("postgresql://u@h/db", path)
    assert found.login.secret() == "one"
    path.write_text("two")
    assert found.login.secret() == "two"
    path.unlink()
    with pytest.raises(ConfigError, match="password_file"):
        found.login.secret()


def test_two_passwords_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not in both"):
        parse("postgresql://u:p@h/db", tmp_path / "secret")


def test_a_role_may_have_a_login_of_its_own() -> None:
    found = parse("postgresql://owner@h/db", logins={Role.READ: login("postgresql://eye@h/db")})
    assert repr(found.logins[Role.READ]) == "postgresql://eye@h/db"
    assert repr(found) == "postgresql://owner@h/db"


def conninfo(url: str, role: Role, **settings: str) -> str:
    return Database._conninfo(login(url), role, settings)


def test_a_connection_wears_its_role_and_its_settings() -> None:
    made = conninfo("postgresql://u@h/db", Role.PROJECT, search_path="a, b")
    assert "-c role=menwei_project" in made
    assert r"-c search_path=a,\\ b" in made
    assert "application_name='menwei project'" in made
    assert "role=" not in conninfo("postgresql://u@h/db", Role.OWNER)


def test_what_the_url_says_of_the_connection_holds() -> None:
    made = conninfo("postgresql://u@h/db?connect_timeout=60&application_name=x", Role.READ)
    assert "connect_timeout=60" in made
    assert "application_name=x" in made


@pytest.mark.parametrize(
    ("url", "role", "asks"),
    [
        ("postgresql://u@a,b/db", Role.INGEST, True),
        ("postgresql://u@a,b/db", Role.READ, False),
        ("postgresql://u@a/db", Role.INGEST, False),
    ],
)
def test_of_several_servers_who_writes_asks_for_the_primary(
    url: str, role: Role, *, asks: bool
) -> None:
    assert ("target_session_attrs=read-write" in conninfo(url, role)) == asks
