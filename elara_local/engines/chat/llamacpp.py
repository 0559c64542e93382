"""The chat engine of this machine: llama.cpp with a GGUF model.

One thread owns the model; questions wait in a queue and are answered in turn. A prompt
that begins like the last one reuses its evaluated part. Greedy by default, so the same
question on the same machine gets the same draft. What it writes is an unchecked draft: it
knows nothing of passages, citations or safety.
"""

from __future__ import annotations

import atexit
import codecs
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from elara_local.engines.chat.adapters import read_adapter
from elara_local.engines.chat.context import NO_ADAPTERS, Context, StopFlag, count_shared
from elara_local.engines.chat.header import read_header
from elara_local.engines.chat.memory import choose_layers, require_memory
from elara_local.engines.chat.native import list_devices, read_log
from elara_local.engines.chat.sampling import choose, repeats
from elara_local.engines.chat.templates import render
from elara_local.engines.chat.trial import require_loadable
from elara_local.engines.machine import free_memory, physical_cores
from elara_local.errors import ElaraError, Stopped, WrongUse
from elara_local.ports import Limits, Message, Token, Usage
from elara_local.weights import digest

LOOK = 0.02  # seconds between two looks of a waiting caller at its stop event
JOIN = 10.0  # seconds that close() waits for the worker


@dataclass(frozen=True)
class Engine:
    """What the chat engine did when it loaded, for doctor and the window."""

    model: str
    architecture: str
    context: int
    threads: int
    layers: int
    layers_on_card: int
    devices: tuple[str, ...]
    file_bytes: int
    cache_bytes: int
    load_ms: float
    note: str  # llama.cpp's own line about what it offloaded, "" on a CPU build

    def __str__(self) -> str:
        """One sentence for doctor."""
        card = ", ".join(self.devices) or "no graphics card that this build can use"
        return (
            f"{self.model} loaded in {self.load_ms:.0f} ms: {self.layers_on_card} of {self.layers} "
            f"layers on the graphics card ({card}), {self.threads} threads, "
            f"context of {self.context:,} tokens"
        )


@dataclass
class _Request:
    """A question in the queue; `out` brings back tokens, then usage or an error."""

    tokens: list[int]
    limits: Limits
    fixed: int = 0  # tokens at the beginning that are the role's own words
    flag: StopFlag = field(default_factory=StopFlag)
    out: queue.SimpleQueue[Token | ElaraError] = field(default_factory=queue.SimpleQueue)

    @property
    def stopped(self) -> bool:
        return self.flag.is_set() or self.limits.stop.is_set()


