"""llama.cpp's library: loaded once, its log kept in memory, its devices listed.

It knows no model and no prompt. What the log holds are facts about files and devices,
never words of a question.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from elara_local.errors import Missing

GRAPHICS = (1, 2)  # ggml_backend_dev_type: GPU and integrated GPU
LOG_LINES = 400

_lock = threading.Lock()
_log: deque[str] = deque(maxlen=LOG_LINES)
_kept: list[Any] = []  # callbacks that C holds must never be collected


@dataclass(frozen=True)
class Device:
    """A graphics device as ggml sees it; memory in bytes."""

    name: str
    description: str
    free: int
    total: int


def load_library() -> Any:
    """Import llama_cpp, once, with its log going to memory instead of the screen.

    Raises:
        Missing: it is not installed, or its shared library can't be loaded.
    """
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise Missing(
            f"llama-cpp-python can't be loaded ({error}).",
            "Run `python3 launcher.py`, which builds it; quoted answers work without it.",
        ) from error
    with _lock:
        if not _kept:
            callback = llama_cpp.llama_log_callback(_write_log)
            _kept.append(callback)
            llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
            llama_cpp.llama_backend_init()
    return llama_cpp


def _write_log(_level: int, text: bytes, _data: Any) -> None:
    _log.append(text.decode("utf-8", "replace"))


def read_log() -> str:
    """Return the last lines that llama.cpp wrote."""
    return "".join(list(_log))


def clear_log() -> None:
    """Forget the lines so far."""
    _log.clear()


def stop_function(library: Any) -> Any:
    """Return a C function (text) -> bool that is true when the text is not empty.

    llama.cpp calls it before every step of a computation. It is the C library's strlen:
    a Python function here would take the interpreter's lock a thousand times for each
    token. The text is a two-byte buffer, whose first byte is set to stop.
    """
    try:
        standard = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        address = ctypes.cast(standard.strlen, ctypes.c_void_p).value
        return library.ggml_abort_callback(address)
    except (OSError, AttributeError):
        return library.ggml_abort_callback(lambda text: ctypes.string_at(text, 1) != b"\0")


def list_devices() -> list[Device]:
    """Return the graphics devices llama.cpp can put layers on; empty for a CPU build."""
    library = load_library()
    if not library.llama_supports_gpu_offload():
        return []
    try:
        from llama_cpp._ggml import libggml

        return _ask_devices(libggml)
    except (ImportError, AttributeError, OSError):
        return []


def _ask_devices(ggml: Any) -> list[Device]:
    count, get = ggml.ggml_backend_dev_count, ggml.ggml_backend_dev_get
    count.restype, get.restype, get.argtypes = ctypes.c_size_t, ctypes.c_void_p, [ctypes.c_size_t]
    kind = ggml.ggml_backend_dev_type
    kind.restype, kind.argtypes = ctypes.c_int, [ctypes.c_void_p]
    name, words = ggml.ggml_backend_dev_name, ggml.ggml_backend_dev_description
    for text in (name, words):
        text.restype, text.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    memory, size = ggml.ggml_backend_dev_memory, ctypes.POINTER(ctypes.c_size_t)
    memory.restype, memory.argtypes = None, [ctypes.c_void_p, size, size]
    found = []
    for number in range(count()):
        device = get(number)
        if kind(device) in GRAPHICS:
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            memory(device, ctypes.byref(free), ctypes.byref(total))
            label, text = (name(device) or b"").decode(), (words(device) or b"").decode()
            found.append(Device(label, text, free.value, total.value))
    return found
