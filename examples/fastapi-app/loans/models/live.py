"""Live events, as the WebSocket sends them."""

from __future__ import annotations

from pydantic import Field

from .common import Event


class LiveEvent(Event):
    """Something that has just happened."""

    position: str = Field(
        description="Its place among all events, `COMMIT.SEQ`. To go on behind it, connect with `after=POSITION`."
    )
    process: str
    journey: str
