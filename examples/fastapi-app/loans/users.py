"""The table of users: who has which roles and belongs to which team."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowwright import Actor

ADMIN = "admin"
MANAGER = "manager"
LOAN_OFFICER = "loan_officer"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use the service."""

    id: str
    name: str
    roles: frozenset[str]
    team: str

    @property
    def is_admin(self) -> bool:
        """Sees and may do everything."""
        return ADMIN in self.roles

    @property
    def is_manager(self) -> bool:
        """Sees what belongs to the team, and directs it."""
        return MANAGER in self.roles

    @property
    def actor(self) -> Actor:
        """As the engine knows them."""
        return Actor(self.id, roles=sorted(self.roles), groups=[self.team])

    @property
    def director(self) -> Actor:
        """As the engine knows somebody who hands out other people's tasks: the engine lets `admin` do that."""
        return Actor(self.id, roles=sorted(self.roles | {ADMIN}), groups=[self.team])


class Users:
    """The table, read once."""

    def __init__(self, users: dict[str, User]) -> None:
        self._users = users

    @classmethod
    def read(cls, path: Path) -> Users:
        """Reads `{"users": [{"id", "name", "roles", "team"}]}`."""
        rows = json.loads(path.read_text("utf-8"))["users"]
        people = (User(row["id"], row["name"], frozenset(row["roles"]), row["team"]) for row in rows)
        return cls({user.id: user for user in people})

    def get(self, id: str) -> User | None:
        """Somebody by id."""
        return self._users.get(id)

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def roles(self) -> set[str]:
        """Every role that somebody has."""
        return {role for user in self for role in user.roles}
