"""Merging at size: a folder with the shapes of Llama-3-8B, random weights, and an r = 16 adapter.

    python -m benchmarks.shapes [--layers 32] [--folder FOLDER] [--kind F16]

Nothing is fetched: the weights are one band of random numbers, written again and again from other
places. The merge runs in a process of its own; its peak memory is the kernel's count. Beside it
stands the disk's own pace: the same folder read and as many bytes written, in 8 MB pieces. With 32
layers this takes 32 GB of disk; the shapes, and so the memory, are the same with fewer. Asked
for: at most 2 GB of memory, a pace near the disk's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HIDDEN, WIDE, HEADS, KV_HEADS, WORDS = 4096, 14336, 32, 8, 128256
RANK = 16
SHARD = 3 << 30  # bytes
PIECE = 8 << 20
BAND = 32 << 20  # bytes of random numbers
LINEAR = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "self_attn.v_proj": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (WIDE, HIDDEN),
    "mlp.up_proj": (WIDE, HIDDEN),
    "mlp.down_proj": (HIDDEN, WIDE),
}
NORMS = ("input_layernorm", "post_attention_layernorm")
CHILD = """
import json, resource, sys
from pathlib import Path
from convert.merge import merge
base, adapter, out, kind = sys.argv[1:]
made = merge(Path(base), Path(adapter), Path(out), kind, lambda line: print(line, file=sys.stderr))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": made.seconds, "bytes": made.size, "peak_kb": peak}))
"""


def list_shapes(layers: int) -> dict[str, tuple[int, ...]]:
    """Return every tensor of the model by its Hugging Face name."""
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (WORDS, HIDDEN)}
    for layer in range(layers):
        place = f"model.layers.{layer}"
        shapes |= {f"{place}.{name}.weight": shape for name, shape in LINEAR.items()}
        shapes |= {f"{place}.{name}.weight": (HIDDEN,) for name in NORMS}
    return shapes | {"model.norm.weight": (HIDDEN,), "lm_head.weight": (WORDS, HIDDEN)}


def write_folder(folder: Path, layers: int) -> None:
    """Write the model in bfloat16 shards, with a small tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    floats = random.standard_normal(BAND // 2, np.float32) * np.float32(0.02)
    band = memoryview((floats.view(np.uint32) >> 16).astype("<u2").tobytes())
    shards = list(_split(list_shapes(layers)))
    placed = {}
    for number, shapes in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        _write_shard(folder / name, shapes, band)
        placed |= dict.fromkeys(shapes, name)
    index = {"metadata": {}, "weight_map": placed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": WIDE,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "num_hidden_layers": layers,
        "vocab_size": WORDS,
        "max_position_embeddings": 8192,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "hidden_act": "silu",
        "bos_token_id": 0,
        "eos_token_id": 1,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))
    _write_tokenizer(folder)


def write_adapter(folder: Path, layers: int) -> None:
    """Write a random PEFT adapter on all linear layers."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(8)
    tensors = {}
    for layer in range(layers):
        for name, (outputs, inputs) in LINEAR.items():
            place = f"base_model.model.model.layers.{layer}.{name}"
            for side, shape in (("A", (RANK, inputs)), ("B", (outputs, RANK))):
                values = random.standard_normal(shape, np.float32) * np.float32(0.01)
                tensors[f"{place}.lora_{side}.weight"] = values
    save_file(tensors, folder / "adapter_model.safetensors")
    targets = [name.rpartition(".")[2] for name in LINEAR]
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": 32, "target_modules": targets}
    (folder / "adapter_config.json").write_text(json.dumps(config))


def measure_merge(folder: Path, kind: str) -> dict[str, float]:
    """Merge in a process of its own; seconds, bytes written, peak memory in kB."""
    command = [sys.executable, "-c", CHILD, str(folder / "base"), str(folder / "adapter")]
    command += [str(folder / "merged.gguf"), kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def measure_disk(folder: Path, size: int) -> float:
    """Read the base and write `size` bytes, and wait for the disk; return the seconds."""
    begin = time.monotonic()
    sources = sorted((folder / "base").glob("*.safetensors"))
    with (folder / "copied").open("wb") as out:
        for source in sources:
            with source.open("rb") as file:
                while piece := file.read(PIECE):
                    out.write(piece[: max(0, size - out.tell())])
        while out.tell() < size:
            out.write(bytes(min(PIECE, size - out.tell())))
        out.flush()
        os.fsync(out.fileno())
    seconds = time.monotonic() - begin
    (folder / "copied").unlink()
    return seconds


def _split(shapes: dict[str, tuple[int, ...]]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Share the tensors out in shards of at most SHARD bytes, as transformers does."""
    shard: dict[str, tuple[int, ...]] = {}
    held = 0
    for name, shape in shapes.items():
        size = 2 * int(np.prod(shape))
        if shard and held + size > SHARD:
            yield shard
            shard, held = {}, 0
        shard[name] = shape
        held += size
    yield shard


def _write_shard(path: Path, shapes: dict[str, tuple[int, ...]], band: memoryview) -> None:
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    with path.open("wb") as file:
        file.write(len(told).to_bytes(8, "little") + told)
        for place, name in enumerate(shapes):
            begin, stop = header[name]["data_offsets"]
            start = 4096 * place % BAND
            while begin < stop:
                piece = band[start : start + stop - begin]
                file.write(piece)
                begin, start = begin + len(piece), 0


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(["a child of 12 kg"], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(told | {"add_bos_token": False}))


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="where there is room; default: a temporary one")
    parser.add_argument("--kind", default="F16")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        write_folder(folder / "base", options.layers)
        write_adapter(folder / "adapter", options.layers)
        merged = measure_merge(folder, options.kind)
        disk = measure_disk(folder, int(merged["bytes"]))
    figures = {
        "layers": options.layers,
        "written_gb": round(merged["bytes"] / 1e9, 2),
        "merge_s": round(merged["seconds"], 1),
        "merge_mb_per_s": round(merged["bytes"] / 1e6 / merged["seconds"], 1),
        "disk_s": round(disk, 1),
        "of_the_disks_pace": round(disk / merged["seconds"], 2),
        "peak_mb": round(merged["peak_kb"] / 1024),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
