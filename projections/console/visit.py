"""Who is looking, from the request alone: the session's cookie, the language, the address."""

from urllib.parse import quote

import msgspec
from starlette.requests import HTTPConnection

from projections.console.past.moment import Moment
from projections.console.texts import Words, preferred
from projections.web.accounts import Account
from projections.web.auth import COOKIE
from projections.web.desk import Desk

SESSION = COOKIE
LANGUAGE = "menwei_lang"


class Visit(msgspec.Struct, frozen=True):
    """One page opened by one signed-in account. `secret` is asked about again before acting."""

    account: Account
    secret: str
    words: Words
    path: str
    compound: str = ""  # as asked for in the URL
    moment: Moment | None = None  # of the past, that the page is about

    @property
    def acts(self) -> bool:
        """May change something from here: nobody acts in the past."""
        return self.account.acts and self.moment is None


def words_of(request: HTTPConnection) -> Words:
    accept = request.headers.get("accept-language", "")
    return Words(preferred(request.cookies.get(LANGUAGE, ""), accept))


def account_of(request: HTTPConnection, desk: Desk) -> Account | None:
    secret = request.cookies.get(SESSION, "")
    return desk.accounts.session(secret) if secret else None


def visit(request: HTTPConnection, desk: Desk) -> Visit | None:
    """None without a live session."""
    account = account_of(request, desk)
    if account is None:
        return None
    return Visit(
        account,
        request.cookies[SESSION],
        words_of(request),
        address(request),
        request.query_params.get("compound", ""),
    )


def address(request: HTTPConnection) -> str:
    """Path and query, to come back to."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def local(path: str) -> str:
    """The path if it is one on this host, else `/`: nobody is sent elsewhere after signing in."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else "/"


def signin_url(path: str) -> str:
    return "/signin" if path == "/" else f"/signin?next={quote(path, safe='')}"
