"""A child that behaves as `python -m convert merge --json` does, at the pace a test asks for."""

import json
import sys
import time
from pathlib import Path

from elara_local.proofs import Proof, write_proof


def say(line, stream):
    stream.write(f"{line}\n")
    stream.flush()


def main():
    given = dict(part[2:].split("=", 1) for part in sys.argv[2:] if "=" in part)
    out, base = Path(given["out"]), Path(given["base"]).name
    say("merging: 10 %, 1.0 MB of 10.0 MB", sys.stderr)
    if base == "slow.gguf":
        time.sleep(60)
    if base == "broken.gguf":
        say(json.dumps({"error": "broken.gguf is damaged.", "hint": "Bring it again."}), sys.stdout)
        say("broken.gguf is damaged. Bring it again.", sys.stderr)
        return 3
    if base == "unequal.gguf":
        say(json.dumps({"error": "kl is 0.7, at most 0.002 is allowed.", "hint": ""}), sys.stdout)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(b"GGUF")
    figures = {"kl": 0.001, "token_parity": 1.0}
    fields = (out.name, "sum", given["quantize"], "llama", base, "sum", sys.argv[1], figures)
    write_proof(Proof(*fields, adapter=given.get("adapter", "")), out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
