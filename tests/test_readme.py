"""The README's map of the repository is the repository."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("launcher.py", "elara_local/", "index/", "convert/", "benchmarks/")


def read_heads():
    """Every Python file with the first line of its docstring."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    if not listed:
        pytest.skip("not a git checkout")
    heads = {}
    for name in listed:
        if name.startswith(ROOMS) and (ROOT / name).exists():
            tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
            heads[name] = (ast.get_docstring(tree) or "").split("\n")[0]
    return heads


def test_every_file_says_what_it_is():
    assert [name for name, head in read_heads().items() if not head] == []


def test_the_tree_in_the_readme_has_one_true_line_per_file():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [n for n, head in read_heads().items() if f"{n:52} {head}" not in readme]
    assert missing == [], "run: python -m tests.readme_tree"


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "docs/decisions.md"])
def test_what_the_readme_names_is_there(name):
    assert name in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / name).stat().st_size > 500
