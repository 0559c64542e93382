"""A child that behaves as `python -m convert merge --json` does, at the pace a test asks for."""

import json
import sys
import time
from pathlib import Path


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
    proof = {"quantization": given["quantize"], "figures": {"kl": 0.001, "token_parity": 1.0}}
    if base == "unequal.gguf":
        say(
            json.dumps({"proof": proof, "faults": ["kl is 0.7, at most 0.002 is allowed"]}),
            sys.stdout,
        )
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(b"GGUF")
    verb = {"verb": sys.argv[1], "adapter": given.get("adapter", "")}
    say(json.dumps({"proof": proof, "faults": [], **verb}), sys.stdout)
    return 0


sys.exit(main())
