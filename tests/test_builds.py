"""`python -m index build` and `check` as they are typed."""

import json
import shutil
import subprocess
import sys

from elara_local.passages.folder import open_index
from elara_local.settings import HANDBOOK
from index.builds import is_handbook
from tests.conftest import ROOT, installed_model
from tests.test_collection import TEXT, article, write_file


def run(*arguments):
    command = [sys.executable, "-m", "index", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_folder_is_built_named_and_checked(tmp_path):
    installed_model("all-minilm-l6-v2-int8")
    source, target = tmp_path / "reports", tmp_path / "out"
    write_file(source, "a.xml", *(article(i, TEXT.format("zinc", i)) for i in range(20)))
    write_file(source, "b.xml", article(3, TEXT.format("zinc", 3), version=2))
    done = run(
        "build", "--from", source, "--to", target, "--shelf", "collection", "--name", "Reports",
        "--licence", "CC0-1.0", "--vectors", "ivf",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "20 passages of 20 documents" in done.stdout
    assert "Dropped: versions 1" in done.stdout
    manifest = json.loads((target / "manifest.json").read_text())
    assert (manifest["name"], manifest["shelf"]) == ("Reports", "collection")
    assert manifest["vectors"]["kind"] == "ivf" and manifest["vectors"]["recall_at_10"] >= 0.95
    open_index(target).close()
    assert run("check", "--index", target).returncode == 0
    with (target / "passages.sqlite").open("r+b") as file:
        file.seek(2000)
        file.write(b"XX")
    broken = run("check", "--index", target)
    assert broken.returncode == 3 and "not the one that was built" in broken.stderr


def test_a_collection_needs_a_name_for_its_index(tmp_path):
    (tmp_path / "a.html").write_text("<p>Zinc.</p>")
    done = run("build", "--from", tmp_path)
    assert done.returncode == 2 and "--to FOLDER" in done.stderr


def test_topics_are_told_from_documents(tmp_path):
    assert is_handbook(HANDBOOK)
    assert not is_handbook(tmp_path)
    shutil.copy(HANDBOOK / "snakebite.md", tmp_path)
    assert is_handbook(tmp_path)
    (tmp_path / "a.md").write_text("# Guideline\n\nGive zinc.\n")
    assert not is_handbook(tmp_path)


def test_another_handbook_does_not_replace_elaras_own_index(tmp_path):
    shutil.copy(HANDBOOK / "snakebite.md", tmp_path)
    done = run("build", "--from", tmp_path)
    assert done.returncode == 2 and "--to FOLDER" in done.stderr
