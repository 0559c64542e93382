"""Puts a converted file in its place when it was proven, and only then.

The report is written first, the file renamed after it: a file under its final name always has
its report beside it. Killed in between, there is a report without its file, or beside the file of
before, which it does not fit; both are refused by `elara_local.proofs`. It knows no verb.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from convert.progress import Say, silent
from convert.proving.opening import Source
from convert.proving.verify import prove
from elara_local.errors import ElaraError
from elara_local.proofs import Proof, find_faults, write_proof
from elara_local.weights import digest


class NotProven(ElaraError):
    """A converted file is not what its reference is: exit 1, with every reason."""

    exit_code = 1


def prove_and_place(
    part: Path, out: Path, source: Source, threads: int = 0, say: Say = silent
) -> Proof:
    """Prove the finished file `part` and give it its final name; return its report.

    Args:
        part: the file as it was written, whole, in the folder of `out`; its name may end in
            anything (`NAME.gguf.part`). It is renamed `NAME.part.gguf` while it is proven.
        out: where it is to stand, `NAME.gguf`; its report becomes `NAME.json`. What stood
            there before is replaced when the new file has passed, and stays when it has not.
        source: what it is proven against; see `Source`.
        threads: 0 = the physical cores.
        say: told each step in one line.

    Raises:
        NotProven: with every reason; the part is removed, `out` is as it was.
        ElaraError: it can't be evaluated, or the reference can't; the part is removed.
    """
    proving = out.with_name(f"{out.stem}.part{out.suffix}")
    part.replace(proving)
    try:
        proof = prove(proving, source, threads, say, name=out.name)
        if faults := find_faults(proof):
            raise NotProven(
                f"{out.name} is not equal to its reference: {'; '.join(faults)}.",
                "Nothing was kept. Check the base and the adapter, or take a finer quantization.",
            )
        write_proof(proof, out)
        proving.replace(out)
    finally:
        proving.unlink(missing_ok=True)
    return proof


def place_known(part: Path, out: Path, known: Proof) -> Proof | None:
    """Give `part` its final name by a report of before; None when it is another file.

    The report counts when it has passed and is that of these very bytes, wherever they were
    proven. The same base and adapter give the same bytes: see convert.weights.writing.
    """
    if find_faults(known) or digest(part) != known.sha256:
        return None
    proof = replace(known, file=out.name)
    write_proof(proof, out)
    part.replace(out)
    return proof