class LlamaCpp:
    """A Generator over one GGUF file."""

    def __init__(
        self,
        model: Path,
        threads: int = 0,
        context: int = 2048,
        gpu_layers: int = -1,
        known: bool = False,
        adapters: Mapping[str, Path] = NO_ADAPTERS,
        sha256: str = "",
        source_sha256: str = "",
    ) -> None:
        """Load the model and its roles' adapters.

        Args:
            model: the GGUF file.
            threads: cores to compute on; 0 = the physical cores.
            context: tokens of prompt and answer together, at most what it was trained for.
            gpu_layers: layers on the graphics card; -1 = as many as fit, 0 = none.
            known: every sha256 was checked, so the trial in a child process is left out.
            adapters: the adapter file of each role that has one.
            sha256: the model's, which the adapters must name; "" = read the file for it.
            source_sha256: of what the model was made of, which they may name instead.

        Raises:
            Missing: llama-cpp-python, a file or the memory is not there.
            WrongFile: the file is not a chat model that can be loaded, or an adapter is not its.
        """
        header = read_header(model)
        for path in adapters.values():
            sha256 = sha256 or digest(model)
            read_adapter(path, header, sha256, source_sha256)
        self._size = min(context, header.trained_context)
        self._threads = threads or physical_cores()
        own = sum(path.stat().st_size for path in set(adapters.values()))
        whole = replace(header, file_bytes=header.file_bytes + own)
        layers = choose_layers(whole, self._size, gpu_layers, [d.free for d in list_devices()])
        require_memory(model.name, whole, self._size, layers, free_memory())
        if not known:
            require_loadable(model, layers, tuple(adapters.values()))
        self._model, self._header, self._layers = model, header, layers
        self._context = Context(model, self._size, self._threads, layers, adapters)
        self._switches = bool(adapters)
        self._log = read_log()
        self._template, self._bos = self._context.template, self._context.bos
        self._gate = threading.Lock()
        self._closed = False
        self._current: _Request | None = None
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="llama", daemon=True)
        self._worker.start()
        atexit.register(self.close)

    def generate(self, messages: Sequence[Message], limits: Limits) -> Iterator[Token]:
        """Yield the draft token by token; the last one carries the usage.

        Raises:
            Stopped: `limits.stop` was set, while waiting, in the prompt or in the answer.
            WrongUse: prompt and answer do not fit the context; nothing was evaluated.
            ElaraError: the engine is closed or llama.cpp failed.
        """
        tokens = self._prepare(messages, ask=True)
        self._require_room(len(tokens), limits.max_tokens)
        return self._stream(_Request(tokens, limits, self._count_fixed(messages, tokens)))

    def warm(self, messages: Sequence[Message], role: str = "") -> Usage:
        """Evaluate a prompt's beginning, so that the role's next question finds it in the cache.

        Raises:
            ElaraError: as `generate`.
        """
        tokens = self._prepare(messages, ask=False)
        self._require_room(len(tokens), 0)
        *_, last = self._stream(_Request(tokens, Limits(max_tokens=0, role=role)))
        return last.usage or Usage(len(tokens), 0, 0, 0.0, 0.0)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the prompt of these messages has."""
        return len(self._prepare(messages, ask=True))

    def describe(self) -> Engine:
        """Say what was loaded, and where its layers lie."""
        return Engine(
            model=self._model.name,
            architecture=self._header.architecture,
            context=self._size,
            threads=self._threads,
            layers=self._header.layers,
            layers_on_card=min(self._layers, self._header.layers),
            devices=tuple(f"{d.name}: {d.description}" for d in list_devices()),
            file_bytes=self._header.file_bytes,
            cache_bytes=self._header.cache_bytes(self._size),
            load_ms=round(self._context.load_ms, 1),
            note=next((ln.strip() for ln in self._log.splitlines() if "offloaded" in ln), ""),
        )

    def close(self) -> None:
        """Stop what runs, refuse what waits, free the model. Safe to call twice."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            if self._current is not None:
                self._current.flag.set()
        self._waiting.put(None)
        self._worker.join(JOIN)
        if not self._worker.is_alive():
            self._context.close()
        atexit.unregister(self.close)

    def _prepare(self, messages: Sequence[Message], ask: bool) -> list[int]:
        parts = render(messages, self._template, self._bos, ask)
        with self._gate:
            if self._closed:
                raise _closed()
            return self._context.tokenize(parts)

    def _count_fixed(self, messages: Sequence[Message], tokens: Sequence[int]) -> int:
        """How many tokens the role's own words begin with; 0 where no adapter is switched."""
        if not self._switches or messages[0].role != "system":
            return 0
        return count_shared(tokens, self._prepare(messages[:1], ask=False))

    def _require_room(self, prompt: int, answer: int) -> None:
        if prompt and prompt + answer <= self._size:
            return
        raise WrongUse(
            f"The prompt has {prompt:,} tokens and the answer may take {answer:,}; "
            f"the chat model's context holds {self._size:,}.",
            "Ask a shorter question, use fewer passages (`--top`), or set a larger `context`.",
        )

    def _stream(self, request: _Request) -> Iterator[Token]:
        self._waiting.put(request)
        try:
            while True:
                item = self._next(request)
                if request.limits.stop.is_set():
                    raise Stopped()
                if isinstance(item, ElaraError):
                    raise item
                if item is not None:
                    yield item
                    if item.usage is not None:
                        return
        finally:
            request.flag.set()

    def _next(self, request: _Request) -> Token | ElaraError | None:
        """Wait a moment for the worker; None when it has nothing yet."""
        try:
            return request.out.get(timeout=LOOK)
        except queue.Empty:
            return None if self._worker.is_alive() else _closed()

    def _work(self) -> None:
        """Answer the queue, one request at a time, until None comes."""
        while (request := self._waiting.get()) is not None:
            with self._gate:
                self._current = request
                refused = self._closed
            try:
                if refused:
                    raise _closed()
                self._answer(request)
            except ElaraError as error:
                request.out.put(error)
            except Exception as error:  # noqa: BLE001 - the worker must outlive any fault
                request.out.put(ElaraError(f"The chat engine failed ({type(error).__name__})."))
            self._current = None

    def _answer(self, request: _Request) -> None:
        if request.stopped:
            raise Stopped()
        begin = time.perf_counter()
        self._context.obey(request.flag)
        cached = self._context.reuse(request.tokens, request.limits.role)
        if cached < request.fixed:
            self._context.evaluate(request.tokens[cached : request.fixed])
            self._context.remember(request.limits.role)
        self._context.evaluate(request.tokens[max(cached, request.fixed) :])
        middle = time.perf_counter()
        count = self._write(request) if request.limits.max_tokens else 0
        usage = Usage(
            prompt_tokens=len(request.tokens),
            cached_tokens=cached,
            generated_tokens=count,
            prefill_ms=(middle - begin) * 1000,
            decode_ms=(time.perf_counter() - middle) * 1000,
        )
        request.out.put(Token("", usage))

    def _write(self, request: _Request) -> int:
        """Send token after token; return how many. Ends at an end token or in a circle."""
        random = np.random.default_rng(request.limits.seed)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        written: list[int] = []
        while len(written) < request.limits.max_tokens:
            token = choose(self._context.scores(), request.limits.temperature, random)
            if self._context.ends(token):
                break
            written.append(token)
            text = decoder.decode(self._context.text_of(token))
            if text:
                request.out.put(Token(text))
            if request.stopped:
                raise Stopped()
            if repeats(written) or len(written) == request.limits.max_tokens:
                break
            self._context.evaluate([token])
        rest = decoder.decode(b"", True)
        if rest:
            request.out.put(Token(rest))
        return len(written)


def _closed() -> ElaraError:
    return ElaraError("The chat model is closed.", "Start the program again.")
