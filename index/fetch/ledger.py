"""The ledger of a fetch: which queries were asked, what they found, what became of it.

One SQLite file in the folder of what was fetched. A record is settled in the same
transaction that notes how far its output file reaches, so a run that is killed at any moment
goes on from the last commit: nothing is fetched twice, nothing is lost.

States of a record: "wanted", then "kept", "missing" (asked for `TRIES` times, never given)
or "refused" (with the reason). It knows no protocol and writes no output (index.fetch.store).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError, WrongFile

VERSION = 1
TRIES = 3
SCHEMA = """
CREATE TABLE queries(id INTEGER PRIMARY KEY, collection TEXT, name TEXT, term TEXT, most INTEGER,
  UNIQUE(collection, name, term, most));
CREATE TABLE slices(id INTEGER PRIMARY KEY, query INTEGER, span TEXT, state TEXT DEFAULT 'open',
  count INTEGER DEFAULT 0, note TEXT DEFAULT '', UNIQUE(query, span));
CREATE TABLE found(query INTEGER, id TEXT, PRIMARY KEY(query, id)) WITHOUT ROWID;
CREATE TABLE records(collection TEXT, id TEXT, state TEXT DEFAULT 'wanted', tries INTEGER DEFAULT 0,
  file TEXT DEFAULT '', licence TEXT DEFAULT '', score REAL, note TEXT DEFAULT '',
  PRIMARY KEY(collection, id)) WITHOUT ROWID;
