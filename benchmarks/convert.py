"""Making a model: the streaming merge against peft and llama.cpp's own converter.

    python -m benchmarks.convert --llama-cpp FOLDER [--rounds 3] [--hidden 1024] [--layers 12]

FOLDER is llama.cpp's source, which no wheel holds: `pip download --no-deps --no-binary :all:
llama-cpp-python==0.3.36`, unpack, and give `vendor/llama.cpp` in it. A Llama of about 200
million random weights and a random adapter are made; ours goes from both to an F16 GGUF in one
process, the peer merges with peft, saves, and runs convert_hf_to_gguf.py. Each step is a process
of its own; time is the wall's, memory the peak of the largest process. Both files are then
compared with transformers and peft (`convert verify`). Asked for: at most 0.4 of the time and
0.5 of the memory, the same divergence. The two take turns; medians count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
STARTER = REPOSITORY / "models" / "smollm2-135m-instruct"
SEED = 7
HEADS, KV_HEADS = 16, 4
RANK = 16


@dataclass(frozen=True)
class Spent:
    """Wall seconds of all steps, and the peak memory of the largest in megabytes."""

    seconds: float
    megabytes: float


def make_base(folder: Path, hidden: int, layers: int) -> None:
    """Write a random Llama with the starter's tokenizer, in bfloat16."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(SEED)
    file = next(STARTER.glob("*.gguf")).name
    tokenizer = AutoTokenizer.from_pretrained(STARTER, gguf_file=file)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=hidden * 11 // 4,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_adapter(base: Path, folder: Path) -> None:
    """Write an adapter of random weights for all seven linear layers of each block."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(SEED)
    names = "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj".split()
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    settings = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=names, task_type="CAUSAL_LM")
    tuned = get_peft_model(model, settings)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.02)
    tuned.save_pretrained(folder)


def merge_with_peft(base: Path, adapter: Path, folder: Path) -> None:
    """The peer's first step: load, merge in float32, save."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    PeftModel.from_pretrained(model, adapter).merge_and_unload().save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)


def spend(command: list[str], extra: dict[str, str] | None = None) -> Spent:
    """Run a process to its end and return what it took.

    Raises:
        SystemExit: it failed; its last lines are the reason.
    """
    with tempfile.TemporaryFile("w+") as said:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=said, stderr=said, env={**os.environ, **(extra or {})}
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        if status:
            said.seek(0)
            raise SystemExit(f"{' '.join(command[:4])} failed:\n{said.read()[-800:]}")
    return Spent(seconds, usage.ru_maxrss / 1024)


def run_ours(base: Path, adapter: Path, out: Path) -> Spent:
    """Merge straight to GGUF."""
    out.unlink(missing_ok=True)
    given = {"base": base, "adapter": adapter, "out": out, "quantize": "F16"}
    options = [f"--{name}={value}" for name, value in given.items()]
    return spend([sys.executable, "-m", "convert", "merge", "--no-verify", *options])


def run_peer(base: Path, adapter: Path, out: Path, source: Path) -> Spent:
    """Merge with peft, save, convert with llama.cpp's script."""
    with tempfile.TemporaryDirectory(dir=out.parent) as merged:
        step = [sys.executable, "-m", "benchmarks.convert", "--merge", base, adapter, merged]
        first = spend([str(word) for word in step])
        script = [sys.executable, source / "convert_hf_to_gguf.py", merged]
        words = [*script, "--outfile", out, "--outtype", "f16"]
        quiet = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(source)}  # with a gguf of its own
        second = spend([str(word) for word in words], quiet)
    return Spent(first.seconds + second.seconds, max(first.megabytes, second.megabytes))


def measure(base: Path, adapter: Path, file: Path) -> float:
    """Return the mean divergence of a file from transformers and peft, in nats."""
    command = [sys.executable, "-m", "convert", "verify", "--json", str(base), str(file)]
    done = subprocess.run(
        [*command, "--adapter", str(adapter)], cwd=REPOSITORY, capture_output=True, text=True
    )
    return float(json.loads(done.stdout)["proof"]["figures"]["kl"])


def compare(folder: Path, source: Path, rounds: int) -> dict[str, float]:
    """Take turns; return medians, ratios and both divergences."""
    base, adapter = folder / "base", folder / "adapter"
    files = folder / "ours.gguf", folder / "peer.gguf"
    ours, peer = [], []
    for _ in range(rounds):
        ours.append(run_ours(base, adapter, files[0]))
        peer.append(run_peer(base, adapter, files[1], source))
    middle = {
        f"{name}_{unit}": round(statistics.median(getattr(one, unit) for one in runs), 2)
        for name, runs in (("ours", ours), ("peer", peer))
        for unit in ("seconds", "megabytes")
    }
    ratios = {
        f"{unit}_ratio": round(middle[f"ours_{unit}"] / middle[f"peer_{unit}"], 3)
        for unit in ("seconds", "megabytes")
    }
    kept = {f"{path.stem}_kl": measure(base, adapter, path) for path in files}
    return {**middle, **ratios, **kept}


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--llama-cpp", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--merge", nargs=3, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.merge:
        merge_with_peft(*options.merge)
        return
    if options.llama_cpp is None:
        parser.error("--llama-cpp is needed: see the first lines of this file")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: a child's peak counts what its parent held when it was born.
        made = f"make_base(f / 'base', {options.hidden}, {options.layers})"
        made += "; make_adapter(f / 'base', f / 'adapter')"
        path = f"from pathlib import Path; f = Path({str(folder)!r})"
        spend([sys.executable, "-c", f"from benchmarks.convert import *; {path}; {made}"])
        print(json.dumps(compare(folder, options.llama_cpp, options.rounds), indent=1))


if __name__ == "__main__":
    main()
