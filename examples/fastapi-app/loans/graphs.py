"""The graph of a process, with the present state of its steps."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from flowwright import Engine, InstanceView, StepView

from .models.process import GraphEdge, GraphStep, Visualization

COLOURS = {
    "active": "fill:#fff4ce,stroke:#b7791f,stroke-width:2px",
    "completed": "fill:#d8f3dc,stroke:#2d6a4f",
    "failed": "fill:#fde2e1,stroke:#b3261e,stroke-width:2px",
    "indeterminate": "fill:#fde2e1,stroke:#b3261e,stroke-dasharray:4",
    "skipped": "fill:#f3f4f6,stroke:#9ca3af,color:#6b7280,stroke-dasharray:4",
    "cancelled": "fill:#f3f4f6,stroke:#6b7280,color:#6b7280",
}
"""How a step looks in each state; `pending` ones are left as they are."""

NOTHING = StepView("pending")


async def visualize(engine: Engine, process: str) -> Visualization:
    """Draws a process as it stands."""
    view = await engine.get(process)
    drawing, chart = await asyncio.gather(
        engine.draw(view.flow, view.version, format="json"),
        engine.draw(view.flow, view.version, format="mermaid"),
    )
    steps = [_step(one, view) for one in drawing["steps"]]
    return Visualization(
        process=process,
        journey=view.flow,
        version=view.version,
        status=view.status,
        steps=steps,
        edges=[_edge(one) for one in drawing["edges"]],
        mermaid=coloured(chart, [step.state for step in steps]),
    )


def _step(drawn: dict[str, Any], view: InstanceView) -> GraphStep:
    state = view.steps.get(drawn["path"], NOTHING)
    return GraphStep(
        id=drawn["id"],
        path=drawn["path"],
        title=drawn["title"],
        type=drawn["type"],
        level=drawn["level"],
        scope=drawn["scope"],
        state=state.status,
        iteration=state.iteration,
        started_at=state.started,
        ended_at=state.ended,
    )


def _edge(drawn: dict[str, Any]) -> GraphEdge:
    return GraphEdge(
        source=drawn["from"],
        target=drawn["to"],
        on=drawn["on"],
        label=drawn.get("label", ""),
        back=drawn.get("back") is not None,
    )


def coloured(chart: str, states: list[str]) -> str:
    """A Mermaid chart, whose steps are `s0`, `s1`, … in order, with a class for each state."""
    by_state: dict[str, list[str]] = defaultdict(list)
    for number, state in enumerate(states):
        by_state[state].append(f"s{number}")
    lines = []
    for state, colour in COLOURS.items():
        if by_state[state]:
            lines.append(f"  classDef {state} {colour}")
            lines.append(f"  class {','.join(by_state[state])} {state}")
    return "\n".join([chart.rstrip("\n"), *lines]) + "\n"
