"""What is wished of a device that is asked or proves itself: what is secret is told, kept in files
of its own, and never asked back."""

import logging
from pathlib import Path

import msgspec
import pytest

from core.errors import ConfigError
from devices.adapter import Site
from edge.lines.config import Source
from edge.provisioning.book import NAME, Book, Told, Unfit
from edge.provisioning.wish import Meant, SourceWish, Wish, meant

PASSWORD = "zeppelin-4711"
SECRET = "kumquat-2718"
ASKED = SourceWish(url="http://192.0.2.21", user="admin", password=PASSWORD)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path, Site())


def wished(book: Book, wish: Wish, key: str = "gate-1") -> Meant:
    found = meant(key, wish, book, takes_secrets=True)
    book.put(key, found.told, found.password, found.secret)
    return found


def files(book: Book) -> list[str]:
    return sorted(one.read_text() for one in (book.folder / "secrets").glob("*"))


def hikvision(**more: object) -> Wish:
    return msgspec.convert({"kind": "hikvision", **more}, Wish)


def test_it_is_asked_again_in_the_next_life_and_only_files_know_the_password(book: Book) -> None:
    found = wished(book, Wish(kind="hikvision", source=ASKED, secret=SECRET))
    assert found.follower is not None
    assert (found.follower.password, found.follower.asked.device) == (PASSWORD, "gate-1")
    assert files(book) == sorted([PASSWORD, SECRET])
    for path in (book.folder / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    assert (book.folder / "secrets").stat().st_mode & 0o077 == 0
    text = (book.folder / NAME).read_text()
    assert PASSWORD not in text
    assert SECRET not in text
    again = Book(book.folder, Site())
    ((follower,), broken) = again.followers()
    assert (follower.asked, follower.password, broken) == (found.follower.asked, PASSWORD, {})
    assert again.secrets() == {"gate-1": SECRET}
    for shown in (found, found.follower, ASKED, Wish(kind="x", secret=SECRET)):
        assert PASSWORD not in repr(shown)
        assert SECRET not in repr(shown)


def test_what_is_left_out_stays_and_null_is_none(book: Book) -> None:
    first = wished(book, Wish(kind="hikvision", source=ASKED, secret=SECRET))
    renamed = wished(book, hikvision(name="south"))
    assert renamed.told.source is not None
    assert renamed.follower is not None
    assert (renamed.follower, renamed.secret) == (first.follower, "")
    assert book.secrets() == {"gate-1": SECRET}
    slower = hikvision(source={"url": ASKED.url, "user": "admin", "options": {"poll_s": "9"}})
    kept = wished(book, slower)
    assert kept.follower is not None
    assert kept.follower.password == PASSWORD
    wished(book, hikvision(source={"url": ASKED.url, "user": "admin", "password": "other"}))
    assert files(book) == sorted(["other", SECRET])
    gone = wished(book, hikvision(source=None, secret=None))
    assert (gone.follower, gone.told.source, gone.told.secret_file) == (None, None, "")
    assert files(book) == []


@pytest.mark.parametrize(
    "source", [{"url": "http://203.0.113.5", "user": "admin"}, {"url": ASKED.url, "user": "root"}]
)
def test_a_password_goes_where_it_was_given_for(book: Book, source: dict[str, str]) -> None:
    wished(book, Wish(kind="hikvision", source=ASKED))
    with pytest.raises(Unfit, match="give the password again"):
        wished(book, hikvision(source=source))


def test_removing_it_removes_its_files(book: Book) -> None:
    wished(book, Wish(kind="hikvision", source=ASKED, secret=SECRET))
    wished(book, Wish(kind="hikvision", secret="another-one"), "gate-2")
    book.drop("gate-1")
    assert files(book) == ["another-one"]
    (book.folder / "secrets" / "left-behind.password").write_text("x")
    Book(book.folder, Site())  # as the next start
    assert files(book) == ["another-one"]


def test_a_file_that_is_gone_is_told_of_and_stops_nobody(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    wished(book, Wish(kind="hikvision", source=ASKED, secret=SECRET))
    for path in (book.folder / "secrets").iterdir():
        path.unlink()
    again = Book(book.folder, Site())
    with caplog.at_level(logging.ERROR):
        followers, broken = again.followers()
    assert followers == []
    assert "password_file" in broken["gate-1"]
    assert again.secrets() == {}


def test_a_made_up_secret_is_long_and_another_each_time(book: Book) -> None:
    made = {wished(book, Wish(new_secret=True)).secret for _ in range(3)}
    assert len(made) == 3
    assert {len(one) for one in made} == {16}
    assert all(one.isalnum() for one in made)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SourceWish(url="rtsp://h"), r"`sources.gate-1.url`"),
        (SourceWish(url="http://u:p@h"), r"http://h is no address"),
        (SourceWish(url="http://h", user="u"), r"`sources.gate-1.password_file` is missing"),
    ],
)
def test_a_source_is_refused_in_the_words_of_its_table(
    book: Book, source: SourceWish, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        wished(book, Wish(kind="hikvision", source=source))
    with pytest.raises(ConfigError, match=r"`sources.gate-1.kind`: 'rfid' is none of"):
        wished(book, Wish(kind="rfid", source=ASKED))
    assert not (book.folder / NAME).exists()


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(kind="hikvision", source=SourceWish(url="http://h\n")), "source.url"),
        (Wish(kind="hikvision", source=SourceWish(url="http://h", password="x")), "source.user"),
        (
            Wish(kind="hikvision", source=SourceWish(url="http://h", user="u", password=" x")),
            "source.password",
        ),
        (
            Wish(kind="hikvision", source=SourceWish(url="http://h", options={"a": "b\nc"})),
            "source.options",
        ),
        (Wish(readers={"1": "up"}), "readers"),
        (Wish(readers={"1": ""}), "readers"),
        (Wish(secret="short"), "secret"),
        (Wish(secret="tab\tin-the-middle"), "secret"),
    ],
)
def test_what_cannot_be_so_is_named(book: Book, wish: Wish, field: str) -> None:
    with pytest.raises(Unfit) as caught:
        meant("gate-1", wish, book, takes_secrets=True)
    assert list(caught.value.faults) == [field]


def test_a_secret_nobody_would_ask_for_is_refused(book: Book) -> None:
    with pytest.raises(Unfit, match="`http` or `lines`"):
        meant("gate-1", Wish(secret=SECRET), book, takes_secrets=False)


def test_the_book_comes_back_as_it_was(book: Book) -> None:
    source = Source(
        kind="onvif", url="http://h", user="u\"'", password_file="secrets/x", basic=True,
        pictures=True, options={"events": "/onvif/\\e"},
    )  # fmt: skip
    (book.folder / "secrets").mkdir()
    (book.folder / "secrets" / "x").write_text("p")
    one = Told(kind="onvif", name="east", source=source, readers={"1": "in"})
    book.put("k.1", one)
    book.put("k.2", Told(name="after"))
    assert Book(book.folder, Site()).told == {"k.1": one, "k.2": Told(name="after")}
