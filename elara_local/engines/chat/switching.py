"""The adapters of one open context: loaded once, one of them in force, switched by role.

What an adapter changed lies in the cache too, so whoever switches must drop the cache; the
states kept here are of a role's fixed words alone, never of a question, and never on disk. It
belongs to the thread that owns the context. It knows no message and no queue.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError, WrongFile

LARGEST_STATE = 64_000_000  # bytes kept for one role; 500 tokens of an 8B model
ONE = 0  # the only sequence of the context


@dataclass(frozen=True)
class State:
    """The evaluated beginning of a role's prompts."""

    tokens: tuple[int, ...]
    data: Any  # a ctypes array of bytes


class Adapters:
    """Switches a context between the roles' adapters; roles without one use the base alone."""

    def __init__(self, llama: Any, context: Any) -> None:
        """Start with the base alone."""
        self._llama, self._context = llama, context
        self._loaded: dict[str, Any] = {}  # by path: two roles may share one
        self._roles: dict[str, str] = {}
        self._states: dict[str, State] = {}
        self._current: str | None = ""  # None: unknown, so that the next switch is one

    def load(self, model: Any, files: Mapping[str, Path]) -> None:
        """Load each role's adapter; `read_adapter` has checked the files.

        Raises:
            WrongFile: llama.cpp refuses one.
        """
        for role, path in files.items():
            name = str(path)
            if name not in self._loaded:
                pointer = self._llama.llama_adapter_lora_init(model, name.encode())
                if not pointer:  # a NULL pointer is an object, not None
                    raise WrongFile(
                        f"llama.cpp refuses the adapter {path.name}.", "Make it again for its base."
                    )
                self._loaded[name] = pointer
            self._roles[role] = name

    def switch(self, role: str) -> bool:
        """Put the role's adapter in force; True when that changed what was in force.

        Raises:
            ElaraError: llama.cpp refuses; what is in force is unknown until the next switch.
        """
        name = self._roles.get(role, "")
        if name == self._current:
            return False
        self._current = None
        if self._set(self._loaded.get(name)) != 0:
            raise ElaraError(f"The adapter of the role '{role}' can't be used.", "Ask again.")
        self._current = name
        return True

    def _set(self, pointer: Any) -> int:
        if pointer is None:
            return int(self._llama.llama_set_adapters_lora(self._context, None, 0, None))
        pointers = (self._llama.llama_adapter_lora_p_ctypes * 1)(pointer)
        scales = (ctypes.c_float * 1)(1.0)
        return int(self._llama.llama_set_adapters_lora(self._context, pointers, 1, scales))

    def save(self, role: str, tokens: Sequence[int]) -> None:
        """Keep what the cache holds now, which is these tokens, as the role's beginning."""
        if role in self._states and self._states[role].tokens == tuple(tokens):
            return
        size = int(self._llama.llama_state_seq_get_size(self._context, ONE))
        if not 0 < size <= LARGEST_STATE:
            return
        data = (ctypes.c_uint8 * size)()
        if self._llama.llama_state_seq_get_data(self._context, data, size, ONE) == size:
            self._states[role] = State(tuple(tokens), data)

    def restore(self, role: str, tokens: Sequence[int]) -> list[int]:
        """Fill an empty cache with the role's beginning; return its tokens, [] when none fits."""
        state = self._states.get(role)
        if state is None or state.tokens != tuple(tokens[: len(state.tokens)]):
            return []
        size = len(state.data)
        done = self._llama.llama_state_seq_set_data(self._context, state.data, size, ONE)
        return list(state.tokens) if done == size else []

    def close(self) -> None:
        """Free the adapters; the context must be gone and the model still there."""
        for pointer in self._loaded.values():
            self._llama.llama_adapter_lora_free(pointer)
        self._loaded, self._roles, self._states, self._current = {}, {}, {}, ""
