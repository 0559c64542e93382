"""Two nodes of a real Ray cluster make the bytes that one machine makes, deaths included."""

import os
import signal

import pytest

from elara_local.offline import quiet_environment
from index.cluster import LOOPBACK, make_on_cluster
from index.collection import build_collection, make_here
from tests.test_collection import Letters, collect, content, source  # noqa: F401

MODEL = "0" * 64


class Dying(Letters):
    """Kills its own process, once, in the middle of the work."""

    def __init__(self, marker):
        self.marker = marker

    def embed(self, texts):
        if any("quinine" in text for text in texts) and not self.marker.exists():
            self.marker.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("ray", reason="ray is not installed (requirements.txt has it)")
    quiet_environment()
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100_000_000, "node_ip_address": LOOPBACK}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    cluster.wait_for_nodes()
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_two_nodes_make_the_bytes_of_one_machine_though_a_worker_dies(cluster, source, tmp_path):  # noqa: F811
    import ray

    (source / "noise.pdf").write_bytes(b"\x00\x01" * 50)
    alone = build_collection(collect(source, tmp_path / "alone"), make_here(Letters()))
    marker = tmp_path / "died"
    make = make_on_cluster(lambda: (Dying(marker), MODEL), cluster.address)
    together = build_collection(collect(source, tmp_path / "together"), make)
    assert len([node for node in ray.nodes() if node["Alive"]]) == 2
    assert marker.exists() and int(marker.read_text()) != os.getpid()
    assert together.refused == alone.refused and len(alone.refused) == 1
    assert content(tmp_path / "together") == content(tmp_path / "alone")


def test_a_node_with_another_model_ends_the_build(cluster, source, tmp_path):  # noqa: F811
    make = make_on_cluster(lambda: (Letters(), "1" * 64), cluster.address)
    with pytest.raises(Exception, match="has another 'test'"):
        build_collection(collect(source, tmp_path / "out"), make)
    assert not (tmp_path / "out").exists()
