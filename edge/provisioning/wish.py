"""What is wished of a device: as somebody tells it, and what that comes to beside what was told
before. Passwords and secrets are told and never asked back: what is left out stays."""

import secrets
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from edge.lines import config as lines
from edge.lines.config import Follower, Source
from edge.provisioning.book import NAME, Book, Told, Unfit, checked

_SHORTEST, _LONGEST = 8, 128  # characters of a secret
_MADE = 16  # characters: devices have fields no longer than that
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # told apart when read
_OPTIONS, _OPTION = 32, 128
_USER, _URL = 64, 256


class SourceWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`password` left out: as it was, for the same user at the same address."""

    url: str
    user: str = ""
    password: str | None = None
    basic: bool = False
    pictures: bool = False
    options: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"SourceWish({self.url!r})"  # and not its password


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source` and `secret` left out: as they were; null: none. `new_secret`: make one up."""

    kind: str = ""
    name: str = ""
    role: str = ""
    subject: str = ""
    zone: str = ""
    readers: Mapping[str, str] = {}
    options: Mapping[str, str] = {}
    source: SourceWish | UnsetType | None = UNSET
    secret: str | UnsetType | None = UNSET
    new_secret: bool = False

    def __repr__(self) -> str:
        return f"Wish({self.kind!r})"


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """`told`: as it is to stand in the book, but for files of new secrets. `password`, `secret`:
    the new ones, empty where nothing is new. `follower`: how it is asked from here on."""

    told: Told
    password: str = ""
    secret: str = ""
    follower: Follower | None = None

    def __repr__(self) -> str:
        return f"Meant({self.told!r})"


def meant(key: str, wish: Wish, book: Book, *, takes_secrets: bool) -> Meant:
    """Blocks. Unfit for what cannot be so; ConfigError, in the words of edge.toml's tables, for a
    source that cannot be asked."""
    before = book.told.get(key, Told())
    one = Told(
        kind=wish.kind, name=wish.name, role=wish.role, subject=wish.subject, zone=wish.zone,
        readers=dict(wish.readers), options=dict(wish.options),  # type: ignore[arg-type]
    )  # fmt: skip
    one = checked(key, one)
    source, password = _source(wish, before)
    follower = None
    if source is not None:
        follower = lines.follower(book.folder / NAME, key, source, password)
    secret, file = _secret(wish, before, takes_secrets=takes_secrets)
    told = msgspec.structs.replace(one, source=source, secret_file=file)
    return Meant(told=told, password=password, secret=secret, follower=follower)


def _source(wish: Wish, before: Told) -> tuple[Source | None, str]:
    """As it is to be, and its new password; empty: none, or the one that is there."""
    asked, old = wish.source, before.source
    if asked is UNSET:
        # Another kind is asked in another way, if at all: whoever checks it says so.
        return (msgspec.structs.replace(old, kind=wish.kind), "") if old is not None else (None, "")
    if asked is None:
        return None, ""
    _plausible(asked)
    source = Source(
        kind=wish.kind, url=asked.url, user=asked.user, basic=asked.basic, pictures=asked.pictures,
        options=dict(asked.options),
    )  # fmt: skip
    if asked.password is None and old is not None:
        # Not to another address or for another user: a password goes where it was given for.
        if (old.url.rstrip("/"), old.user) == (asked.url.rstrip("/"), asked.user):
            source = msgspec.structs.replace(source, password_file=old.password_file)
        elif old.password_file and asked.user:
            raise Unfit({"password": "the address or user is another: give the password again"})
    return source, asked.password or ""


def _plausible(asked: SourceWish) -> None:
    faults: dict[str, str] = {}
    password = asked.password or ""
    if len(asked.url) > _URL or not asked.url.isprintable():
        faults["url"] = "http://host or https://host:port"
    if len(asked.user) > _USER or not asked.user.isprintable():
        faults["user"] = f"at most {_USER} characters that can be seen"
    if len(password) > _LONGEST or not _visible(password):
        faults["password"] = f"at most {_LONGEST} characters that can be seen, no space at its ends"
    if password and not asked.user:
        faults["user"] = "whose password it is"
    if len(asked.options) > _OPTIONS or not all(
        name and len(name) <= _OPTION and len(value) <= _OPTION and (name + value).isprintable()
        for name, value in asked.options.items()
    ):
        faults["options"] = f"at most {_OPTIONS} of its kind's, as its README says"
    if faults:
        raise Unfit({f"source.{name}": why for name, why in faults.items()})


def _secret(wish: Wish, before: Told, *, takes_secrets: bool) -> tuple[str, str]:
    """The new one, and the file of the one that stays."""
    if wish.new_secret:
        told: str | UnsetType | None = "".join(secrets.choice(_LETTERS) for _ in range(_MADE))
    else:
        told = wish.secret
    if told is UNSET:
        return "", before.secret_file
    if not told:
        return "", ""
    if not takes_secrets:
        raise Unfit(
            {"secret": "nobody proves anything here: add a table `http` or `lines` to edge.toml"}
        )
    if not _SHORTEST <= len(told) <= _LONGEST or not _visible(told):
        raise Unfit(
            {"secret": f"{_SHORTEST} to {_LONGEST} characters that can be seen, no space at its "
             "ends"}
        )  # fmt: skip
    return told, ""


def _visible(text: str) -> bool:
    return text.isprintable() and text == text.strip()
