"""Where things are and how they are set: read once, then handed down as plain arguments.

Order, later wins: the defaults below, `settings.toml` in the user's folder, variables
`ELARA_<NAME>`, flags of the command line. This is the only module that reads the
environment. It knows no engine.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from elara_local.errors import WrongUse
from elara_local.roles import LANGUAGES, ROLE_IDS

REPOSITORY = Path(__file__).resolve().parent.parent
STARTER_MODELS = REPOSITORY / "models"
PREBUILT_INDEX = REPOSITORY / "index" / "prebuilt"
HANDBOOK = REPOSITORY / "index" / "handbook"


@dataclass(frozen=True)
class Settings:
    """Every setting, with its default. Paths are absolute."""

    home: Path  # user data: models installed later, user documents, index, settings
    index: Path = PREBUILT_INDEX  # the index folder that is asked
    generator: str = ""  # "" = what the catalogue says is best for the installed model
    chat_model: str = ""  # catalogue name or path of a GGUF; "" = the starter
    embedding_model: str = ""  # catalogue name; "" = the one the index was built with
    language: str = "auto"
    role: str = "professional"
    threads: int = 0  # 0 = physical cores
    context: int = 2048  # tokens of the chat model's context
    gpu_layers: int = -1  # -1 = as many as fit, 0 = none
    port: int = 7861  # 0 = any free one
    theme: str = "system"  # system, light or dark

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """Where model files are looked for, in order."""
        return (self.home / "models", STARTER_MODELS)

    @property
    def library(self) -> Path:
        """The user's own documents."""
        return self.home / "library"

    @property
    def temp(self) -> Path:
        """The private folder for what must touch the disk for a moment; wiped at start."""
        return self.home / "temp"


def read_settings(
    flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings once.

    Raises:
        WrongUse: a name in the file is unknown, or a value is not one it can have.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("ELARA_HOME") or platformdirs.user_data_dir("elara-local", False))
    values: dict[str, Any] = {"home": home.expanduser().resolve()}
    types = {f.name: f.type for f in dataclasses.fields(Settings) if f.name != "home"}
    for origin, found in (
        (str(home / "settings.toml"), _read_file(home / "settings.toml")),
        ("the environment", _read_environment(env, types)),
        ("the command line", {k: v for k, v in (flags or {}).items() if v is not None}),
    ):
        for name, value in found.items():
            if name not in types:
                raise WrongUse(
                    f"{origin} sets '{name}', which is not a setting.",
                    f"The settings are: {', '.join(sorted(types))}.",
                )
            values[name] = _cast(name, str(types[name]), value, origin)
    return _check(Settings(**values))


def save_setting(home: Path, name: str, value: str) -> None:
    """Write one setting into the user's `settings.toml`; comments and other lines stay.

    Raises:
        WrongUse: there is no such setting, or the file can't be read.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = home / "settings.toml"
    if name not in {f.name for f in dataclasses.fields(Settings)} - {"home"}:
        raise WrongUse(f"'{name}' is not a setting.", "See the README for the settings.")
    try:
        held = tomlkit.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} can't be read: {error}.", "Correct or delete it.") from error
    held[name] = value
    home.mkdir(parents=True, exist_ok=True)
    part = path.with_name("settings.toml.part")
    part.write_text(tomlkit.dumps(held), encoding="utf-8")
    part.replace(path)


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment for another process of Elara's that works in the same home."""
    return {**os.environ, "ELARA_HOME": str(settings.home)}


def _check(settings: Settings) -> Settings:
    """Refuse a value that no part of Elara could use."""
    bounds = {
        "port": (0, 65_535),
        "threads": (0, 1_024),
        "context": (256, 1_000_000),
        "gpu_layers": (-1, 10_000),
    }
    for name, (least, most) in bounds.items():
        if not least <= getattr(settings, name) <= most:
            raise WrongUse(
                f"The setting {name} is {getattr(settings, name)}.",
                f"Give it a number from {least} to {most}.",
            )
    choices = {
        "language": ("auto", *LANGUAGES),
        "role": ROLE_IDS,
        "theme": ("system", "light", "dark"),
    }
    for name, allowed in choices.items():
        if getattr(settings, name) not in allowed:
            raise WrongUse(
                f"The setting {name} is '{getattr(settings, name)}'.",
                f"Choose from: {', '.join(allowed)}.",
            )
    return settings


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} can't be read: {error}.", "Correct or delete it.") from error


def _read_environment(env: Mapping[str, str], types: Mapping[str, Any]) -> dict[str, str]:
    return {name: env[f"ELARA_{name.upper()}"] for name in types if f"ELARA_{name.upper()}" in env}


def _cast(name: str, kind: str, value: Any, origin: str) -> Any:
    try:
        if kind == "int":
            return int(value)
        return Path(value).expanduser().resolve() if kind == "Path" else str(value)
    except (TypeError, ValueError) as error:
        raise WrongUse(
            f"{origin} sets {name} to '{value}', which is not a number.",
            f"Give {name} a whole number.",
        ) from error
