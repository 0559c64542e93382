"""The launcher: what it refuses, what it says, what it finds done. No network, no pip run."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import launcher
from elara_local.bootstrap import environment, hardware, packages, stamp, start
from elara_local.bootstrap.trouble import Trouble

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCES = [
    REPOSITORY / "launcher.py",
    *sorted((REPOSITORY / "elara_local" / "bootstrap").glob("*.py")),
]
FAKE_ELARA = """
import os, signal, sys, time
print(sys.argv[1:], os.getcwd(), flush=True)
if sys.argv[1] == "exit":
    sys.exit(int(sys.argv[2]))
if sys.argv[1] == "wait":
    time.sleep(60)
"""


@pytest.fixture
def ready(tmp_path):
    """A copy of the launcher in a path with spaces, whose set-up is done."""
    home = tmp_path / "a path with spaces" / "elara"
    home.mkdir(parents=True)
    for name in ("launcher.py", "requirements.txt", "requirements-field.txt"):
        shutil.copy(REPOSITORY / name, home / name)
    package = home / "elara_local"
    shutil.copytree(REPOSITORY / "elara_local" / "bootstrap", package / "bootstrap")
    shutil.copy(REPOSITORY / "elara_local" / "__init__.py", package / "__init__.py")
    (home / "elara_local" / "__main__.py").write_text(FAKE_ELARA, encoding="utf-8")
    (home / "models" / "tiny").mkdir(parents=True)
    (home / "models" / "catalogue.toml").write_text(
        '[[model]]\nid = "tiny"\nstarter = true\n', encoding="utf-8"
    )
    python = Path(stamp.venv_python(str(home)))
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    done = {n: stamp.hash_requirements(str(home), n) for n in (stamp.FIELD, stamp.WORKSHOP)}
    stamp.write_stamp(str(home), done)
    return home


def command(home, *arguments):
    base = getattr(sys, "_base_executable", sys.executable)
    return [base, str(home / "launcher.py"), *arguments]


def run(home, *arguments, **options):
    return subprocess.run(
        command(home, *arguments), capture_output=True, text=True, timeout=60, **options
    )


def test_it_uses_the_standard_library_alone():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names or name.startswith("elara_local.bootstrap"), (
                    f"{path}: {name}"
                )


@pytest.mark.parametrize(
    ("version", "word"),
    [
        ((2, 7, 18), "too old"),
        ((3, 8, 18), "too old"),
        ((3, 10, 13), "too old"),
        ((3, 14, 0), "too new"),
        ((3, 11, 0), ""),
        ((3, 13, 9), ""),
    ],
)
def test_pythons_that_are_too_old_or_too_new(version, word):
    line = launcher.explain_python(version)
    assert (
        (word in line and f"{version[0]}.{version[1]}.{version[2]}" in line) if word else not line
    )
    assert "\n" not in line


def test_old_pythons_can_read_the_launcher():
    ast.parse((REPOSITORY / "launcher.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    old = [shutil.which(f"python{v}") for v in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")]
    lines = []
    for python in filter(None, old):
        done = subprocess.run(
            [python, str(REPOSITORY / "launcher.py")], capture_output=True, text=True
        )
        if "Elara needs Python" in done.stderr:  # else a shim without that Python behind it
            lines.append((done.returncode, done.stderr.count("\n")))
    assert set(lines) <= {(3, 1)}


@pytest.mark.parametrize(
    ("given", "gpu", "rest"),
    [
        ([], "", []),
        (["ask", "--gpu", "x"], "", ["ask", "--gpu", "x"]),
        (["--gpu", "cpu", "ask", "q"], "cpu", ["ask", "q"]),
        (["--gpu=cuda"], "cuda", []),
        (["--gpu", "cpu", "--gpu=metal", "test"], "metal", ["test"]),
    ],
)
def test_only_a_leading_gpu_is_the_launchers(given, gpu, rest):
    assert launcher.split_arguments(given) == (gpu, rest)


@pytest.mark.parametrize("given", [["--gpu"], ["--gpu", "fast"], ["--gpu="]])
def test_a_wrong_gpu_is_refused(given, capsys):
    assert launcher.main(given) == 2
    assert "auto, cpu, cuda, metal" in capsys.readouterr().err


def test_it_hands_over_from_anywhere_with_the_exit_code(ready, tmp_path):
    done = run(ready, "exit", "7", "two words", cwd=tmp_path)
    assert done.returncode == 7, done.stderr
    assert done.stdout == f"['exit', '7', 'two words'] {tmp_path}\n"


def test_a_name_in_the_working_directory_does_not_shadow(ready, tmp_path):
    (tmp_path / "elara_local").mkdir()
    (tmp_path / "elara_local" / "__main__.py").write_text("print('shadow')", encoding="utf-8")
    (tmp_path / "json.py").write_text("print('shadow')", encoding="utf-8")
    done = run(ready, "exit", "0", cwd=tmp_path)
    assert "shadow" not in done.stdout and done.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="signals reach the child otherwise on Windows")
def test_signals_reach_what_it_handed_over_to(ready):
    with subprocess.Popen(command(ready, "wait"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("['wait']")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM


def test_a_later_start_imports_nothing_that_sets_up(ready):
    code = f"""
