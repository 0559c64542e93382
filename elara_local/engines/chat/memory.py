"""Says whether a chat model fits, in memory and on the graphics card, before it is loaded.

Pure arithmetic on a Header and on numbers of free bytes; it asks no machine itself, and
knows no engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.engines.chat.header import Header
from elara_local.errors import Missing

MARGIN = 1.2  # file and cache, and a fifth more for the working buffers
CARD_RESERVE = 0.9  # of a card's free memory; the rest is left to the screen
MEGABYTE = 1_000_000


def needed_bytes(header: Header, context: int) -> int:
    """Bytes a model needs: its file, the cache of `context` tokens, a fifth more."""
    return int((header.file_bytes + header.cache_bytes(context)) * MARGIN)


def require_memory(name: str, header: Header, context: int, layers: int, available: int) -> None:
    """Refuse a model that does not fit into `available` bytes.

    Layers on a graphics card (`layers` of them) are not counted.

    Raises:
        Missing: too little memory is free; says how much is needed and the way out.
    """
    held = 1 - min(layers, header.layers) / header.layers
    need = int(needed_bytes(header, context) * held)
    if need <= available:
        return
    raise Missing(
        f"The chat model {name} needs {need // MEGABYTE:,} MB of memory and "
        f"{available // MEGABYTE:,} MB are free.",
        "Close other programs, set a smaller `context`, or choose a smaller model; "
        "quoted answers need none of this memory.",
    )


def fit_layers(header: Header, context: int, free: int) -> int:
    """How many layers a card with `free` bytes holds; all of them and the output count one more.

    Each layer takes its share of the file and of the cache; a fifth is left for buffers.
    """
    whole = needed_bytes(header, context)
    usable = int(free * CARD_RESERVE)
    if whole <= usable:
        return header.layers + 1
    return max(0, usable * (header.layers + 1) // whole - 1)


def choose_layers(header: Header, context: int, wanted: int, free: Sequence[int]) -> int:
    """Layers to put on the cards whose `free` bytes are given.

    `wanted` is -1 for as many as fit, 0 for none, else a number that is taken as it is.
    """
    if not free or wanted == 0:
        return 0
    if wanted > 0:
        return min(wanted, header.layers + 1)
    return fit_layers(header, context, sum(free))
