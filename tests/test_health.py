"""What doctor says of each part, on this machine and when parts are broken."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from elara_local import health
from elara_local.errors import Missing
from elara_local.health import ModelFact, examine, is_ready

WHOLE = [ModelFact("starter", True)]


@pytest.fixture
def pins(tmp_path):
    file = tmp_path / "requirements-field.txt"
    from importlib.metadata import version

    file.write_text(f"# tools\npsutil=={version('psutil')}  # memory\n", encoding="utf-8")
    return file


def ask(tmp_path, pins, **changes):
    given = {
        "home": tmp_path / "not" / "there yet",
        "requirements": pins,
        "models": lambda: WHOLE,
        "probes": {"index": lambda: "3 passages"},
        "guarded": lambda: True,
        "needed_memory": 1,
        "needed_disk": 1,
    }
    return {part.name: part for part in examine(**{**given, **changes})}


def test_a_ready_machine(tmp_path, pins):
    parts = ask(tmp_path, pins)
    assert is_ready(parts.values())
    assert list(parts) == [
        "python", "packages", "model starter", "index", "memory", "disk", "offline guard",
    ]  # fmt: skip
    assert parts["index"].said == "3 passages"
    assert str(tmp_path) in parts["disk"].said
    with pytest.raises(FrozenInstanceError):
        parts["index"].said = "other"


def test_one_broken_part_does_not_hide_the_others(tmp_path, pins):
    def absent():
        raise Missing("There is no index.", "Run: python -m index build")

    def crash():
        raise ZeroDivisionError

    probes = {"index": absent, "chat": crash, "embedding": lambda: "384 numbers a text"}
    parts = ask(tmp_path, pins, probes=probes)
    assert (parts["index"].state, parts["index"].said) == ("missing", "There is no index.")
    assert parts["index"].todo == "Run: python -m index build"
    assert (parts["chat"].state, parts["embedding"].state) == ("missing", "ok")
    assert "ZeroDivisionError" in parts["chat"].said
    assert not is_ready(parts.values())


def test_models_that_are_not_whole_or_not_there(tmp_path, pins):
    found = [ModelFact("a", True), ModelFact("b", False, "b.gguf has another sha256")]
    parts = ask(tmp_path, pins, models=lambda: found)
    assert (parts["model a"].state, parts["model b"].state) == ("ok", "missing")
    assert parts["model b"].said == "b.gguf has another sha256"
    assert ask(tmp_path, pins, models=list)["models"].state == "missing"


def test_packages_are_compared_by_version(tmp_path, pins):
    pins.write_text("psutil==0.0.1\nno-such-package==1.0\n", encoding="utf-8")
    packages = ask(tmp_path, pins)["packages"]
    assert packages.state == "missing"
    assert "psutil is " in packages.said
    assert "no-such-package is not installed" in packages.said
    assert ask(tmp_path, tmp_path / "gone.txt")["packages"].state == "missing"
    pins.write_text("", encoding="utf-8")
    assert ask(tmp_path, pins)["packages"].state == "missing"


def test_too_little_memory_disk_or_no_guard(tmp_path, pins):
    parts = ask(tmp_path, pins, needed_memory=1 << 60, needed_disk=1 << 60, guarded=lambda: False)
    for name in ("memory", "disk", "offline guard"):
        assert parts[name].state == "missing"
        assert parts[name].todo


@pytest.mark.parametrize(
    ("found", "state"),
    [((3, 10), "missing"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "missing")],
)
def test_python_versions(found, state):
    assert health.check_python(found).state == state


def test_the_repository_list_of_packages_is_read():
    file = Path(__file__).resolve().parent.parent / "requirements-field.txt"
    if not file.is_file():
        pytest.skip("requirements-field.txt is not there yet")
    names = dict(health._read_pins(file.read_text(encoding="utf-8")))
    assert names["llama-cpp-python"] == "0.3.36"
