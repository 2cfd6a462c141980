"""What endpoints ask for: the service, who is asking, and which part of a list."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Query, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from . import tokens
from .errors import ApiError
from .service import Service
from .users import User

BEARER = HTTPBearer(auto_error=False, description="A token from `python -m loans.tokens USER`.")


def service(connection: HTTPConnection) -> Service:
    """The service of this worker."""
    found: Service = connection.app.state.service
    return found


def identify(service: Service, token: str | None) -> User:
    """Who holds a token.

    Raises:
        ApiError: `unauthenticated`.
    """
    if not token:
        raise ApiError("unauthenticated", "send a token: `Authorization: Bearer TOKEN`")
    try:
        name = tokens.verify(token, service.settings.secret)
    except tokens.BadToken as error:
        raise ApiError("unauthenticated", str(error)) from error
    user = service.users.get(name)
    if user is None:
        raise ApiError("unauthenticated", f"nobody is called `{name}` any more")
    return user


TheService = Annotated[Service, Depends(service)]


def current_user(
    service: TheService, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> User:
    """Who is asking."""
    return identify(service, bearer.credentials if bearer else None)


CurrentUser = Annotated[User, Depends(current_user)]


def a_director(user: CurrentUser) -> User:
    """A manager or an administrator.

    Raises:
        ApiError: `forbidden`.
    """
    if not (user.is_manager or user.is_admin):
        raise ApiError("forbidden", "this is for managers and administrators")
    return user


Director = Annotated[User, Depends(a_director)]

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]

Place = TypeVar("Place")
After = Annotated[Place | None, Query(description="The `next` of the page before.")]
"""Where a page begins."""