import os, sys
sys.path.insert(0, {str(ready)!r})
def report(*_):
    print([m for m in ("subprocess", "venv", "importlib.metadata", "elara_local.bootstrap.packages",
                       "elara_local.bootstrap.installation") if m in sys.modules])
    os._exit(0)
os.execve = report
import launcher
launcher.main(["exit", "0"])
"""
    base = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run([base, "-S", "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_changed_requirements_are_not_ready(ready):
    home = str(ready)
    assert stamp.is_ready(home, stamp.FIELD) and stamp.is_ready(home, stamp.WORKSHOP)
    with open(ready / stamp.FIELD, "a", encoding="utf-8") as file:
        file.write("another==1.0\n")
    assert not stamp.is_ready(home, stamp.FIELD)
    assert not stamp.is_ready(home, stamp.WORKSHOP)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"requirements-field.txt": 1}'])
def test_half_a_stamp_is_no_stamp(ready, text):
    Path(stamp.stamp_path(str(ready))).write_text(text, encoding="utf-8")
    assert not stamp.is_ready(str(ready), stamp.FIELD)


def test_a_stamp_without_its_python_is_not_ready(ready):
    Path(stamp.venv_python(str(ready))).unlink()
    assert not stamp.is_ready(str(ready), stamp.FIELD)


def test_lacking_starter_models_are_named(ready):
    assert stamp.lacking_models(str(ready)) == []
    shutil.rmtree(ready / "models" / "tiny")
    assert stamp.lacking_models(str(ready)) == ["tiny"]
    assert "being prepared" in run(ready, "exit", "0").stdout


def test_variables_that_lead_astray_are_left_out(ready):
    given = {"PYTHONHOME": "x", "PYTHONPATH": "x", "PIP_TARGET": "x", "PATH": "p"}
    made = start.make_variables(str(ready), given)
    assert made["PYTHONPATH"] == str(ready) and made["PATH"] == "p"
    assert not {"PYTHONHOME", "PIP_TARGET"} & set(made)


def test_packages_cut_off_half_way_are_forgotten(tmp_path):
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    if os.name == "nt":
        site = tmp_path / ".venv" / "Lib" / "site-packages"
    for name, size, record in [("whole", 3, True), ("cut", 99, True), ("bare", 3, False)]:
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text("abc", encoding="utf-8")
        if record:
            (info / "RECORD").write_text(
                f"{name}.py,sha256=x,{size}\n{info.name}/RECORD,,\n", encoding="utf-8"
            )
    (site / "~old").mkdir()
    assert environment.mend(str(tmp_path)) == ["bare-1.0", "cut-1.0"]
    assert sorted(p.name for p in site.iterdir()) == [
        "bare.py",
        "cut.py",
        "whole-1.0.dist-info",
        "whole.py",
    ]


@pytest.mark.skipif(os.name == "nt", reason="flock is held by descriptor")
def test_two_launchers_take_turns_and_a_killed_one_lets_go(tmp_path):
    code = (
        "import sys, time; from elara_local.bootstrap.environment import locked\n"
        "with locked(sys.argv[1], print):\n    print('in', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stdout.readline() == "in\n"
        said = []

        def say(line):
            said.append(line)
            first.kill()

        with environment.locked(str(tmp_path), say):
            pass
        assert said == ["Another start is setting Elara up; waiting for it."]
    finally:
        first.kill()
        first.wait()
        first.stdout.close()


PIP_WORDS = """\
Collecting numpy==2.4.6 (from -r x (line 1))
  Using cached numpy-2.4.6-cp311-cp311-manylinux.whl (16.6 MB)
