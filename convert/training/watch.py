"""Looks on while a run learns: one line with pace and time left, the plot, the clock.

It keeps the seconds of earlier sittings, so that a resumed run knows how long it took in all.
It changes nothing of the training and knows no example.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convert.progress import Meter, Say
from convert.training.plot import write_plot

CLOCK = "seconds.json"
PLOT = "loss.svg"


class Clock:
    """Seconds of training over all sittings of a run, kept in its folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CLOCK
        self._before = float(json.loads(self._path.read_text())) if self._path.is_file() else 0.0
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return self._before + time.monotonic() - self._began

    def keep(self) -> None:
        """Write it down."""
        part = self._path.with_name(f"{CLOCK}.part")
        part.write_text(json.dumps(round(self.seconds, 1)))
        part.replace(self._path)


class Watch:
    """What happens beside the training; `make_watch` makes a callback of it."""

    def __init__(self, folder: Path, tokens: int, clock: Clock, say: Say) -> None:
        self._folder, self._tokens, self._clock, self._say = folder, tokens, clock, say
        self._meter = Meter("Training", tokens, say, "tokens")
        self._seen = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count from where a resumed run stands."""
        self._seen = int(state.num_input_tokens_seen)
        left = max(1, self._tokens - self._seen)
        self._meter = Meter("Training", left, self._say, "tokens")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say how far it is."""
        seen = int(state.num_input_tokens_seen)
        if state.is_world_process_zero:
            self._meter.title = f"Step {state.global_step} of {state.max_steps}"
            self._meter.add(seen - self._seen)
        self._seen = seen

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any], **_: Any
    ) -> None:
        """Draw the plot anew and say the losses."""
        if not state.is_world_process_zero:
            return
        write_plot(state.log_history, self._folder / PLOT)
        told = [f"{name} {logs[name]:.4f}" for name in ("loss", "eval_loss") if name in logs]
        if told:
            self._say(f"Step {state.global_step}: {', '.join(told)}")

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Keep the time with the checkpoint."""
        if state.is_world_process_zero:
            self._clock.keep()


def make_watch(watch: Watch) -> Any:
    """Return the callback for the Trainer that does what `watch` does."""
    from transformers import TrainerCallback

    def tell(name: str) -> Any:
        return lambda self, *held, **named: getattr(watch, name)(*held, **named)

    names = [name for name in vars(Watch) if name.startswith("on_")]
    return type("Watching", (TrainerCallback,), {name: tell(name) for name in names})()
