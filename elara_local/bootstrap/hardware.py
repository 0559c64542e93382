"""Which way llama.cpp is built for this machine, and whether it can be built at all.

It looks at the system, at nvcc and nvidia-smi and at the compilers on the path; it knows
nothing of pip.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from elara_local.bootstrap.trouble import Trouble

CUDA_PLACES = ("/usr/local/cuda/bin/nvcc", "/opt/cuda/bin/nvcc")
COMPILERS = ("c++", "g++", "clang++", "cl")
PROBE_SECONDS = 20


def choose_gpu(asked: str, system: str, machine: str, nvcc: str, card: bool) -> str:
    """Return "cpu", "cuda" or "metal" for what was asked and what is there.

    Raises:
        Trouble: what was asked for can't be built here.
    """
    apple = system == "Darwin" and machine == "arm64"
    if asked == "metal" and system != "Darwin":
        raise Trouble("--gpu metal works on Apple computers only. Use --gpu auto or --gpu cpu.")
    if asked == "cuda" and not nvcc:
        raise Trouble(
            "--gpu cuda needs NVIDIA's CUDA toolkit, whose compiler nvcc was not found. "
            "Install the toolkit, or use --gpu cpu."
        )
    if asked in ("cpu", "cuda", "metal"):
        return asked
    if apple:
        return "metal"
    return "cuda" if nvcc and card else "cpu"


def native_gpu(system: str, machine: str) -> str:
    """Return what llama.cpp builds when it is given no flag at all."""
    return "metal" if (system, machine) == ("Darwin", "arm64") else "cpu"


def cmake_flags(gpu: str, system: str, machine: str) -> list[str]:
    """Return the CMake definitions that build llama.cpp so."""
    flags = {"cuda": ["-DGGML_CUDA=on"], "metal": ["-DGGML_METAL=on"]}.get(gpu, [])
    if system == "Darwin":
        if gpu != "metal":
            flags = ["-DGGML_METAL=off"]
        if machine == "arm64":
            flags = [*flags, "-DCMAKE_OSX_ARCHITECTURES=arm64"]
    return flags


def find_nvcc(variables: Mapping[str, str]) -> str:
    """Return the path of the CUDA compiler, or ""."""
    for name in ("CUDACXX", "CUDA_PATH", "CUDA_HOME"):
        value = variables.get(name, "")
        path = Path(value) if name == "CUDACXX" else Path(value) / "bin" / "nvcc"
        if value and shutil.which(str(path)):
            return str(path)
    found = shutil.which("nvcc", path=variables.get("PATH"))
    return found or next((place for place in CUDA_PLACES if os.access(place, os.X_OK)), "")


def has_card(variables: Mapping[str, str]) -> bool:
    """Tell whether an NVIDIA card answers."""
    tool = shutil.which("nvidia-smi", path=variables.get("PATH"))
    return bool(tool) and "GPU 0" in _ask([str(tool), "-L"])


def has_compiler(variables: Mapping[str, str]) -> bool:
    """Tell whether a C++ compiler is there."""
    if platform.system() == "Windows":
        return _has_build_tools(variables) or _on_path(variables)
    if platform.system() == "Darwin":  # /usr/bin/c++ is there even when it only offers to install
        return bool(_ask(["xcode-select", "-p"]).strip())
    return _on_path(variables)


def explain_compiler(system: str) -> str:
    """Return the one line for a machine without a C++ compiler."""
    way = {
        "Darwin": "run: xcode-select --install",
        "Windows": "install Visual Studio Build Tools with 'Desktop development with C++'",
    }.get(system, "on Debian or Ubuntu run: sudo apt install build-essential")
    return (
        "llama-cpp-python must be compiled here and there is no C++ compiler; "
        f"{way}, then start again."
    )


def _on_path(variables: Mapping[str, str]) -> bool:
    asked = variables.get("CXX", "").split()[:1]
    return any(shutil.which(name, path=variables.get("PATH")) for name in (*asked, *COMPILERS))


def _has_build_tools(variables: Mapping[str, str]) -> bool:
    folder = variables.get("ProgramFiles(x86)", "")
    tool = Path(folder) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
    part = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    question = [str(tool), "-products", "*", "-requires", part, "-property", "installationPath"]
    return bool(folder) and tool.is_file() and bool(_ask(question).strip())


def _ask(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
