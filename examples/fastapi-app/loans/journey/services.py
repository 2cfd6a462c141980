"""The lender's services: what the journey's activities call. They answer from the file of applications, for one that is
not in it from the row that stands for it, and keep books of what is ordered and paid, as the real ones would."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flowwright import ActivityContext, ActivityError, Engine

from .applications import Application, Applications
from .books import Appraisal, Books

BUSY_EVERY = 50
"""Every so many applications the credit bureau is busy when it is asked first."""

Input = dict[str, Any]
Answer = dict[str, Any] | None
Service = Callable[[Input, ActivityContext], Answer]


class Services:
    """All services, by the names that the journey calls them. They are plain functions: the engine runs them in threads."""

    def __init__(self, applications: Applications, books: Books, appraisal_seconds: float = 0.0) -> None:
        self.applications = applications
        self.books = books
        self.appraisal_seconds = appraisal_seconds
        self.ordered: Callable[[], None] = lambda: None
        """Called from a service's thread when an appraisal was ordered."""

    def handlers(self) -> dict[str, Service]:
        """Every service under its name."""
        return {
            "credit.pull": self.pull_credit,
            "credit.release": self.give_back,
            "income.verify": self.verify_income,
            "insurance.request": self.request_insurance,
            "appraisal.order": self.order_appraisal,
            "appraisal.cancel": self.give_back,
            "letter.remind": self.remind,
            "letter.decline": self.decline,
            "title.insure": self.insure_title,
            "title.cancel": self.give_back,
            "escrow.open": self.open_escrow,
            "escrow.close": self.give_back,
            "loan.fund": self.fund,
            "loan.funded": self.was_funded,
        }

    def offer(self, engine: Engine) -> None:
        """Offers every service to an engine."""
        for name, service in self.handlers().items():
            engine.activity(name, service)

    # -- what is known -------------------------------------------------------------------------------------------

    def facts(self, id: str) -> Application:
        """What can be found out about an application.

        Raises:
            ActivityError: `unknown_borrower`, where nobody has registered it.
        """
        found = self.applications.get(id)
        if found is None and self.books.registered(id) is not None:
            found = self.applications.like(id)
        if found is None:
            raise ActivityError("unknown_borrower", f"nobody knows application {id}", retryable=False)
        return found

    def price(self, id: str) -> float:
        """What the property costs."""
        registered = self.books.registered(id)
        return registered[1] if registered else self.facts(id).price

    def value(self, id: str) -> float:
        """What an appraiser says that the property is worth: as far from its price as in the file."""
        facts = self.facts(id)
        return round(self.price(id) * facts.appraised / facts.price, 3)

    def _order(self, what: str, id: str) -> str:
        reference = f"{what}-{id}"
        self.books.order(reference)
        return reference

    # -- the services --------------------------------------------------------------------------------------------

    def pull_credit(self, input: Input, context: ActivityContext) -> Answer:
        """A credit report."""
        facts = self.facts(input["application"])
        known = self.applications.get(input["application"])
        if context.attempt == 1 and known is not None and known.number % BUSY_EVERY == 0:
            raise ActivityError("busy", "the credit bureau is busy; ask again")
        return {"reference": self._order("credit", input["application"]), **credit_report(facts)}

    def verify_income(self, input: Input, context: ActivityContext) -> Answer:
        """Income, debts, and what can be verified."""
        return income_report(self.facts(input["application"]))

    def request_insurance(self, input: Input, context: ActivityContext) -> Answer:
        """Mortgage insurance."""
        return {"granted": not self.facts(input["application"]).insurance_refused}

    def order_appraisal(self, input: Input, context: ActivityContext) -> Answer:
        """Orders an appraisal; the office answers later, by a signal."""
        value = self.value(input["application"])
        reference = self._order("appraisal", input["application"])
        ready = time.time() + self.appraisal_seconds
        self.books.appraise(Appraisal(reference, str(context.instance), value), ready)
        self.ordered()
        return {"reference": reference}

    def give_back(self, input: Input, context: ActivityContext) -> Answer:
        """Gives back what was ordered."""
        reference = input.get("reference") or input.get("policy") or input.get("account")
        self.books.give_back(str(reference))
        return {"given_back": reference}

    def remind(self, input: Input, context: ActivityContext) -> Answer:
        """Reminds the borrower."""
        self.books.write_letter(input["application"], "reminder")
        return None

    def decline(self, input: Input, context: ActivityContext) -> Answer:
        """The adverse action letter."""
        return {"reason": input["reason"]}

    def insure_title(self, input: Input, context: ActivityContext) -> Answer:
        """Title insurance."""
        return {"policy": self._order("title", input["application"])}

    def open_escrow(self, input: Input, context: ActivityContext) -> Answer:
        """The account that the loan is paid out of."""
        return {"account": self._order("escrow", input["application"])}

    def fund(self, input: Input, context: ActivityContext) -> Answer:
        """Pays the loan, which must not be more than the property costs."""
        id, amount, account = input["application"], float(input["amount"]), input["account"]
        price = self.price(id)
        if amount > price:
            message = f"{amount:g} to be paid for a property of {price:g}"
            raise ActivityError("payout_above_price", message, retryable=False)
        self.books.pay(context.idempotency_key, id, amount, account)
        return {"amount": amount, "account": account}

    def was_funded(self, input: Input, context: ActivityContext) -> Answer:
        """After a crash in the middle of a payment: was it made? The idempotency key tells."""
        paid = self.books.paid(context.idempotency_key)
        if paid is None:
            return {"status": "not_done"}
        return {"status": "done", "output": {"amount": paid[0], "account": paid[1]}}


def credit_report(facts: Application) -> dict[str, Any]:
    """What the credit bureau says."""
    return {
        "guidelines": facts.guidelines,
        "bankruptcy": facts.bankruptcy,
        "delinquent": facts.delinquent,
        "lines": facts.credit_lines,
    }


def income_report(facts: Application) -> dict[str, Any]:
    """What the verification of income says."""
    return {
        "housing_ratio": facts.housing_ratio,
        "debt_ratio": facts.debt_ratio,
        "net_worth": facts.net_worth,
        "verified": not facts.unverifiable,
        "papers": facts.papers,
    }
