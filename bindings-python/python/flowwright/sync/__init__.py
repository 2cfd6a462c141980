"""The engine without ``await``, for scripts and notebooks::

    from flowwright import sync

    with sync.Engine.open("sqlite:app.db", activities={"greet": greet}) as engine:
        engine.deploy(Path("hello.yaml"))
        print(engine.start("hello", {"name": "Ada"}).result())

An event loop runs in a thread of its own; ``async def`` handlers are its tasks. The methods are those of
:class:`flowwright.Engine`, may be called from any thread, and block.
"""

from .._offline import draw, schema, simulate, validate
from ._engine import Engine
from ._events import EventStream
from ._instance import Instance

__all__ = ["Engine", "EventStream", "Instance", "draw", "schema", "simulate", "validate"]
