"""docs/licences.md names what is installed, and GPL code stays out of the process."""

import subprocess
import sys
from pathlib import Path

from elara_local.bootstrap.packages import read_pins
from elara_local.bootstrap.stamp import WORKSHOP
from elara_local.catalogue import read_catalogue

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "licences.md").read_text(encoding="utf-8")


def test_every_direct_package_is_listed_with_its_version():
    for name, version in read_pins(str(REPOSITORY), WORKSHOP).items():
        assert f"| {name} {version} |" in PAGE


def test_every_starter_model_is_listed_with_its_licence():
    for model in read_catalogue().values():
        if model.starter:
            starts = (f"| {model.id}:", f"| {model.id} |")
            (row,) = [line for line in PAGE.splitlines() if line.startswith(starts)]
            assert model.licence in row


def test_importing_every_room_loads_no_gpl_library():
    code = """
import importlib, pkgutil, sys
import elara_local
for found in pkgutil.walk_packages(elara_local.__path__, "elara_local."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print([name for name in ("av", "faster_whisper") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr
