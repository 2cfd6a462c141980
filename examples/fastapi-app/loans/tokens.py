"""Bearer tokens: JSON Web Tokens, signed with HMAC-SHA256 by the standard library.

A token says who somebody is and until when. `python -m loans.tokens otto` writes one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import sys
import time

HEADER = {"alg": "HS256", "typ": "JWT"}
DAY = 86_400


class BadToken(Exception):
    """A token that is not to be trusted; the message says why."""


def sign(user: str, secret: str, *, lasts: float = DAY, now: float | None = None) -> str:
    """A token for `user` that is good for `lasts` seconds."""
    issued = time.time() if now is None else now
    claims = {"sub": user, "iat": int(issued), "exp": int(issued + lasts)}
    body = f"{_encode(HEADER)}.{_encode(claims)}"
    return f"{body}.{_signature(body, secret)}"


def verify(token: str, secret: str, *, now: float | None = None) -> str:
    """The user whom a token names.

    Raises:
        BadToken: it is malformed, signed by somebody else, or too old.
    """
    body, dot, signature = token.rpartition(".")
    if not dot or body.count(".") != 1:
        raise BadToken("the token is not of the form HEADER.CLAIMS.SIGNATURE")
    if not hmac.compare_digest(signature.encode(), _signature(body, secret).encode()):
        raise BadToken("the token's signature is wrong")
    header, claims = (_decode(part) for part in body.split("."))
    if header.get("alg") != "HS256":
        raise BadToken("the token is signed by a method that is not accepted here")
    user, until = claims.get("sub"), claims.get("exp")
    if not isinstance(user, str) or not isinstance(until, int):
        raise BadToken("the token does not say who and until when")
    if (time.time() if now is None else now) >= until:
        raise BadToken("the token has expired")
    return user


def _signature(body: str, secret: str) -> str:
    return _base64(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())


def _encode(data: object) -> str:
    return _base64(json.dumps(data, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(part: str) -> dict[str, object]:
    try:
        data = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadToken("the token cannot be read") from error
    if not isinstance(data, dict):
        raise BadToken("the token holds no claims")
    return data


def main(arguments: list[str]) -> int:
    """Writes a token for each user that is named."""
    from .settings import Settings
    from .users import Users

    settings = Settings.from_environment()
    users = Users.read(settings.users)
    if not arguments:
        print("usage: python -m loans.tokens USER…   with USER one of:", file=sys.stderr)
        for user in users:
            print(
                f"  {user.id:16} {user.name} ({', '.join(sorted(user.roles))}; {user.team})", file=sys.stderr
            )
        return 2
    for name in arguments:
        if users.get(name) is None:
            print(f"nobody is called `{name}` in {settings.users}", file=sys.stderr)
            return 1
        print(sign(name, settings.secret))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
