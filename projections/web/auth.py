"""Who is asking: a machine by its API token, a person by the console's session cookie."""

from collections.abc import Mapping
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from projections.web.accounts import Account, Accounts
from projections.web.desk import Desk

COOKIE = "menwei_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER = HTTPBearer(
    auto_error=False, scheme_name="token", description="An API token, as `menwei token` prints it."
)
SESSION = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="session", description="The console's session."
)


async def desk_of(request: Request) -> Desk:
    """Not a plain function: those are sent to a worker thread, which costs more than they do."""
    return cast(Desk, request.app.state.desk)


Hub = Annotated[Desk, Depends(desk_of)]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
Cookie = Annotated[str | None, Depends(SESSION)]


def identify(accounts: Accounts, token: str | None, session: str | None) -> Account | None:
    """A token that is sent must hold: there is no falling back to the cookie."""
    if token is not None:
        return accounts.bearer(token)
    return accounts.session(session) if session else None


def same_origin(headers: Mapping[str, str]) -> bool:
    """Did this request come from a page of this very host, as far as the browser tells?

    Neither header can be set by a page's script. A client that sends none is no browser and
    has no business with a cookie.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    try:
        origin = urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return False
    return bool(origin) and origin == headers.get("host")


def reader(request: Request, desk: Hub, token: Token, session: Cookie) -> Account:
    """Any account may look. Runs on a worker thread: it asks accounts.db."""
    account = identify(desk.accounts, token.credentials if token else None, session)
    if account is None:
        challenge = 'Bearer realm="menwei"' + (', error="invalid_token"' if token else "")
        raise HTTPException(
            401,
            "Sign in, or send an API token as `Authorization: Bearer`.",
            headers={"WWW-Authenticate": challenge},
        )
    if request.method not in _SAFE_METHODS:
        of_this_hub(request, token)
    return account


Reader = Annotated[Account, Depends(reader)]


def of_this_hub(request: Request, token: Token) -> None:
    """403 where a cookie speaks for somebody whom another site's page may have sent here."""
    if token is None and not same_origin(request.headers):
        raise HTTPException(403, "This request did not come from a page of this hub.")


async def actor(account: Reader) -> Account:
    """Only who may change something."""
    if not account.acts:
        raise HTTPException(403, f"The role {account.role} may look, but not change anything.")
    return account


Actor = Annotated[Account, Depends(actor)]
