"""The SQLite file: opened, made or refused; its tables, and what its errors mean to people."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

from deocc.errors import DeoccError, InputFault, disk_full

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE server (id TEXT NOT NULL);
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, request TEXT NOT NULL, created REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT '', fraction REAL NOT NULL DEFAULT 0, eta_s REAL, error TEXT);
CREATE TABLE variants (
    job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, n INTEGER NOT NULL, seed INTEGER NOT NULL,
    state TEXT NOT NULL, pictures TEXT NOT NULL DEFAULT '', seconds REAL, PRIMARY KEY (job, n));
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX events_of_job ON events (job, id);
CREATE TABLE paces (backend TEXT PRIMARY KEY, curve_s TEXT NOT NULL, memory_gb REAL NOT NULL);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection for all threads behind the caller's lock, in autocommit; makes the file if need be.

    Raises InputFault `database_newer`, `database_damaged` or `data_folder`, DeoccError `disk_full`.
    """
    try:
        rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        rows.row_factory = sqlite3.Row
        version = rows.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            rows.close()
            raise InputFault(
                "database_newer",
                "A newer DeOcc server has written this data folder.",
                "Update this server, or choose another data folder with --data-dir.",
                "server_update",
            )
        # NORMAL: a power cut may lose the last second's progress, never the file
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            rows.execute(f"PRAGMA {pragma}")
        if version == 0:
            name = f"INSERT INTO server VALUES ('{uuid.uuid4()}');"
            rows.executescript(f"BEGIN; {_SCHEMA} {name} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        return rows
    except sqlite3.DatabaseError as error:
        raise _open_fault(path, error) from error


def write_fault(error: sqlite3.OperationalError) -> DeoccError:
    # a full disk shows as FULL from the database and as IOERR from its log and shared-memory files
    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return disk_full()
    return DeoccError(
        "database_failed", f"The server's database can't be written: {error}.", "Look at the log.", "show_log"
    )


def _open_fault(path: Path, error: sqlite3.DatabaseError) -> DeoccError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return InputFault(
            "data_folder", f"The data folder {path.parent} can't be written.", "Choose another one."
        )
    if code == sqlite3.SQLITE_FULL:
        return disk_full()
    return InputFault(
        "database_damaged",
        f"The database {path} can't be read: {error}.",
        "Move it away; the server makes a new one.",
        "show_log",
    )
