"""Vector indexes of every kind: chosen by size, measured against exact, mapped, repeatable."""

import numpy as np
import pytest

from elara_local.errors import ElaraError, WrongUse
from elara_local.passages import kinds, recall, vectors
from elara_local.passages.kinds import KINDS, choose_kind, count_lists
from elara_local.passages.recall import Sample, tune
from elara_local.passages.vectors import Vectors, write_vectors


def rows(count, dimensions=48, clusters=40, spread=0.6):
    random = np.random.default_rng(3)
    centres = random.normal(size=(clusters, dimensions))
    values = centres[random.integers(0, clusters, count)]
    values = values + spread * random.normal(size=(count, dimensions))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def batches(values, size=700):
    return [values[i : i + size] for i in range(0, len(values), size)]


def recall_of(index, values, probes):
    found = 0
    for i in probes:
        exact = np.argsort(-(values @ values[i]), kind="stable")[:11]
        near = {row for row, _ in index.search(values[i], 11)} - {i}
        found += len(near & (set(exact.tolist()) - {i}))
    return found / (10 * len(probes))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_finds_what_it_says_and_gives_rows_back(tmp_path, kind):
    values = rows(3000)
    found = write_vectors(tmp_path / "v", batches(values), kind)
    index = Vectors(tmp_path / "v")
    assert found["kind"] == kind and found["recall_at_10"] >= 0.97
    assert index.size == 3000 and index.dimensions == 48
    assert recall_of(index, values, range(0, 3000, 50)) >= 0.95
    assert index.search(values[77], 1)[0][0] == 77
    assert index.cosines(values[5], [5, 2999]) == pytest.approx(
        [1.0, float(values[5] @ values[2999])], abs=0.02
    )
    assert np.abs(index.rows([9, 8]) - values[[9, 8]]).max() < 0.01


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_rows_give_the_same_bytes(tmp_path, kind):
    values = rows(2000)
    write_vectors(tmp_path / "one", batches(values), kind)
    write_vectors(tmp_path / "two", batches(values), kind)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_rows_are_no_trouble(tmp_path, kind, count):
    values = rows(5)[:count]
    write_vectors(tmp_path / "v", [values], kind)
    found = Vectors(tmp_path / "v").search(rows(5)[0], 10)
    assert [row for row, _ in found][:1] == [0][:count]


def test_the_kind_follows_the_size(tmp_path, monkeypatch):
    assert [choose_kind(n) for n in (200_000, 200_001, 5_000_000, 5_000_001)] == [
        "exact", "ivf", "ivf", "rabitq",
    ]  # fmt: skip
    assert count_lists(1_000_000) == 4000 and count_lists(36_000_000) == 65_536
    monkeypatch.setattr(kinds, "EXACT_MOST", 1000)
    monkeypatch.setattr(kinds, "IVF_MOST", 2000)
    said = [write_vectors(tmp_path / "v", [rows(n)])["kind"] for n in (1000, 2000, 2400)]
    assert said == ["exact", "ivf", "rabitq"]
    with pytest.raises(WrongUse, match="exact, half, ivf"):
        write_vectors(tmp_path / "v", [rows(10)], "pq")


def test_too_little_found_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "DEPTHS", (1,))
    with pytest.raises(ElaraError, match="less than 0.95") as error:
        write_vectors(tmp_path / "v", [rows(4000, clusters=4000)], "ivf")
    assert "--vectors exact" in error.value.hint
    assert not (tmp_path / "v").exists()


def test_no_more_effort_is_kept_than_the_target_needs():
    values = rows(4000, spread=1.0)
    sample = Sample([values])
    index = kinds.train("ivf", sample)
    index.add(values)
    efforts = kinds.efforts_of("ivf", 4000)
    found = tune(index, sample, efforts)
    assert found["recall_at_10"] >= recall.TARGET
    before = [e for e in efforts if e["nprobe"] < found["nprobe"]]
    assert before and tune(index, sample, before)["recall_at_10"] < recall.TARGET


def test_rows_held_out_are_never_trained_on_and_do_not_find_themselves():
    values = rows(3000)
    sample = Sample(batches(values))
    trained = sample.training(2000)
    held = {values[i].tobytes() for i in sample.probes}
    assert len(held) == 200 and not held & {row.tobytes() for row in trained}
    probes, numbers, cosines = sample.neighbours()
    exact = probes @ values.T
    exact[np.arange(200), sample.probes] = -2
    assert np.allclose(np.sort(exact, axis=1)[:, ::-1][:, :100], cosines, atol=1e-6)
    assert not (numbers == sample.probes[:, None]).any()


def test_rows_that_are_equally_near_count_alike(tmp_path):
    values = np.repeat(rows(300), 30, axis=0)
    assert write_vectors(tmp_path / "v", [values], "ivf")["recall_at_10"] >= 0.98


def test_opening_reads_no_rows_into_memory(tmp_path):
    values = rows(50_000, dimensions=64)
    write_vectors(tmp_path / "v", [values])
    before = _anonymous()
    index = Vectors(tmp_path / "v")
    index.search(values[0], 5)
    assert _anonymous() - before < 1_000_000 < (tmp_path / "v").stat().st_size


def _anonymous():
    """Bytes of this process that no file stands behind."""
    try:
        lines = open("/proc/self/smaps_rollup").read().splitlines()
    except OSError:
        pytest.skip("this system does not tell private memory")
    return next(int(x.split()[1]) * 1024 for x in lines if x.startswith("Anonymous:"))


def test_the_floor_is_the_one_that_was_asked_for():
    assert vectors.LEAST_RECALL == 0.95 and recall.TARGET == 0.98
