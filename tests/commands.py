"""Runs Elara's commands as a user does: a child process, its output read as bytes."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.test_records import IN_LISTS, KEYS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("elara_local", "index", "convert")
PARTS = (*ROOMS, "requirements-field.txt", "requirements.txt", "launcher.py")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def record(self):
        """The one JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out[:500]
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def lines(self):
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Program:
    """The program in one folder, with one user folder and more variables."""

    home: Path
    root: Path = ROOT
    module: str = "elara_local"

    def run(self, *arguments, seconds=120, **variables):
        """Run a command to its end; no traceback may ever be on its stderr."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ELARA_")}
        environment |= {"ELARA_HOME": str(self.home), "PYTHONPATH": str(self.root)}
        environment |= {name: str(value) for name, value in variables.items()}
        done = subprocess.run(
            [sys.executable, "-P", "-m", self.module, *map(str, arguments)],
            cwd=self.root, env=environment, capture_output=True, timeout=seconds,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in outcome.err, outcome.err
        return outcome

    def batch(self, file, verb, *lines, **variables):
        """Run a batch of objects (or of raw lines) and return what came of each."""
        raw = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("\n".join(raw) + "\n", encoding="utf-8")
        done = self.run(verb, "--batch", file, **variables)
        assert done.code == 0, done.err
        return done.lines


def copy_repository(target, models=False):
    """Copy what runs, with the catalogue of models and, if asked, links to the models."""
    target.mkdir()
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target / name)
    (target / "models").mkdir()
    shutil.copyfile(ROOT / "models" / "catalogue.toml", target / "models" / "catalogue.toml")
    for folder in (ROOT / "models").iterdir() if models else ():
        if folder.is_dir():
            (target / "models" / folder.name).symlink_to(folder, target_is_directory=True)
    return target


def require_contract(answer):
    """Hold an answer to the fields of the contract, in their order."""
    assert list(answer) == KEYS[""].split()
    for name in ("emergency", "confidence", "timings_ms", "provenance"):
        assert list(answer[name]) == KEYS[name].split()
    for name, keys in IN_LISTS.items():
        assert all(list(item) == keys.split() for item in answer[name])
    ids = {source["id"] for source in answer["sources"]}
    cited = {c for sentence in answer["sentences"] for c in sentence["citations"]}
    assert cited <= ids
    assert {f"s{n}" for n in re.findall(r"\[(\d+)\]", answer["text"])} <= ids
