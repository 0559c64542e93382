"""How many threads compute the next step, on made-up costs."""

from elara_local.engines.chat.pace import FIRST_GAP, LONGEST_GAP, Pace


def run(pace, costs, steps):
    """Let `steps` steps cost what `costs` says for their number of threads."""
    picked = []
    for _ in range(steps):
        threads = pace.pick()
        picked.append(threads)
        pace.record(threads, costs[threads])
    return picked


def test_on_an_idle_machine_the_other_number_is_tried_ever_more_rarely():
    pace = Pace(2)
    picked = run(pace, {2: 1.0, 1: 1.7}, 2_000)
    assert pace.best == 2
    assert picked.count(1) <= 2_000 / LONGEST_GAP + 8
    assert picked[:FIRST_GAP].count(1) <= 1


def test_on_a_busy_machine_it_settles_on_fewer_threads_and_comes_back():
    pace = Pace(2)
    run(pace, {2: 1.0, 1: 1.7}, 200)
    run(pace, {2: 20.0, 1: 1.7}, 40)
    assert pace.best == 1
    run(pace, {2: 1.0, 1: 1.7}, 600)
    assert pace.best == 2


def test_a_sudden_cost_brings_the_next_trial_forward():
    pace = Pace(2)
    run(pace, {2: 1.0, 1: 1.7}, 2_000)
    assert 1 in run(pace, {2: 20.0, 1: 1.7}, 4)


def test_the_pace_follows_what_is_faster():
    pace = Pace(4)
    assert run(pace, {4: 10, 2: 18, 1: 35}, 400).count(4) > 370
    assert run(pace, {4: 400, 2: 300, 1: 35}, 400)[-100:].count(1) > 90
    assert run(pace, {4: 10, 2: 18, 1: 35}, 800)[-100:].count(4) > 90
    assert set(run(Pace(1), {1: 10}, 100)) == {1}
