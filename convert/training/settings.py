"""The settings of one training run, and what makes them impossible.

The defaults are those of the starter on two cores: see models/adapters/. It knows no model, no
example and no library; what a base can't do is found when it is opened.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from elara_local.errors import WrongUse

# Every linear layer of a llama, mistral, qwen or gemma block. Other families name theirs
# otherwise (gpt2: c_attn, c_proj, c_fc; phi3: qkv_proj, o_proj, gate_up_proj, down_proj).
LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
PRECISIONS = ("auto", "bf16", "fp32")


@dataclass(frozen=True)
class Training:
    """One run.

    rank, alpha, dropout, targets, rank_stabilised: LoRA's own (Hu et al. 2021; Kalajdzievski
    2023). `layers` are the blocks that learn, () for all. `steps` ends a run early, 0 never.
    `warmup` is a share of the steps; after it the rate falls as a cosine to 0. `batch` counts
    examples, `accumulate` batches for one step. An example of more than `longest` tokens is left
    out and counted, never cut: a cut answer teaches wrong. Every `look` steps the loss on the
    validation topics is read; `patience` looks without a gain end the run; at most `looked_at`
    examples are read. `precision` is that of the products of matrices; the adapter's own numbers
    are float32 always. Dropout costs 30 % of the pace on a processor, so it is off.
    """

    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    targets: tuple[str, ...] = LINEARS
    rank_stabilised: bool = False
    layers: tuple[int, ...] = ()
    epochs: float = 1.0
    steps: int = 0
    rate: float = 5e-4
    warmup: float = 0.05
    decay: float = 0.0
    batch: int = 4
    accumulate: int = 1
    checkpointing: bool = False
    longest: int = 1024
    look: int = 40
    patience: int = 3
    looked_at: int = 64
    seed: int = 7
    precision: str = "auto"
    four_bit: bool = False

    def __post_init__(self) -> None:
        """Refuse what no run can do.

        Raises:
            WrongUse: a number is out of its range, or a name is unknown.
        """
        least = {
            "rank": 1, "alpha": 1e-6, "epochs": 1e-6, "rate": 1e-9, "batch": 1, "accumulate": 1,
            "longest": 16, "look": 1, "patience": 1, "looked_at": 1, "dropout": 0, "warmup": 0,
            "decay": 0, "steps": 0, "seed": 0,
        }  # fmt: skip
        for name, limit in least.items():
            if not getattr(self, name) >= limit:
                raise WrongUse(f"--{_flag(name)} is {getattr(self, name)}.", f"Give {limit:g} up.")
        for name in ("dropout", "warmup"):
            if not getattr(self, name) < 1:
                raise WrongUse(f"--{name} is {getattr(self, name)}.", "Give a share below 1.")
        if self.precision not in PRECISIONS:
            raise WrongUse(f"--precision is '{self.precision}'.", f"Use {', '.join(PRECISIONS)}.")
        if not self.targets:
            raise WrongUse("No layer is to learn.", "Give --targets, or leave it out.")


def as_record(settings: Training) -> dict[str, object]:
    """Return the settings as JSON can hold them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(settings).items()
    }


def _flag(name: str) -> str:
    return name.replace("_", "-")
