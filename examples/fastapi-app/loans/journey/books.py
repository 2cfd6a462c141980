"""The books of the services: the world outside of the engine, which knows nothing of them.

They are an SQLite file of their own that all workers share and that outlives a crash, so that nothing is ordered or paid
twice by a worker that takes over.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS applications (id TEXT PRIMARY KEY, loan_amount REAL NOT NULL, price REAL NOT NULL);
CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, given_back INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS payments (key TEXT PRIMARY KEY, application TEXT NOT NULL, amount REAL NOT NULL,
    account TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS letters (application TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (application, kind));
CREATE TABLE IF NOT EXISTS appraisals (reference TEXT PRIMARY KEY, instance TEXT NOT NULL, value REAL NOT NULL,
    ready REAL NOT NULL, reported INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS appraisals_open ON appraisals (ready) WHERE reported = 0;
CREATE TABLE IF NOT EXISTS took_part (person TEXT NOT NULL, instance TEXT NOT NULL, PRIMARY KEY (person, instance))
    WITHOUT ROWID;
COMMIT;
"""


def _share(connection: sqlite3.Connection) -> None:
    """Lets others read and write too. While several workers ask for that at once, SQLite does not wait by itself."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 99:
                raise
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """An appraiser's report that is due."""

    reference: str
    instance: str
    value: float


class Books:
    """The books in a file. Every method is short and may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._write(SCHEMA, script=True)

    def _open(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            _share(connection)
            connection.execute("PRAGMA synchronous=FULL")
            self._local.connection = connection
        return connection

    def _write(self, sql: str, *values: object, script: bool = False) -> None:
        if script:
            self._open().executescript(sql)
        else:
            self._open().execute(sql, values)

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(self._open().execute(sql, values)) as cursor:
            return cursor.fetchall()

    # -- applications --------------------------------------------------------------------------------------------

    def register(self, application: str, loan_amount: float, price: float) -> None:
        """Writes down what a borrower asks for. The first word counts."""
        self._write("INSERT OR IGNORE INTO applications VALUES (?, ?, ?)", application, loan_amount, price)

    def registered(self, application: str) -> tuple[float, float] | None:
        """Loan and price of an application that was registered."""
        rows = self._rows("SELECT loan_amount, price FROM applications WHERE id = ?", application)
        return (float(str(rows[0][0])), float(str(rows[0][1]))) if rows else None

    # -- orders and payments -------------------------------------------------------------------------------------

    def order(self, reference: str) -> None:
        """Orders something. A second time changes nothing."""
        self._write("INSERT OR IGNORE INTO orders (reference) VALUES (?)", reference)

    def give_back(self, reference: str) -> None:
        """Gives an order back."""
        self._write("UPDATE orders SET given_back = 1 WHERE reference = ?", reference)

    def open_orders(self, application: str) -> list[str]:
        """What was ordered for an application and not given back."""
        end = f"-{application}"
        rows = self._rows("SELECT reference FROM orders WHERE given_back = 0 ORDER BY reference")
        return [str(row[0]) for row in rows if str(row[0]).endswith(end)]

    def pay(self, key: str, application: str, amount: float, account: str) -> None:
        """Pays. The same key again is counted as asked twice, and pays nothing."""
        sql = "INSERT INTO payments (key, application, amount, account) VALUES (?, ?, ?, ?)"
        self._write(
            f"{sql} ON CONFLICT (key) DO UPDATE SET asked = asked + 1", key, application, amount, account
        )

    def paid(self, key: str) -> tuple[float, str] | None:
        """Amount and account of what was paid under a key."""
        rows = self._rows("SELECT amount, account FROM payments WHERE key = ?", key)
        return (float(str(rows[0][0])), str(rows[0][1])) if rows else None

    def payments(self) -> list[tuple[str, float, int]]:
        """Application, amount, and how often it was asked for, of every payment."""
        rows = self._rows("SELECT application, amount, asked FROM payments ORDER BY application")
        return [(str(row[0]), float(str(row[1])), int(str(row[2]))) for row in rows]

    def write_letter(self, application: str, kind: str) -> None:
        """A letter goes out, once."""
        self._write("INSERT OR IGNORE INTO letters VALUES (?, ?)", application, kind)

    def letters(self, application: str) -> list[str]:
        """The letters that went out."""
        rows = self._rows("SELECT kind FROM letters WHERE application = ? ORDER BY kind", application)
        return [str(row[0]) for row in rows]

    # -- the appraisers' office ----------------------------------------------------------------------------------

    def appraise(self, appraisal: Appraisal, ready: float) -> None:
        """Orders an appraisal that will be ready at a time (seconds since 1970)."""
        sql = "INSERT OR IGNORE INTO appraisals (reference, instance, value, ready) VALUES (?, ?, ?, ?)"
        self._write(sql, appraisal.reference, appraisal.instance, appraisal.value, ready)

    def due_appraisals(self, now: float, limit: int = 100) -> list[Appraisal]:
        """Reports that are ready and that nobody has sent."""
        sql = "SELECT reference, instance, value FROM appraisals WHERE reported = 0 AND ready <= ? ORDER BY ready LIMIT ?"
        rows = self._rows(sql, now, limit)
        return [Appraisal(str(row[0]), str(row[1]), float(str(row[2]))) for row in rows]

    def reported(self, reference: str) -> None:
        """A report was sent."""
        self._write("UPDATE appraisals SET reported = 1 WHERE reference = ?", reference)

    # -- who had a part in what ----------------------------------------------------------------------------------

    def take_part(self, person: str, instance: str) -> None:
        """Somebody has or had a task of an instance."""
        self._write("INSERT OR IGNORE INTO took_part VALUES (?, ?)", person, instance)

    def has_part(self, person: str, instance: str) -> bool:
        """Whether somebody has or had a task of an instance."""
        return bool(self._rows("SELECT 1 FROM took_part WHERE person = ? AND instance = ?", person, instance))

    def parts(self, person: str, before: str | None, limit: int) -> list[str]:
        """Instances in which somebody has or had a task: the newest first, those before one."""
        sql = (
            "SELECT instance FROM took_part WHERE person = ? AND instance < ? ORDER BY instance DESC LIMIT ?"
        )
        return [str(row[0]) for row in self._rows(sql, person, before or "~", limit)]
