"""The applications: what the file says of each, and what stands for those that are not in it.

Money is in thousands of dollars, ratios in percent of income, as in the file.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

PROOF = "proof_of_facts"
"""The paper that a borrower cannot send whose facts cannot be verified."""
EXPLANATION = "letter_of_explanation"
"""What such a borrower sends in its place."""


@dataclass(frozen=True, slots=True)
class Application:
    """What can be found out about an application."""

    id: str
    loan_amount: float
    price: float
    appraised: float
    units: int
    occupied_by_owner: bool
    self_employed: bool
    housing_ratio: float
    debt_ratio: float
    net_worth: float
    unverifiable: bool
    guidelines: str
    bankruptcy: bool
    delinquent: bool
    credit_lines: float
    insurance_sought: bool
    insurance_refused: bool
    gift: bool
    cosigner: bool

    @property
    def papers(self) -> list[str]:
        """The papers that a lender asks for where people look at the file."""
        needed = [
            (self.self_employed, "tax_returns"),
            (self.gift, "gift_letter"),
            (self.cosigner, "cosigner_statement"),
            (self.unverifiable, PROOF),
        ]
        return [paper for asked, paper in needed if asked]

    @property
    def number(self) -> int:
        """The digits of the id."""
        return int("".join(filter(str.isdigit, self.id)) or 0)

    def input(self) -> dict[str, object]:
        """What the borrower states: the input of the journey."""
        return {
            "application": self.id,
            "borrower": f"borrower-{self.id}",
            "loan_amount": self.loan_amount,
            "price": self.price,
            "units": self.units,
            "self_employed": self.self_employed,
            "insurance_sought": self.insurance_sought,
            "occupied_by_owner": self.occupied_by_owner,
        }


class Applications:
    """All applications of the file."""

    def __init__(self, rows: list[Application]) -> None:
        self._rows = rows
        self._by_id = {row.id: row for row in rows}

    @classmethod
    def read(cls, path: Path) -> Applications:
        """Reads the file."""
        with path.open(newline="", encoding="utf-8") as file:
            return cls([_application(row) for row in csv.DictReader(file)])

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, id: str) -> Application | None:
        """One that is in the file."""
        return self._by_id.get(id)

    def like(self, id: str) -> Application:
        """The one in the file that stands for an application that is not: always the same for the same id."""
        digest = hashlib.sha256(id.encode()).digest()
        return self._rows[int.from_bytes(digest[:8], "big") % len(self._rows)]


def _application(row: dict[str, str]) -> Application:
    def flag(name: str) -> bool:
        return float(row[name]) == 1.0

    # 666 stands for "not said".
    guidelines = {1.0: "met", 0.0: "not_met"}.get(float(row["gdlin"]), "unknown")
    return Application(
        id=row["application"],
        loan_amount=float(row["loanamt"]),
        price=float(row["price"]),
        appraised=float(row["apr"]),
        units=_units(row["unit"]),
        occupied_by_owner=flag("occ"),
        self_employed=flag("self"),
        housing_ratio=float(row["hrat"]),
        debt_ratio=float(row["obrat"]),
        net_worth=float(row["netw"]),
        unverifiable=flag("unver"),
        guidelines=guidelines,
        bankruptcy=flag("pubrec"),
        delinquent=not flag("chist"),
        credit_lines=float(row["lines"]),
        insurance_sought=flag("inss"),
        insurance_refused=flag("inson"),
        gift=flag("gift"),
        cosigner=flag("cosign"),
    )


def _units(text: str) -> int:
    # Some rows leave it open: a single family then.
    try:
        return int(float(text))
    except ValueError:
        return 1
