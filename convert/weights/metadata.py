"""The metadata of a GGUF file that come from config.json: sizes, windows, caps, names.

What the writer knows by itself is left to it: general.architecture, general.file_type,
general.quantization_version. The tokenizer's metadata come from `tokens`.
"""

from __future__ import annotations

from convert.weights.config import Config, take_number, take_size
from convert.weights.ropes import GLOBAL, LOCAL, Rope, first_length, list_rope_entries
from convert.weights.tensors import Entry
from elara_local.errors import WrongFile

WINDOWED = {"gemma2": 2, "gemma3": 6}  # llama.cpp slides here; every n-th layer is global
GEMMA2_CAPS = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}


def list_entries(config: Config, rope: Rope) -> tuple[Entry, ...]:
    """Return all metadata of the model but the tokenizer's."""
    head = config.architecture
    sizes = {
        "context_length": find_context(config),
        "vocab_size": config.vocab,
        "embedding_length": config.hidden,
        "block_count": config.blocks,
        "feed_forward_length": config.inner,
        "attention.head_count": config.heads,
        "attention.head_count_kv": config.kv_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
    }
    norm = "layer_norm_epsilon" if head == "gpt2" else "layer_norm_rms_epsilon"
    entries = [
        Entry("general.type", "string", "model"),
        Entry("general.name", "string", config.name),
    ]
    if config.licence:
        entries.append(Entry("general.license", "string", config.licence))
    entries += [Entry(f"{head}.{name}", "uint32", size) for name, size in sizes.items()]
    entries.append(Entry(f"{head}.attention.{norm}", "float32", config.epsilon))
    if head != "gpt2":
        entries += list_rope_entries(config, rope)
    return (*entries, *list_windows(config), *list_caps(config))


def find_window(config: Config) -> int | None:
    """Return the width of the sliding layers in tokens; None where no layer slides."""
    sliding = find_sliding(config)
    if config.raw.get("sliding_window") is None or not any(sliding):
        return None
    return take_size(config.raw, "sliding_window", config.architecture)


def find_sliding(config: Config) -> tuple[bool, ...]:
    """Return which layers see a window of the text only.

    Raises:
        WrongFile: `layer_types` names other kinds of layers, or not one for each block.
    """
    kinds = config.raw.get("layer_types")
    if kinds is not None:
        if not isinstance(kinds, list) or not set(map(str, kinds)) <= {GLOBAL, LOCAL}:
            raise WrongFile("config.json names layer types that can't be converted.")
        if len(kinds) != config.blocks:
            raise WrongFile(
                f"config.json names {len(kinds)} layer types for {config.blocks} blocks."
            )
        return tuple(kind == LOCAL for kind in kinds)
    if config.architecture in WINDOWED:
        every = WINDOWED[config.architecture]
        if config.architecture == "gemma3":
            every = take_size(config.raw, "sliding_window_pattern", "gemma3", every)
        return tuple(bool((block + 1) % every) for block in range(config.blocks))
    if config.model_class in ("MistralForCausalLM", "Phi3ForCausalLM"):
        return (True,) * config.blocks
    first = config.blocks
    if config.raw.get("use_sliding_window") and config.architecture.startswith("qwen"):
        first = take_size(config.raw, "max_window_layers", config.architecture, 28)
    return tuple(block >= first for block in range(config.blocks))


def find_context(config: Config) -> int:
    """Return how many tokens the file may be asked to hold.

    Outside of Gemma llama.cpp does not slide. Up to the window's width both are the same, so
    the file says that width: a longer text would be read otherwise than the model does.
    """
    window = find_window(config)
    if window is None or config.architecture in WINDOWED:
        return config.context
    return min(config.context, window)


def list_windows(config: Config) -> tuple[Entry, ...]:
    """Return the metadata of Gemma's sliding layers.

    Raises:
        WrongFile: they don't come at a steady pace.
    """
    window = find_window(config)
    head = f"{config.architecture}.attention"
    if config.architecture not in WINDOWED or window is None:
        if config.architecture == "gemma2":
            raise WrongFile("Gemma 2 without sliding layers can't be converted.")
        return ()
    sliding = find_sliding(config)
    for every in range(2, config.blocks + 2):
        if sliding == tuple(bool((block + 1) % every) for block in range(config.blocks)):
            return (
                Entry(f"{head}.sliding_window", "uint32", window),
                Entry(f"{head}.sliding_window_pattern", "uint32", every),
            )
    raise WrongFile("Sliding layers that come at no steady pace can't be converted.")


def list_caps(config: Config) -> tuple[Entry, ...]:
    """Return Gemma's soft caps of attention and of the logits.

    Raises:
        WrongFile: Gemma 2 without one of them: llama.cpp would take its own.
    """
    caps = GEMMA2_CAPS if config.architecture == "gemma2" else {}
    if config.architecture == "gemma3":
        caps = {"final_logit_softcapping": 0.0}
    entries = []
    for name, usual in caps.items():
        if config.raw.get(name, usual):
            cap = take_number(config.raw, name, usual)
            entries.append(Entry(f"{config.architecture}.{name}", "float32", cap))
        elif config.architecture == "gemma2":
            raise WrongFile(f"Gemma 2 without '{name}' can't be converted.")
    return tuple(entries)


def list_notes(config: Config, rope: Rope) -> tuple[str, ...]:
    """Return what a person should know of the conversion."""
    notes = []
    if find_context(config) < config.context:
        notes.append(
            f"The context is cut from {config.context} to {find_context(config)} tokens, the "
            "width of the model's sliding window, which llama.cpp does not have."
        )
    if rope.kind == "longrope":
        first = first_length(config, rope)
        notes.append(
            f"With a context above {first} tokens llama.cpp takes the rotary factors of long "
            "texts for short ones too; the model does so for long texts only."
        )
    return tuple(notes)
