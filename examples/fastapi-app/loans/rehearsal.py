"""Playing a journey: the script that answers as the services and people would."""

from __future__ import annotations

from typing import Any

from .journey.services import Services, credit_report, income_report
from .models.process import MortgageApplication
from .models.simulation import ScriptedRun, TestJourney

SIGNED = {"after": "1h", "by": "otto", "output": {"outcome": None, "data": {"signed": True}}}


def stated(services: Services, asked: TestJourney) -> MortgageApplication:
    """The application that is played: the first one of the file, where none is given."""
    return asked.application or MortgageApplication.model_validate(services.facts("A0001").input())


def script(services: Services, application: MortgageApplication, asked: TestJourney) -> dict[str, Any]:
    """What the deployed journey's steps do, unless the caller says otherwise."""
    id, price = application.application, application.price
    facts = services.applications.get(id) or services.applications.like(id)
    reference = f"appraisal-{id}"
    value = round(price * facts.appraised / facts.price, 3)
    steps: dict[str, list[dict[str, Any]]] = {
        "application": [SIGNED],
        "credit": [_gives("2s", {"reference": f"credit-{id}", **credit_report(facts)})],
        "income": [_gives("9s", income_report(facts))],
        "order_appraisal": [_gives("1s", {"reference": reference})],
        "insurance": [_gives("5s", {"granted": not facts.insurance_refused})],
        "underwrite": [_does("4h", "uma", "approved", {"reason": "played"})],
        "second_look": [_does("2h", "ugo", "approved", {"reason": "played"})],
        "documents": [_does("1d", application.borrower, None, {"papers": facts.papers})],
        "close/title": [_gives("3s", {"policy": f"title-{id}"})],
        "close/escrow": [_gives("3s", {"account": f"escrow-{id}"})],
        "close/fund": [_funds(application)],
        "decline": [_gives("1s", {"reason": "declined"})],
    }
    signal = {
        "at": "3d",
        "name": "appraisal.completed",
        "payload": {"value": value},
        "correlation": reference,
    }
    signals = _signals(asked) or [signal]
    return {"steps": {**steps, **_steps(asked)}, "signals": signals, "default": {"after": "1s"}}


def draft_script(asked: TestJourney) -> dict[str, Any]:
    """What a draft's steps do."""
    return {"steps": _steps(asked), "signals": _signals(asked), "default": {"after": "1s"}}


def _funds(application: MortgageApplication) -> dict[str, Any]:
    if application.loan_amount > application.price:
        return {"after": "3s", "error": {"code": "payout_above_price", "message": "", "retryable": False}}
    return _gives("3s", {"amount": application.loan_amount})


def _gives(after: str, output: object) -> dict[str, Any]:
    return {"after": after, "output": output}


def _does(after: str, by: str, outcome: str | None, data: object) -> dict[str, Any]:
    return {"after": after, "by": by, "output": {"outcome": outcome, "data": data}}


def _steps(asked: TestJourney) -> dict[str, list[dict[str, Any]]]:
    return {path: [_run(run) for run in runs] for path, runs in asked.steps.items()}


def _run(run: ScriptedRun) -> dict[str, Any]:
    return run.model_dump(exclude_none=True) | {"output": run.output}


def _signals(asked: TestJourney) -> list[dict[str, Any]]:
    return [signal.model_dump() for signal in asked.signals]
