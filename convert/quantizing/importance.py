"""Which columns of each weight matter, kept in a .npz file: one array by the weight's GGUF name.

The numbers are means of squared inputs; llama.cpp weighs its rounding errors by them. It knows
not how they were measured.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import WrongFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.float32]]

HINT = "Measure it again: --imatrix handbook."


def save_importance(columns: Columns, path: Path) -> Path:
    """Write the arrays, whole or not at all; return `path`.

    Raises:
        WrongFile: a value is below nought or not finite, or there is none.
    """
    import numpy as np

    _check(columns, path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            arrays: dict[str, Any] = {n: array.astype(np.float32) for n, array in columns.items()}
            np.savez(file, **arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def load_importance(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return what `save_importance` wrote; pickled objects are refused.

    Raises:
        WrongFile: it is not such a file, or holds values that can't be.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            columns = {name: file[name].astype(np.float32) for name in file.files}
    except (OSError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise WrongFile(f"{path.name} holds no importance ({error}).", HINT) from error
    _check(columns, path)
    return columns


def _check(columns: Columns, path: Path) -> None:
    import numpy as np

    if not columns:
        raise WrongFile(f"{path.name} holds no importance.", HINT)
    for name, values in columns.items():
        if not values.size or not np.isfinite(values).all() or values.min() < 0:
            raise WrongFile(f"{path.name}: the importance of {name} can't be.", HINT)
