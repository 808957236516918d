"""What the services remember: tables of records behind an append-only, fsynced JSON journal."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

Record = dict[str, Any]

JOURNAL_FILE = "journal.jsonl"


class State:
    """Tables `name -> key -> record`. Records are replaced, never changed in place.

    Every write is on disk before the lock is released, so an answer the shop has seen survives
    kill -9 and the journal can serve as the provider's own account of what happened.
    """

    def __init__(self, *, directory: Path) -> None:
        self.lock = threading.RLock()
        self._path = directory / JOURNAL_FILE
        self._tables: dict[str, dict[str, Record]] = {}
        self._pending: list[str] = []
        self._depth = 0
        self._load()
        self._stream: TextIO = self._path.open("a", encoding="utf-8")

    def _load(self) -> None:
        if not self._path.exists():
            return
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            os.truncate(self._path, len(whole))  # the process died inside its last write
        for line in whole.splitlines():
            table, key, record = json.loads(line)
            self._tables.setdefault(table, {})[key] = record

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; write everything put inside with one fsync at the end."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0 and self._pending:
                    self._stream.write("".join(self._pending))
                    self._pending.clear()
                    self._stream.flush()
                    os.fsync(self._stream.fileno())

    def put(self, table: str, key: str, record: Record) -> Record:
        """Store `record` under `key`."""
        with self.transaction():
            self._tables.setdefault(table, {})[key] = record
            self._pending.append(json.dumps([table, key, record], ensure_ascii=False) + "\n")
        return record

    def update(self, table: str, key: str, **changes: Any) -> Record:
        """Replace some fields of an existing record and return the new one."""
        with self.transaction():
            return self.put(table, key, {**self._tables[table][key], **changes})

    def get(self, table: str, key: str) -> Record | None:
        """The record, or None."""
        with self.lock:
            return self._tables.get(table, {}).get(key)

    def find(self, table: str, **fields: Any) -> list[Record]:
        """Records whose fields all equal `fields`, oldest first."""
        with self.lock:
            rows = list(self._tables.get(table, {}).values())
        return [row for row in rows if all(row.get(name) == value for name, value in fields.items())]

    def clear(self) -> None:
        """Forget everything and start an empty journal."""
        with self.lock:
            self._tables.clear()
            self._pending.clear()
            self._stream.close()
            self._stream = self._path.open("w", encoding="utf-8")

    def close(self) -> None:
        """Close the journal file."""
        with self.lock:
            self._stream.close()