Requirement already satisfied: idna in ./x (from y)
Collecting gradio==6.31.0
  Downloading gradio-6.31.0-py3-none-any.whl (31.4 MB)
WARNING: Retrying (Retry(total=2)) after connection broken
WARNING: Retrying (Retry(total=1)) after connection broken
Building wheel for llama-cpp-python (pyproject.toml): started
Building wheel for llama-cpp-python (pyproject.toml): finished with status 'done'
Installing collected packages: numpy, gradio
"""


def test_pips_words_become_plain_lines():
    said = []
    progress = packages.Progress(said.append, 3, lambda: 10)
    for line in PIP_WORDS.splitlines():
        progress.read(line)
    progress.tick()
    assert said == [
        "  package 1 of about 3: numpy",
        "  package 3 of about 3: gradio",
        "  fetching gradio (31.4 MB)",
        "  the network is slow to answer; trying again",
        "  compiling llama-cpp-python: this takes 4 to 15 minutes, once",
        "  compiled llama-cpp-python in 0 min 00 s",
        "  installing 2 packages",
        "  installed 0 of 2 packages, 0 min 00 s",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["... Temporary failure in name resolution", "ERROR: No matching"], "internet"),
        (["ERROR: [Errno 28] No space left on device"], "disk is full"),
        (["ERROR: something odd"], "something odd"),
        ([], "no word"),
    ],
)
def test_a_failed_pip_is_explained_in_one_line(words, expected):
    line = packages.explain(words, Path("log"))
    assert expected in line and "\n" not in line


def fake_pip(tmp_path, body, refuse=lambda line: ""):
    said = []
    progress = packages.Progress(said.append, 1, lambda: 0)
    with open(tmp_path / "lock", "wb") as lock:
        packages.run_pip(
            [sys.executable, "-c", body],
            os.environ,
            tmp_path / "log",
            progress,
            lock.fileno(),
            refuse,
        )
    return said


def test_pip_runs_to_its_end_and_its_words_are_kept(tmp_path):
    assert fake_pip(tmp_path, "print('Collecting é')", lambda line: "") == []
    assert fake_pip(tmp_path, "print('Collecting abc')") == ["  package 1 of about 1: abc"]
    assert "Collecting abc" in (tmp_path / "log").read_text(encoding="utf-8")
    with pytest.raises(Trouble, match="disk is full"):
        fake_pip(tmp_path, "print('No space left on device'); raise SystemExit(1)")


def test_a_refused_pip_is_ended_with_its_children(tmp_path):
    body = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('pid', child.pid, flush=True); time.sleep(60)"
    )
    pids = []

    def refuse(line):
        pids.append(int(line.split()[1]))
        return "no compiler"

    with pytest.raises(Trouble, match="no compiler"):
        fake_pip(tmp_path, body, refuse)
    if os.name != "nt":
        for _ in range(100):
            if not _is_running(pids[0]):
                return
            time.sleep(0.05)
        pytest.fail("pip's child is still running")


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # a zombie that nobody has waited for has ended
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


@pytest.mark.parametrize(
    ("asked", "system", "machine", "nvcc", "card", "expected"),
    [
        ("auto", "Linux", "x86_64", "", False, "cpu"),
        ("auto", "Linux", "x86_64", "/x/nvcc", False, "cpu"),
        ("auto", "Linux", "x86_64", "/x/nvcc", True, "cuda"),
        ("auto", "Darwin", "arm64", "", False, "metal"),
        ("auto", "Darwin", "x86_64", "", False, "cpu"),
        ("auto", "Windows", "AMD64", "", True, "cpu"),
        ("cpu", "Darwin", "arm64", "", False, "cpu"),
        ("cuda", "Linux", "x86_64", "/x/nvcc", False, "cuda"),
        ("metal", "Darwin", "x86_64", "", False, "metal"),
    ],
)
def test_the_build_of_llama_cpp(asked, system, machine, nvcc, card, expected):
    assert hardware.choose_gpu(asked, system, machine, nvcc, card) == expected


@pytest.mark.parametrize(
    ("asked", "system", "words"), [("metal", "Linux", "Apple"), ("cuda", "Linux", "nvcc")]
)
def test_a_build_that_can_not_be(asked, system, words):
    with pytest.raises(Trouble, match=words):
        hardware.choose_gpu(asked, system, "x86_64", "", False)


def test_flags_of_the_builds():
    assert hardware.cmake_flags("cpu", "Linux", "x86_64") == []
    assert hardware.cmake_flags("cuda", "Linux", "x86_64") == ["-DGGML_CUDA=on"]
    assert "-DGGML_METAL=on" in hardware.cmake_flags("metal", "Darwin", "arm64")
    assert "-DGGML_METAL=off" in hardware.cmake_flags("cpu", "Darwin", "arm64")


def test_no_compiler_on_the_path(tmp_path):
    if sys.platform != "linux":
        pytest.skip("other systems are asked in other ways")
    assert not hardware.has_compiler({"PATH": str(tmp_path)})
    (tmp_path / "g++").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "g++").chmod(0o755)
    assert hardware.has_compiler({"PATH": str(tmp_path)})


def test_too_little_space_is_one_line(ready):
    Path(stamp.stamp_path(str(ready))).unlink()
    code = f"""
