"""`index build --engine ray`: the same shards, made on several machines by Ray Data.

Reading and cutting are tasks, embedding is done by actors that load the model once; both are
the functions of index.shards, so the bytes are those of one machine. Results come back to this
process, which alone writes shards; a worker that dies is replaced and its file done again.

What every node needs: this program, the models, and the input folder under the same path (a
network drive). What leaves this machine: with no address nothing, Ray listens on loopback; with
one, the texts and vectors, between the nodes of that cluster, unencrypted unless the cluster
was started with TLS. Ray's usage statistics and its dashboard are off. The egress guard does
not see Ray's own sockets, which a C++ library opens.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import Missing, WrongFile
from elara_local.offline import guard, quiet_environment
from elara_local.ports import Embedder
from index.collection import Collection, Make, Pace, Say, Shard
from index.reading import read_file
from index.shards import Plan, Prepared, embed, prepare, write_shard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# On Linux Ray takes 127.0.0.1 for a name of the address that other machines see.
LOOPBACK = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
PREPARING, EMBEDDING = 0.25, 0.75  # shares of a core, so that one core can do both
Load = Callable[[], tuple[Embedder, str]]
Batch = dict[str, Any]  # arrays of one element each


@dataclass(frozen=True)
class Prepare:
    """Reads, cleans and cuts one file. A file is the unit of work and of what is done again."""

    paths: tuple[tuple[Path, str], ...]
    plan: Plan

    def __call__(self, batch: Batch) -> Batch:
        """Add what was prepared, and the report's line where the file was refused."""
        guard()
        path, name = self.paths[int(batch["number"][0])]
        reading = read_file(path, self.plan.hints)
        refused = reading.line if reading.outcome == "refused" else ""
        done = pickle.dumps(prepare(reading, name, self.plan))
        return {**batch, "refused": _array(refused), "prepared": _array(done)}


class Embed:
    """Embeds one prepared file; one of these lives on each core or accelerator."""

    def __init__(self, load: Load, plan: Plan) -> None:
        """Load the model.

        Raises:
            WrongFile: this node has another model under the same name.
        """
        quiet_environment()
        guard()
        self._embedder, sha256 = load()
        if sha256 != plan.embedding_sha256:
            raise WrongFile(
                f"A node of the cluster has another '{plan.embedding_model}'.",
                "Copy the models of this machine to every node.",
            )

    def __call__(self, batch: Batch) -> Batch:
        """Add the rows."""
        prepared: Prepared = pickle.loads(batch["prepared"][0])
        rows = embed(prepared.passages, self._embedder)
        return {**batch, "rows": _array(pickle.dumps(rows))}


def make_on_cluster(load: Load, address: str = "") -> Make:
    """Return what makes shards on the Ray cluster at `address`, or on a Ray of this machine.

    Raises:
        Missing: Ray is not installed, or there is no cluster at `address`.
    """

    def make(
        collection: Collection, shards: Sequence[Shard], say: Say
    ) -> Iterator[tuple[Shard, str]]:
        if not shards:
            return
        _connect(address)
        pace = Pace(sum(shard.path.stat().st_size for shard in shards), say)
        for batch in _flow(shards, collection.plan, load):
            shard = shards[int(batch["number"][0])]
            if refused := str(batch["refused"][0]):
                yield shard, refused
                continue
            rows: NDArray[np.float16] = pickle.loads(batch["rows"][0])
            write_shard(collection.work, shard.key, pickle.loads(batch["prepared"][0]), rows)
            pace.finish(shard.path.stat().st_size)
            pace.count(len(rows))
            yield shard, ""

    return make


def _flow(shards: Sequence[Shard], plan: Plan, load: Load) -> Iterator[Batch]:
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    resources = ray.cluster_resources()
    on_gpu = plan.device == "cuda"
    actors = max(1, int(resources.get("GPU" if on_gpu else "CPU", 1)))
    files = ray.data.range(len(shards), override_num_blocks=len(shards)).rename_columns(
        {"id": "number"}
    )
    paths = tuple((shard.path.resolve(), shard.name) for shard in shards)
    flow = files.map_batches(Prepare(paths, plan).__call__, batch_size=1, num_cpus=PREPARING)
    flow = flow.map_batches(
        Embed,
        fn_constructor_args=(load, plan),
        batch_size=1,
        num_cpus=EMBEDDING,
        num_gpus=1 if on_gpu else None,
        compute=ActorPoolStrategy(min_size=1, max_size=actors),
    )
    yield from flow.iter_batches(batch_size=1, prefetch_batches=1)


def _connect(address: str) -> None:
    try:
        import ray
    except ImportError as error:
        raise Missing(
            "Ray is not installed.", "Install requirements.txt, or build without --engine ray."
        ) from error
    if ray.is_initialized():
        return
    own: dict[str, Any] = {"address": address} if address else {"include_dashboard": False}
    if not address or address.startswith("127."):
        own["_node_ip_address"] = LOOPBACK
    try:
        ray.init(**own, log_to_driver=False, configure_logging=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise Missing(
            f"There is no Ray cluster at {address or 'this machine'}.",
            "Start one (ray start --head), or leave --address out.",
        ) from error


def _array(value: Any) -> Any:
    import numpy as np

    array = np.empty(1, dtype=object)
    array[0] = value
    return array
