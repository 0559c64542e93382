"""A generator that loads its engine when it is first asked, once, and says how that went.

It stands in the assistant's table in place of an engine whose loading takes seconds. It
knows how to call the engine, not what it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from elara_local.errors import ElaraError
from elara_local.ports import Limits, Message, Token


class LateGenerator:
    """A Generator that loads its engine on first use, once, and says how that went."""

    def __init__(self, load: Callable[[], Any], say: Callable[[str], None]) -> None:
        self._load = load
        self._say = say
        self._lock = threading.Lock()
        self._engine: Any = None
        self._error: ElaraError | None = None

    def engine(self) -> Any:
        """Return the loaded engine.

        Raises:
            ElaraError: it can't be loaded; the same error every time.
        """
        with self._lock:
            if self._error:
                raise self._error
            if self._engine is None:
                try:
                    self._engine = self._load()
                except ElaraError as error:
                    self._error = error
                    self._say(f"failed: {error}")
                    raise
                self._say("ready")
            return self._engine

    def generate(self, messages: Sequence[Message], limits: Limits) -> Iterator[Token]:
        """Yield the engine's tokens."""
        yield from self.engine().generate(messages, limits)

    def warm(self, messages: Sequence[Message], role: str = "") -> None:
        """Load the engine and evaluate the role's fixed prompt; errors stay with the facts."""
        try:
            self.engine().warm(messages, role)
        except ElaraError as error:
            self._say(f"failed: {error}")

    def close(self) -> None:
        """Free the engine, if it was loaded."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
