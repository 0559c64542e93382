"""What an adapter brings along of its base, beside its own factors.

PEFT saves a copy of the embedding and of the output layer when one of them is a target.
A copy that is equal to the base's changes nothing, and proves that the base is the right one; one
that differs was trained whole, or belongs to another base, and is refused. It merges nothing.
"""

from __future__ import annotations

import re

from convert.weights.adapter_config import PEFT_ROUTE
from convert.weights.folder import SafetensorsFolder
from convert.weights.tensors import Checkpoint, Plan, Weight
from elara_local.errors import WrongFile

COPY = re.compile(r"base_model\.model\.(?P<module>.+?)(\.base_layer)?\.weight")
ROUNDING = 2.0**-8  # of a value: what bfloat16, the coarsest type of a copy, takes from it
ROWS = 1024  # compared at a time
OUTPUT, EMBEDDING = "output.weight", "token_embd.weight"
HEAD = "lm_head"


def find_copies(weights: SafetensorsFolder, plan: Plan, checkpoint: Checkpoint) -> frozenset[str]:
    """Return the names of what is only a copy of the base's embedding or output layer.

    Raises:
        WrongFile: such a layer is another than the base's.
    """
    found = set()
    embedding = next((w for w in plan.weights if w.target == EMBEDDING), None)
    for name, stored in weights.tensors.items():
        match = COPY.fullmatch(name)
        module = match["module"] if match else ""
        weight = next((w for w in plan.weights if w.module and w.module == module), None)
        if module == HEAD and plan.tied:
            weight = embedding
        if weight is None or weight.target not in (EMBEDDING, OUTPUT):
            continue
        if stored.shape != weight.shape or not _same(weights, name, checkpoint, weight):
            raise WrongFile(
                f"The adapter brings its own {module}, other than that of the base {plan.base}.",
                f"Give the base that it was trained on. If it trained this layer: {PEFT_ROUTE}",
            )
        found.add(name)
    return frozenset(found)


def _same(weights: SafetensorsFolder, name: str, checkpoint: Checkpoint, weight: Weight) -> bool:
    """Whether two matrices are equal but for the rounding of one of them."""
    import numpy as np

    for start in range(0, weight.shape[0], ROWS):
        rows = slice(start, min(start + ROWS, weight.shape[0]))
        one, other = weights.read(name, rows), checkpoint.read(weight.source, rows)
        if not np.all(abs(one - other) <= ROUNDING * abs(other)):
            return False
    return True
