"""A scripted `python -m index` for tests of the window: it obeys the contract of the real one.

    python child.py STATE add|remove|list ...

It keeps its documents in the JSON file STATE. A file's name says what becomes of it:
"bad" is refused, "slow" takes until it is ended, "crash" ends the child with a traceback,
"unusable" with an error written for people.
"""

import json
import sys
import time
from pathlib import Path

STATE = Path(sys.argv[1])
VERB, *ARGUMENTS = sys.argv[2:]


def read_state():
    return json.loads(STATE.read_text("utf-8")) if STATE.exists() else {}


def tell(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def add():
    paths = [Path(a) for a in ARGUMENTS if not a.startswith("--")]
    hints = dict(a[2:].split("=", 1) for a in ARGUMENTS if a.startswith("--") and "=" in a)
    state, report, added, replaced = read_state(), [], 0, 0
    for n, path in enumerate(paths, start=1):
        tell(stage="reading", file=n, files=len(paths), done=0, of=0, line=path.name)
        if "crash" in path.name:
            raise RuntimeError("canary")
        if "unusable" in path.name:
            sys.exit(complain("The embedding model is not installed. Prepare it."))
        if "bad" in path.name:
            report.append(f"{path.name}: refused: it is encrypted.")
            continue
        passages = 1_000_000 if "slow" in path.name else len(path.read_bytes()) // 10
        for done in range(0, passages + 1, max(passages // 4, 1)):
            tell(stage="embedding", file=n, files=len(paths), done=done, of=passages, line="")
            time.sleep(60 if "slow" in path.name else 0.05)
        replaced += path.name in state
        added += path.name not in state
        state[path.name] = {"edition": hints.get("edition", ""), "passages": passages}
        report.append(f"{path.name}: read: 2 pages.")
    tell(stage="writing", file=len(paths), files=len(paths), done=0, of=0, line="")
    STATE.write_text(json.dumps(state), "utf-8")
    counts = {"added": added, "replaced": replaced, "refused": len(paths) - added - replaced}
    tell(stage="done", report=report, **counts)
    return int(not added + replaced)


def remove():
    state = read_state()
    for name in ARGUMENTS:
        if not name.startswith("--"):
            del state[name]
    STATE.write_text(json.dumps(state), "utf-8")
    return 0


def list_all():
    own = [
        {"id": name, "title": name, "edition": d["edition"], "format": "pdf", "pages": 2,
         "passages": d["passages"], "review": "own", "licence": "", "notice": "", "file": name}
        for name, d in read_state().items()
    ]  # fmt: skip
    topic = {"id": "t", "title": "Severe malaria", "edition": "2026-11", "format": "topic",
             "pages": None, "passages": 4, "review": "unreviewed", "licence": "CC0",
             "notice": "retracted", "file": ""}  # fmt: skip
    shelves = [{"kind": "handbook", "name": "Starter", "edition": "2026-11", "documents": [topic]}]
    if own:
        shelves.insert(0, {"kind": "own", "name": "", "edition": "", "documents": own})
    tell(shelves=shelves)
    return 0


def complain(line):
    sys.stderr.write(line + "\n")
    return 3


sys.exit({"add": add, "remove": remove, "list": list_all}[VERB]())
