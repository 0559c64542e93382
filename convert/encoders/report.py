"""The report inside a folder made for CTranslate2: what it was made of, and how near it is.

It is believed as far as it can be recomputed: the verdict is worked out again from the figures
against the limits below, and the sha256 of every file is compared. A folder gets its name only
when its report has passed.

What is covered: a file altered, added or missing after the proof; figures outside their limits or
absent. What is not: a report forged together with its files; whether the model is any good. The
chat models' reports are `elara_local.proofs`'. It knows no engine.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError, Missing, WrongFile
from elara_local.weights import digest

REPORT = "conversion.json"
PACKAGES = ("ctranslate2", "torch", "transformers", "sentence-transformers")
FORMAT = 1
HINT = "Make it again with `convert`."

# At least so much, and at most. The cosines of an embedding: the project's own encoder has 0.9957
# as its lowest of 200 sentences (README). Those of translation and speech are set by judgement: no
# real weights could be had to measure them on.
LEAST: Mapping[str, Mapping[str, float]] = {
    "embedding": {"cosine_mean": 0.99, "cosine_least": 0.98},
    "translation": {"chrf": 0.90, "numbers": 0.98, "same_tokens": 0.90},
    "speech": {"cosine_mean": 0.99, "cosine_least": 0.95, "same_tokens": 0.90},
}
MOST: Mapping[str, Mapping[str, float]] = {"translation": {"likelihood": 0.10}}


class NotEqual(ElaraError):
    """What was made does not say what its source says: exit 1, with every reason."""

    exit_code = 1


@dataclass(frozen=True)
class Report:
    """One report; `sources` and `files` are sha256 by path within their folders."""

    kind: str  # "embedding", "translation" or "speech"
    source: str
    sources: Mapping[str, str]
    files: Mapping[str, str]
    quantization: str
    reference: str  # what it was compared with, in words
    figures: Mapping[str, float]
    measured_on: str
    licence: str = ""
    command: str = ""
    made: str = ""  # the day, ISO 8601
    versions: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


def find_faults(report: Report) -> list[str]:
    """Return what keeps a folder from being used; empty when it has passed."""
    if report.kind not in LEAST:
        return [f"'{report.kind}' is no kind of model"]
    held = report.figures
    faults = [
        f"{name} is {held.get(name, math.nan):.4g}, at least {limit:g} is asked"
        for name, limit in LEAST[report.kind].items()
        if not held.get(name, math.nan) >= limit
    ]
    return faults + [
        f"{name} is {held.get(name, math.nan):.4g}, at most {limit:g} is allowed"
        for name, limit in MOST.get(report.kind, {}).items()
        if not held.get(name, math.nan) <= limit
    ]


def require_report(folder: Path) -> Report:
    """Return the report of a folder that may be used.

    Raises:
        Missing: it has no report.
        WrongFile: the report did not pass, or the files are not those that were proven.
    """
    path = folder / REPORT
    if not path.is_file():
        raise Missing(f"{folder.name} has no report ({REPORT}).", HINT)
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']}")
        figures = {str(name): float(value) for name, value in values["figures"].items()}
        report = Report(**{**values, "figures": figures, "files": dict(values["files"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WrongFile(f"{path.name} of {folder.name} is no report ({error}).", HINT) from error
    if faults := find_faults(report):
        raise WrongFile(f"{folder.name} was not proven: {'; '.join(faults)}.", HINT)
    if hash_files(folder) != report.files:
        raise WrongFile(f"{folder.name} was altered after it was proven.", HINT)
    return report


def hash_files(folder: Path, pattern: str = "*") -> dict[str, str]:
    """Return the sha256 of the folder's files, but for the report, by name."""
    found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): digest(path) for path in found if path.name != REPORT
    }


def write_report(report: Report, folder: Path) -> Report:
    """Write a report that has passed into the folder; it names the files that are there now.

    Raises:
        NotEqual: it has not passed; with every reason.
    """
    if faults := find_faults(report):
        raise NotEqual(
            f"The model made of {report.source} is not equal to it: {'; '.join(faults)}.",
            "Nothing was kept. Keep the source as it is, or choose another model.",
        )
    whole = dataclasses.replace(
        report,
        files=hash_files(folder),
        made=datetime.date.today().isoformat(),
        versions=_versions(),
    )
    text = json.dumps(dataclasses.asdict(whole), indent=1, ensure_ascii=False)
    (folder / REPORT).write_text(text + "\n", encoding="utf-8")
    return whole


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a scratch folder; what lies in its "model" becomes `out` at the end, or nothing does.

    What stood at `out` before stays when an error ends the work.
    """
    scratch = out.with_name(out.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
        if out.exists():
            out.rename(scratch / "before")
        (scratch / "model").rename(out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
