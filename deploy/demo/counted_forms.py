"""Made-up forms of what is counted: IP, HIT, INN, DXT.

Magnitudes: about 2,680 dossiers a unit in 45 days, 56 % of them online, 99.4 % on time (the
city's portal and press, 2025); the rest is plausible for a unit of some 80,000 inhabitants.
"""

from deploy.demo.scene import Form, Scene, money

_DOSSIERS_A_MONTH = 2_680 * 30 / 45
_CITY_WIDE_FIRMS = 12
_UNITS_WITH_A_BRANCH = 0.1


def intellectual_property(scene: Scene) -> Form:
    """IP: some dozens of trademarks, a few patents."""
    months = scene.months
    marks, sessions, cases = (scene.about(mean * months) for mean in (5, 0.7, 0.8))
    patents = scene.about(0.25 * months)
    in_force = (scene.last("ip13") or scene.about(24)) + patents
    counts = {
        "ip01": scene.about(0.4 * months),
        "ip02": scene.about(0.2 * months),
        "ip03": scene.about(0.6 * months),
        "ip04": marks,
        "ip05": scene.share(marks, 0.05, 0.1),
        "ip06": patents,
        "ip07": scene.about(3.5 * months),
        "ip08": scene.share(in_force, 0.05, 0.11),
        "ip09": scene.about(9 * months),
        "ip10": sessions,
        "ip11": round(sessions * scene.lasting("ip11", 35, 80)),
        "ip12a": cases,
        "ip12b": scene.share(cases, 0.6, 0.9),
        "ip13": in_force,
    }
    return {"values": counts, "lists": {}}


def high_technology(scene: Scene) -> Form:
    """HIT: a list of firms, the counts of which equal its marks."""
    firms = _firms(scene)
    hi_tech = sum(firm["hi_tech"] is True for firm in firms)
    projects = scene.about(0.8)
    measured, checked = (scene.about(mean * scene.months) for mean in (1.5, 2))
    counts = {
        "hit01": hi_tech,
        "hit02": sum(firm["st"] is True for firm in firms),
        "hit03": sum(firm["digital"] is True for firm in firms),
        "hit04": round(scene.lasting("hit04", 0, 5)),
        "hit05": projects,
        "hit06": money(projects * scene.about(9_000_000)),
        "hit07": scene.about(0.5),
        "hit08": hi_tech * scene.about(180),
        "hit09": measured,
        "hit10": scene.share(measured, 0, 0.2),
        "hit11": checked,
        "hit12": scene.share(checked, 0, 0.25),
    }
    return {"values": counts, "lists": {"firms": firms}}


def _firms(scene: Scene) -> list[dict[str, str | bool]]:
    """Firms of the unit, and branches of some that the whole city shares.

    Tax codes start with 00, which no tax office gives out.
    """
    own = round(scene.size * scene.lasting("firms", 3, 9)) + scene.turn
    codes = [f"00{scene.ward.code}{number:03d}" for number in range(1, own + 1)]
    branches = [
        f"0000000{number:03d}-{int(scene.ward.code) % 1000:03d}"
        for number in range(1, _CITY_WIDE_FIRMS + 1)
        if scene.lasting(f"branch {number}", 0, 1) < _UNITS_WITH_A_BRANCH
    ]
    return [_firm(scene, code) for code in branches + codes]


def _firm(scene: Scene, code: str) -> dict[str, str | bool]:
    kind = scene.everywhere(f"firm {code[:10]}", 0, 100)
    hi_tech, st = kind < 8, 6 < kind < 20  # noqa: PLR2004 - in percent, some are both
    return {
        "tax_code": code,
        "name": f"Doanh nghiệp mô phỏng {code}",
        "hi_tech": hi_tech,
        "st": st,
        "digital": not (hi_tech or st) or kind > 15 or kind < 3,  # noqa: PLR2004 - the same
    }


def innovation(scene: Scene) -> Form:
    """INN: initiatives with their backlog carried exactly, and enterprises."""
    carried = _closing(scene) if scene.before else scene.about(3)
    submitted = scene.about(4 * scene.months)
    recognised = scene.share(carried + submitted, 0.55, 0.7)
    applied = scene.share(recognised, 0.5, 0.9)
    enterprises = scene.grown("inn05", round(scene.size * 2_600), (0.75, 0.8), 0.01)
    events = scene.about(0.5 * scene.months)
    counts = {
        "inn14": carried,
        "inn01": submitted,
        "inn02": recognised,
        "inn15": scene.share(carried + submitted, 0.1, 0.2),
        "inn16": (scene.last("inn16") or scene.about(40)) + recognised,
        "inn03": applied,
        "inn04": money(applied * scene.chance.randint(20_000, 90_000)),
        "inn05": enterprises,
        "inn06": scene.share(enterprises, 0.14, 0.24),
        "inn07": scene.share(enterprises, 0.005, 0.012),
        "inn08": events,
        "inn09": events * scene.chance.randint(30, 90),
        "inn10": scene.about(0.5 * scene.months),
        "inn11a": round(scene.lasting("inn11a", 0, 4)),
        "inn11b": round(scene.lasting("inn11b", 0, 1.2)),
        "inn12": money(scene.about(350_000)),
    }
    return {"values": counts, "lists": {}}


def _closing(scene: Scene) -> int:
    came, left = ("inn14", "inn01"), ("inn02", "inn15")
    return sum(scene.last(name) or 0 for name in came) - sum(scene.last(name) or 0 for name in left)


def digital_transformation(scene: Scene) -> Form:
    """DXT: dossiers with what is open carried exactly, and skills that never fall."""
    received = scene.about(_DOSSIERS_A_MONTH * scene.months)
    carried = _open_dossiers(scene) if scene.before else scene.about(130)
    resolved = scene.share(received + carried, 0.9, 0.96)
    with_fee = scene.share(received, 0.3, 0.5)
    documents = scene.about(260 * scene.months)
    counts = {
        "dxt16": carried,
        "dxt01": received,
        "dxt02": scene.share(received, 0.5, 0.62),
        "dxt03": resolved,
        "dxt04": scene.share(resolved, 0.989, 0.9995),
        "dxt05": scene.share(resolved, 0.8, 0.98),
        "dxt06": with_fee,
        "dxt07": scene.share(with_fee, 0.5, 0.8),
        "dxt08": scene.share(received, 0.3, 0.6),
        "dxt09a": scene.share(documents, 0.9, 1),
        "dxt09b": documents,
        **_digital_skills(scene),
        "dxt14": int(scene.chance.random() < 0.05),  # noqa: PLR2004 - one unit in twenty
    }
    return {"values": counts, "lists": {}}


def _digital_skills(scene: Scene) -> dict[str, int]:
    teams = 1 + round(scene.size * scene.lasting("teams", 8, 24))
    adults = round(scene.size * scene.lasting("adults", 50_000, 70_000))
    officials = round(scene.lasting("officials", 45, 80))
    return {
        "dxt10a": teams,
        "dxt10b": round(teams * scene.lasting("members", 5, 9)),
        "dxt11": adults,
        "dxt12": scene.grown("dxt12", adults, (0.5, 0.65), 0.02),
        "dxt13a": officials,
        "dxt13b": scene.grown("dxt13b", officials, (0.5, 0.8), 0.1),
    }


def _open_dossiers(scene: Scene) -> int:
    came = sum(scene.last(name) or 0 for name in ("dxt16", "dxt01"))
    return came - (scene.last("dxt03") or 0)
