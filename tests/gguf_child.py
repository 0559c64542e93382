"""Loads GGUF files in this process, one a line, and says how it went; it may die of one.

In: a line of tab-separated paths, a model and its adapters. Out: "ok", or "refused" and why.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from elara_local.engines.chat.trial import take_voice, try_model
from elara_local.errors import ElaraError

voice = take_voice()
for line in sys.stdin:
    model, *adapters = (Path(name) for name in line.rstrip("\n").split("\t"))
    try:
        try_model(model, 0, adapters)
        said = "ok"
    except ElaraError as error:
        said = f"refused {error.message}"
    voice.write(said.replace("\n", " ") + "\n")
    voice.flush()