import sys
sys.path.insert(0, {str(ready)!r})
from elara_local.bootstrap import installation
installation.NEEDED_GB["requirements-field.txt"] = 10**9
import launcher
sys.exit(launcher.main(["exit", "0"]))
"""
    base = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run([base, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "GB is free" in done.stderr and done.stderr.count("\n") == 1


def test_a_python_without_venv_is_one_line(ready):
    shutil.rmtree(ready / ".venv")
    code = f"""
import sys
sys.path.insert(0, {str(ready)!r})
sys.modules["ensurepip"] = None
import launcher
sys.exit(launcher.main(["exit", "0"]))
"""
    base = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run([base, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "no venv module" in done.stderr and done.stderr.count("\n") == 1


def test_a_folder_that_can_not_be_written_is_one_line(ready):
    shutil.rmtree(ready / ".venv")
    (ready / ".venv").write_text("not a folder", encoding="utf-8")
    done = run(ready, "exit", "0")
    assert done.returncode == 3
    assert "can't set itself up" in done.stderr and done.stderr.count("\n") == 1


def test_somebody_elses_environment_is_used_only_when_it_has_everything(ready):
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests do not run in a virtual environment")
    Path(stamp.stamp_path(str(ready))).unlink()
    home = str(ready)
    lacking = start.find_python(home, stamp.FIELD, "")
    (ready / stamp.FIELD).write_text("no-such-package==1.0\n", encoding="utf-8")
    assert start.find_python(home, stamp.FIELD, "") == ""
    (ready / stamp.FIELD).write_text("", encoding="utf-8")
    assert start.find_python(home, stamp.FIELD, "") == sys.executable
    assert start.find_python(home, stamp.FIELD, "cpu") == ""
    assert lacking in ("", sys.executable)


def test_requirements_are_pinned_and_the_field_has_no_torch():
    field = packages.read_pins(str(REPOSITORY), stamp.FIELD)
    workshop = packages.read_pins(str(REPOSITORY), stamp.WORKSHOP)
    assert not {"torch", "transformers", "sentence-transformers", "peft"} & set(field)
    assert {"torch", "transformers", "sentence-transformers", "pytest"} <= set(workshop)
    assert field.items() <= workshop.items()
    for name in (stamp.FIELD, stamp.WORKSHOP):
        lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
        wanted = [x for x in lines if x.strip() and not x.startswith(("#", "-r "))]
        assert all(packages.PIN.match(line) for line in wanted)
        assert packages.about_total(str(REPOSITORY), name) > len(wanted)


def test_the_stamp_is_plain_json(ready):
    stamp.write_stamp(str(ready), {"llama.cpp": "0.3.36 cpu"})
    text = Path(stamp.stamp_path(str(ready))).read_text(encoding="utf-8")
    assert json.loads(text) == {"llama.cpp": "0.3.36 cpu"}


def test_index_commands_go_to_the_index(ready):
    (ready / "index").mkdir()
    (ready / "index" / "__main__.py").write_text("import sys; print(sys.argv[1:])", "utf-8")
    done = run(ready, "index", "check")
    assert (done.returncode, done.stdout.strip()) == (0, "['check']")
