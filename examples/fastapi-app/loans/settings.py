"""What the service is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
JOURNEY = HERE.parent / "loan_origination"

DEMO_SECRET = "only-for-the-demo-set-LOANS_SECRET"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with what it is when nobody sets it."""

    database: str = "sqlite:loans.db"
    """DATABASE_URL: where the engine keeps its instances; `sqlite:PATH`, `postgres:…` or `memory:`."""
    books: Path = Path("loans.books")
    """LOANS_BOOKS: where the services write down what they ordered and paid. Beside the database if not set."""
    users: Path = HERE / "users.json"
    """LOANS_USERS: the table of users."""
    secret: str = DEMO_SECRET
    """LOANS_SECRET: what bearer tokens are signed with; the same in every worker."""
    definition: Path = JOURNEY / "definition.yaml"
    """LOANS_DEFINITION: the mortgage journey."""
    applications: Path = JOURNEY / "data" / "boston_hmda_1990.csv"
    """LOANS_APPLICATIONS: the file that the services answer from."""
    appraisal_seconds: float = 0.0
    """LOANS_APPRAISAL_SECONDS: how long the appraiser takes."""
    lease_seconds: float = 3.0
    """LOANS_LEASE_SECONDS: how soon another worker takes over what a dead one had."""
    host: str = "127.0.0.1"
    """HOST: where `python -m loans` listens."""
    port: int = 8000
    """PORT: the same."""
    workers: int = 1
    """WORKERS: how many processes `python -m loans` starts."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Reads the environment; what is not set there is as in this class."""
        get, usual = environment.get, cls()
        database = get("DATABASE_URL", usual.database)
        return cls(
            database=database,
            books=Path(get("LOANS_BOOKS") or books_beside(database)),
            users=Path(get("LOANS_USERS") or usual.users),
            secret=get("LOANS_SECRET") or usual.secret,
            definition=Path(get("LOANS_DEFINITION") or usual.definition),
            applications=Path(get("LOANS_APPLICATIONS") or usual.applications),
            appraisal_seconds=float(get("LOANS_APPRAISAL_SECONDS") or usual.appraisal_seconds),
            lease_seconds=float(get("LOANS_LEASE_SECONDS") or usual.lease_seconds),
            host=get("HOST") or usual.host,
            port=int(get("PORT") or usual.port),
            workers=int(get("WORKERS") or usual.workers),
        )


def books_beside(database: str) -> Path:
    """The books of the services, next to an SQLite file: `loans.db` has `loans.books`."""
    kind, _, path = database.partition(":")
    return Path(path).with_suffix(".books") if kind == "sqlite" and path else Path("loans.books")
