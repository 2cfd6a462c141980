"""`python -m loans` starts the service."""

from __future__ import annotations

import uvicorn

from .settings import Settings


def main() -> None:
    """Serves until it is stopped."""
    settings = Settings.from_environment()
    uvicorn.run("loans.app:app", host=settings.host, port=settings.port, workers=settings.workers)


if __name__ == "__main__":
    main()
