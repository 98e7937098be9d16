"""Made-up forms of money: FIN, PIP, EST; every amount in thousandths until it is written.

Magnitudes: the city spent 1.84 % of its budget on science and innovation in 2025 (press);
a unit's budget of some 240 billion đồng a year is plausible, not sourced.
"""

from deploy.demo.scene import Form, Scene, money, thousandths

_BUDGET_A_MONTH = 20_000_000
_SPENT_SHARE = (0.011, 0.026)
_DECEMBER = 12


def finances(scene: Scene) -> Form:
    """FIN: both breakdowns add up, and what is disbursed rises within the year."""
    budget = scene.about(_BUDGET_A_MONTH * scene.months)
    from_budget = scene.share(budget, *_SPENT_SHARE)
    city = scene.share(from_budget, 0.3, 0.6)
    others = scene.share(from_budget, 0, 0.12)
    recurrent = scene.share(from_budget + others, 0.55, 0.85)
    allocated = round(scene.size * _BUDGET_A_MONTH * 12 * 0.024)
    amounts = {
        "fin01": budget,
        "fin02": from_budget + others,
        "fin03": recurrent,
        "fin04": from_budget + others - recurrent,
        "fin05": city,
        "fin06": from_budget - city,
        "fin07": others,
        "fin08": allocated,
        "fin09": min(allocated, _disbursed_before(scene, from_budget) + from_budget),
    }
    written: dict[str, str | int] = {name: money(amount) for name, amount in amounts.items()}
    return {"values": {**written, "fin11": 1 + scene.about(0.4 * scene.months)}, "lists": {}}


def _disbursed_before(scene: Scene, now: int) -> int:
    """In the year so far; before the first report as much a period as in this one."""
    if scene.period.first_of_year:
        return 0
    last = scene.last("fin09")
    periods_gone = (scene.period.starts_on.month - 1) // scene.months
    return last if last is not None else now * periods_gone


def estimates(scene: Scene) -> Form:
    """EST: both breakdowns of the plan year add up; moderate growth, 3 % to 5 % of it all."""
    approved = scene.about(_BUDGET_A_MONTH * 12 * 0.03)
    total = scene.share(approved, 1.02, 1.3)
    recurrent = scene.share(total, 0.5, 0.7)
    digital = scene.share(total, 0.35, 0.45)
    parts = {
        "est05": scene.share(total, 0.1, 0.2),
        "est06": scene.share(total, 0.05, 0.1),
        "est07": digital,
        "est08": scene.share(digital, 0.11, 0.2),
        "est09": scene.share(total, 0.04, 0.08),
    }
    amounts = {
        "est01": scene.share(approved, 0.85, 1.05),
        "est02": approved,
        "est03": recurrent,
        "est04": total - recurrent,
        **parts,
        "est10": total - sum(parts.values()),
        "est12": scene.share(total, 20, 32),
    }
    written: dict[str, str | int] = {name: money(amount) for name, amount in amounts.items()}
    grounds = "Số liệu mô phỏng, không phải dự toán thật của đơn vị (synthetic figures)."
    return {"values": {**written, "est14": grounds, "est15": 1 + scene.about(2)}, "lists": {}}


def investments(scene: Scene) -> Form:
    """PIP: up to four projects with one or two sources each; some units have none."""
    projects = round(scene.lasting("projects", -0.4, 4.4))
    rows = [
        _row(scene, number, source)
        for number in range(1, projects + 1)
        for source in _sources(scene, number)
    ]
    return {"values": {}, "lists": {"projects": rows}}


def _sources(scene: Scene, number: int) -> tuple[str, ...]:
    draw = round(scene.lasting(f"sources {number}", 0, 3))
    return (("NSTP",), ("NSX",), ("NSTP", "NSX"), ("KHAC", "NSTW"))[draw]


def _row(scene: Scene, number: int, source: str) -> dict[str, str]:
    key = f"{number} {source} {scene.period.starts_on.year}"
    code = f"MP-{scene.ward.code}-{number:02d}"
    plan = round(1000 * scene.size * scene.lasting(f"plan {key}", 1_500, 18_000))
    carried = round(plan * max(0.0, scene.lasting(f"carried {key}", -0.2, 0.15)))
    before, estimate = _disbursement(scene, code, source, plan + carried)
    field = ("KHCN", "CDS", "KHAC")[round(scene.lasting(f"field {number}", 0, 2))]
    return {
        "pip01": code,
        "pip02": f"Dự án mô phỏng {number} của {scene.ward.name}",
        "pip03": field,
        "pip04": source,
        "pip05": money(round(1000 * scene.size * scene.lasting(f"whole {number}", 40, 90)) * 1000),
        "pip06": money(plan),
        "pip07": money(carried),
        "pip08": money(before),
        "pip09": money(estimate),
        "pip11": f"{min(95.0, 20 + scene.turn * scene.lasting(f'pace {number}', 1, 4)):.2f}",
        "pip12a": f"2025-0{1 + number}-15",
        "pip12b": f"202{7 + number % 3}-12-31",
    }


def _disbursement(scene: Scene, code: str, source: str, plan: int) -> tuple[int, int]:
    """Up to last month within 5 % of what was estimated then, and the estimate of this month."""
    month = scene.period.starts_on.month
    pace = scene.lasting(f"disbursed {code}", 0.6, 0.95) / _DECEMBER
    estimate = round(plan * pace * month)
    if month == 1:
        return 0, estimate
    last = _row_before(scene, code, source)
    expected = thousandths(last["pip09"]) if last else round(plan * pace * (month - 1))
    least = thousandths(last["pip08"]) if last else 0
    return max(least, scene.share(expected, 0.95, 1)), estimate


def _row_before(scene: Scene, code: str, source: str) -> dict[str, str] | None:
    rows = scene.before["lists"]["projects"] if scene.before else ()
    return next((r for r in rows if (r["pip01"], r["pip04"]) == (code, source)), None)
