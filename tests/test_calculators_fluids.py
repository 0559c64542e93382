"""Maintenance, burns, dehydration and drops."""

from tests.calculating import check, run


def test_maintenance_fluids():
    check("maintenance_fluids", 20, weight=5)
    check("maintenance_fluids", 40, weight=10)
    check("maintenance_fluids", 50, weight=15)
    check("maintenance_fluids", 60, weight=20)
    check("maintenance_fluids", 90, weight=50)
    assert run("maintenance_fluids", weight=25).worked == (
        "4 × 10 + 2 × 10 + 1 × 5 = 65.0 mL/h",
        "In a day: 1560 mL",
    )
    assert not run("maintenance_fluids", weight=40).notes  # 80 mL/h, 1920 mL
    assert "NICE NG29" in run("maintenance_fluids", weight=70).notes[0]


def test_parkland():
    result = run("parkland", weight=70, burnt=30, since=0)
    assert result.value == 8400
    assert "Half by 8 hours after the burn: 4200 mL" in result.worked
    assert "8 hours are left for the first half: 525 mL/h" in result.worked
    late = run("parkland", weight=20, burnt=10, since=2)
    assert late.value == 800
    assert "6 hours are left for the first half: 67 mL/h" in late.worked
    assert not any("left" in line for line in run("parkland", since=8).worked)


def test_plan_c_is_slower_under_one_year():
    plan = "severe dehydration (plan C)"
    baby = run("rehydration", weight=6, age=(11, "months"), plan=plan)
    assert baby.value == 600
    assert baby.worked[1].endswith("= 180 mL in 1 hour")
    assert baby.worked[2].endswith("= 420 mL in 5 hours")
    child = run("rehydration", weight=10, age=(12, "months"), plan=plan)
    assert child.value == 1000
    assert child.worked[1].endswith("= 300 mL in 30 minutes")
    assert child.worked[2].endswith("= 700 mL in 2 hours 30 minutes")


def test_plan_b():
    check("rehydration", 900, weight=12, plan="some dehydration (plan B)")
    check("rehydration", 375, weight=5, plan="some dehydration (plan B)")


def test_drip_rate():
    check("drip_rate", 41.6667, volume=1000, time=8, drop_factor=20)
    check("drip_rate", 50, volume=100, time=2, drop_factor=60)
    check("drip_rate", 50, volume=(0.1, "L"), time=(120, "min"), drop_factor=60)