CREATE INDEX by_state ON records(collection, state, tries, id);
CREATE TABLE files(name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;
CREATE TABLE marks(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Settled:
    """What became of one record; `note` says why it was refused."""

    id: str
    state: str = "kept"
    licence: str = ""
    score: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Slice:
    """A part of a query that is asked by itself; `span` is "" for the whole of it."""

    id: int
    query: int
    span: str


class Ledger:
    """One open ledger; every public method that writes is one transaction of its own."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._db.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version={VERSION};COMMIT;")
            elif version != VERSION:
                raise WrongFile(f"{path} is a ledger of version {version}.", "Use another folder.")
        except sqlite3.DatabaseError as error:
            raise WrongFile(f"{path} is not a ledger: {error}.", "Use another folder.") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add_query(self, collection: str, name: str, term: str, most: int, again: bool) -> int:
        """Note a query and its first slice, and open what was uneven.

        `again` opens what was done or is missing as well.
        """
        with self._writing():
            self._db.execute(
                "INSERT OR IGNORE INTO queries(collection, name, term, most) VALUES(?,?,?,?)",
                (collection, name, term, most),
            )
            query = self._one(
                "SELECT id FROM queries WHERE collection=? AND name=? AND term=? AND most=?",
                (collection, name, term, most),
            )
            whole = self._one("SELECT state FROM slices WHERE query=? AND span=''", (query,))
            if again and whole is not None and not self.open_slices(query):
                self._db.execute("DELETE FROM slices WHERE query=?", (query,))
                self._db.execute(
                    "UPDATE records SET state='wanted', tries=0"
                    " WHERE collection=? AND state='missing'",
                    (collection,),
                )
            self._db.execute(
                "UPDATE slices SET state='open' WHERE query=? AND state='uneven'", (query,)
            )
            self._db.execute("INSERT OR IGNORE INTO slices(query, span) VALUES(?, '')", (query,))
        return int(query)

    def open_slices(self, query: int) -> list[Slice]:
        """Return what is still to be asked of a query, the latest made first."""
        rows = self._db.execute(
            "SELECT id, query, span FROM slices WHERE query=? AND state='open' ORDER BY id DESC",
            (query,),
        )
        return [Slice(*row) for row in rows]

    def split_slice(self, part: Slice, count: int, spans: Iterable[str]) -> None:
        """Put smaller slices in the place of one; the last is asked first."""
        with self._writing():
            self._close_slice(part, "split", count, "")
            self._db.executemany(
                "INSERT OR IGNORE INTO slices(query, span) VALUES(?,?)",
                [(part.query, span) for span in spans],
            )

    def end_slice(
        self, part: Slice, collection: str, ids: Iterable[str], count: int, note: str = ""
    ) -> tuple[int, int]:
        """Note what a slice found; return how many ids were new and how many were known."""
        wanted = list(dict.fromkeys(ids))
        with self._writing():
            new = 0
            for id in wanted:
                new += self._db.execute(
                    "INSERT OR IGNORE INTO records(collection, id) VALUES(?,?)", (collection, id)
                ).rowcount
            self._db.executemany(
                "INSERT OR IGNORE INTO found VALUES(?,?)", [(part.query, id) for id in wanted]
            )
            self._close_slice(part, "uneven" if note else "done", count, note)
        return new, len(wanted) - new

    def drop_slices(self, query: int) -> None:
        """Leave the open slices of a query unasked: it has found as many as were wanted."""
        self._db.execute("UPDATE slices SET state='spare' WHERE query=? AND state='open'", (query,))

    def count_found(self, query: int) -> int:
        """Return how many records a query has found."""
        return int(self._one("SELECT count(*) FROM found WHERE query=?", (query,)))

    def count_query(self, query: int) -> int:
        """Return how many records the whole of a query had when it was asked."""
        return int(self._one("SELECT count FROM slices WHERE query=? AND span=''", (query,)))

    def list_wanted(self, collection: str, most: int, but: Iterable[str] = ()) -> list[str]:
        """Return up to `most` ids that are still to be asked for, the untried first."""
        busy = set(but)
        rows = self._db.execute(
            "SELECT id FROM records WHERE collection=? AND state='wanted' ORDER BY tries, id"
            " LIMIT ?",
            (collection, most + len(busy)),
        )
        return [id for (id,) in rows if id not in busy][:most]

    def find_file(self, collection: str, id: str) -> str:
        """Return the file that holds a record of a collection; "" when it holds none."""
        found = self._one(
            "SELECT file FROM records WHERE collection=? AND id=? AND state='kept'",
            (collection, id),
        )
        return str(found or "")

    def find_known(self, collection: str, ids: Iterable[str]) -> set[str]:
        """Return which of the ids were settled before."""
        return {
            id
            for id in ids
            if self._one(
                "SELECT 1 FROM records WHERE collection=? AND id=? AND state<>'wanted'",
                (collection, id),
            )
        }

    def settle(
        self,
        collection: str,
        settled: Iterable[Settled],
        file: tuple[str, int] | None = None,
        mark: tuple[str, str] | None = None,
    ) -> None:
        """Settle records with the (name, bytes) their file now has, and a mark, all at once."""
        name = file[0] if file else ""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO records VALUES(?,?,?,?,?,?,?,?)",
                [
                    (collection, s.id, s.state, TRIES, name, s.licence, s.score, s.note)
                    for s in settled
                ],
            )
            if file:
                self._db.execute("INSERT OR REPLACE INTO files VALUES(?,?)", file)
            if mark:
                self._db.execute("INSERT OR REPLACE INTO marks VALUES(?,?)", mark)

    def miss(self, collection: str, ids: Iterable[str]) -> None:
        """Note ids that were asked for and not given; after `TRIES` times they are missing."""
        with self._writing():
            for id in ids:
                self._db.execute(
                    "UPDATE records SET tries=tries+1,"
                    " state=CASE WHEN tries+1>=? THEN 'missing' ELSE state END"
                    " WHERE collection=? AND id=? AND state='wanted'",
                    (TRIES, collection, id),
                )

    def read_mark(self, name: str) -> str:
        """Return what was noted under a name; "" when nothing was."""
        return str(self._one("SELECT value FROM marks WHERE name=?", (name,)) or "")

    def list_files(self, folder: str) -> dict[str, int]:
        """Return the committed size of every file of a folder, by name."""
        rows = self._db.execute(
            "SELECT name, size FROM files WHERE substr(name, 1, ?)=?",
            (len(folder) + 1, f"{folder}/"),
        )
        return dict(rows.fetchall())

    def drop_file(self, name: str) -> None:
        """Forget a file that another has replaced, and the records that only it held."""
        with self._writing():
            self._db.execute("DELETE FROM records WHERE file=?", (name,))
            self._db.execute("DELETE FROM files WHERE name=?", (name,))

    def count_states(self, collection: str) -> dict[str, int]:
        """Return how many records of a collection are in each state."""
        return dict(
            self._db.execute(
                "SELECT state, count(*) FROM records WHERE collection=? GROUP BY state",
                (collection,),
            ).fetchall()
        )

    def list_state(self, collection: str, state: str) -> list[str]:
        """Return the ids of a collection that are in one state."""
        rows = self._db.execute(
            "SELECT id FROM records WHERE collection=? AND state=? ORDER BY id",
            (collection, state),
        )
        return [id for (id,) in rows]

    def _close_slice(self, part: Slice, state: str, count: int, note: str) -> None:
        self._db.execute(
            "UPDATE slices SET state=?, count=?, note=? WHERE id=?", (state, count, note, part.id)
        )

    def _one(self, sql: str, values: tuple[object, ...]) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error as error:
            raise ElaraError(
                f"The ledger can't be written: {error}.", "Is the disk full?"
            ) from error
