"""Every rule of every template: the last value that holds, and the first that does not."""

import pytest

from contracts.template import ERROR, INFO
from tests.unit.sound_bodies import BODIES, Changes, body, found, judged, template

NO_SCIENCE: Changes = {f"fin0{number}": "0" for number in range(2, 8)}
NOTHING_SENT: Changes = {f"dxt0{number}": 0 for number in range(1, 9)}

# rule, changes to a sound report under which it still holds, changes that break it;
# the report of the period before is the sound one, unchanged
EDGES: list[tuple[str, Changes, Changes]] = [
    ("FIN-E1", {"fin04": "39.999"}, {"fin04": "39.998"}),
    ("FIN-E1", {"fin04": "40.001"}, {"fin04": "40.002"}),
    ("FIN-E2", {"fin07": "9.999"}, {"fin07": "9.998"}),
    ("FIN-E3", {"fin01": "90.000"}, {"fin01": "89.999"}),
    ("FIN-E4", {"fin09": "300.000"}, {"fin09": "300.001"}),
    ("FIN-E5", {"fin09": "150.000"}, {"fin09": "149.999"}),
    ("FIN-E6", NO_SCIENCE | {"fin11": 0}, NO_SCIENCE | {"fin11": 1}),
    ("FIN-W1", {"fin01": "450.000"}, {"fin01": "449.999"}),
    ("FIN-W2", {"fin05": "0", "fin06": "0.001"}, {"fin05": "0", "fin06": "0"}),
    ("IP-E1", {"ip05": 40}, {"ip05": 41}),
    ("IP-E2", {"ip10": 0, "ip11": 0}, {"ip11": 0}),
    ("IP-E2", {"ip10": 1, "ip11": 1}, {"ip10": 0}),
    ("IP-E3", {"ip12b": 6}, {"ip12b": 7}),
    ("IP-W1", {"ip08": 30}, {"ip08": 31}),
    ("IP-W2", {"ip04": 120}, {"ip04": 121}),
    ("HIT-E1", {"hit10": 10}, {"hit10": 11}),
    ("HIT-E2", {"hit12": 12}, {"hit12": 13}),
    ("HIT-E3", {"hit05": 0, "hit06": "0"}, {"hit06": "0"}),
    ("HIT-E3", {"hit05": 1, "hit06": "0.001"}, {"hit05": 0}),
    ("HIT-E4", {"hit01": 0, "hit08": 0}, {"hit01": 0, "hit08": 1}),
    ("HIT-E5", {"hit01": 1}, {"hit01": 2}),
    ("HIT-E6", {"hit02": 1}, {"0300000001.st": True}),
    ("HIT-E7", {"hit03": 2}, {"hit03": 3}),
    ("HIT-E8", {"0300000002.st": True}, {"0300000002.digital": False}),
    ("HIT-W1", {"hit08": 20_000}, {"hit08": 20_001}),
    ("PIP-E1", {"DA1|NSTP.pip08": "330"}, {"DA1|NSTP.pip08": "330.001"}),
    ("PIP-E1", {"DA1|NSTP.pip09": "1200"}, {"DA1|NSTP.pip09": "1200.001"}),
    ("PIP-E2", {"DA1|NSTP.pip06": "4800"}, {"DA1|NSTP.pip06": "4800.001"}),
    ("PIP-E3", {"DA1|NSX.pip08": "50"}, {"DA1|NSX.pip08": "49.999"}),
    ("PIP-E4", {"DA1|NSX.pip12b": "2025-01-15"}, {"DA1|NSX.pip12b": "2025-01-14"}),
    ("PIP-E5", {}, {"DA1|NSX.pip02": "Dự án khác"}),
    ("PIP-E5", {}, {"DA1|NSX.pip03": "KHCN"}),
    (
        "PIP-E5",
        {"DA1|NSTP.pip05": "6000", "DA1|NSX.pip05": "6000"},
        {"DA1|NSX.pip05": "6000"},
    ),
    (
        "PIP-W1",
        {"DA1|NSTP.pip08": "396", "DA1|NSTP.pip09": "400"},
        {"DA1|NSTP.pip08": "396.001", "DA1|NSTP.pip09": "400"},
    ),
    ("PIP-W1", {"DA1|NSX.pip08": "44"}, {"DA1|NSX.pip08": "43.999"}),
    (
        "PIP-W2",
        {"DA1|NSTP.pip11": "100", "DA1|NSTP.pip08": "960", "DA1|NSTP.pip09": "960"},
        {"DA1|NSTP.pip11": "100", "DA1|NSTP.pip08": "959.999", "DA1|NSTP.pip09": "960"},
    ),
    ("PIP-W2", {"DA1|NSTP.pip11": "99.99"}, {"DA1|NSTP.pip11": "100.00"}),
    ("EST-E1", {"est10": "200"}, {"est10": "200.001"}),
    ("EST-E2", {"est12": "1000"}, {"est12": "999.999"}),
    ("EST-W1", {"est01": "1200"}, {"est01": "1200.001"}),
    ("EST-W2", {"est03": "1100"}, {"est03": "1100.001"}),
    ("EST-W2", {"est03": "100"}, {"est03": "99.999"}),
    ("EST-W3", {"est12": "33333.333"}, {"est12": "33333.334"}),
    ("EST-I1", {"est08": "40"}, {"est08": "39.999"}),
    ("INN-E1", {"inn02": 14, "inn15": 0}, {"inn02": 15, "inn15": 0}),
    ("INN-E2", {"inn03": 50}, {"inn03": 51}),
    ("INN-E3", {"inn06": 2000}, {"inn06": 2001}),
    ("INN-E4", {"inn07": 2000}, {"inn07": 2001}),
    ("INN-E5", {"inn08": 0, "inn09": 0}, {"inn09": 0}),
    ("INN-E5", {"inn08": 1, "inn09": 1}, {"inn08": 0}),
    ("INN-E6", {"inn03": 0, "inn04": "0"}, {"inn03": 0, "inn04": "0.001"}),
    ("INN-E7", {"inn15": 6}, {"inn15": 7}),
    ("INN-E8", {"inn16": 8, "inn03": 8}, {"inn16": 7}),
    ("INN-W1", {"inn06": 1800}, {"inn06": 1801}),
    ("INN-W2", {"inn14": 4}, {"inn14": 5}),
    ("INN-W2", {"inn14": 4}, {"inn14": 3}),
    ("DXT-E1", {"dxt02": 1800}, {"dxt02": 1801}),
    ("DXT-E2", {"dxt04": 1800}, {"dxt04": 1801}),
    ("DXT-E3", {"dxt05": 1800}, {"dxt05": 1801}),
    ("DXT-E4", {"dxt07": 700}, {"dxt07": 701}),
    ("DXT-E5", {"dxt06": 1900}, {"dxt06": 1901}),
    ("DXT-E6", {"dxt08": 1900}, {"dxt08": 1901}),
    ("DXT-E7", {"dxt09a": 250}, {"dxt09a": 251}),
    ("DXT-E8", {"dxt10a": 0, "dxt10b": 0}, {"dxt10b": 0}),
    ("DXT-E8", {"dxt10a": 1, "dxt10b": 3}, {"dxt10a": 0}),
    ("DXT-E9", {"dxt12": 60_000}, {"dxt12": 60_001}),
    ("DXT-E10", {"dxt13b": 60}, {"dxt13b": 61}),
    ("DXT-W1", {"dxt10b": 60}, {"dxt10b": 59}),
    ("DXT-W1", {"dxt10b": 600}, {"dxt10b": 601}),
    ("DXT-W2", {"dxt12": 36_000}, {"dxt12": 35_999}),
    ("DXT-W3", {"dxt03": 1900}, {"dxt03": 1901}),
    ("DXT-W4", NOTHING_SENT | {"dxt01": 1}, NOTHING_SENT),
]


def test_the_table_has_every_rule_of_every_template() -> None:
    assert {rule for rule, _, _ in EDGES} == {r for code in BODIES for r in template(code).rules}


@pytest.mark.parametrize("code", BODIES)
def test_the_sound_reports_are_sound(code: str) -> None:
    outcome = judged(code, body(code), before=body(code))
    assert (outcome.findings, outcome.skipped, outcome.returns) == ((), (), None)
    assert judged(code, body(code)).findings == ()


@pytest.mark.parametrize(("rule", "holding", "breaking"), EDGES)
def test_it_holds_up_to_its_edge_and_not_beyond(
    rule: str, holding: Changes, breaking: Changes
) -> None:
    code = rule.split("-", maxsplit=1)[0]
    holds = judged(code, body(code, holding), before=body(code))
    assert rule not in found(holds)
    assert rule not in {skip.rule for skip in holds.skipped}
    assert rule in found(judged(code, body(code, breaking), before=body(code)))


@pytest.mark.parametrize(("rule", "breaking"), [(rule, breaking) for rule, _, breaking in EDGES])
def test_a_broken_rule_is_said_in_full_and_decides_what_happens(
    rule: str, breaking: Changes
) -> None:
    code = rule.split("-", maxsplit=1)[0]
    outcome = judged(code, body(code, breaking), before=body(code))
    finding = next(one for one in outcome.findings if one.rule == rule)
    assert finding.pointers
    for message in (finding.message.vi, finding.message.en):
        assert "{" not in message
        assert not {"None", "–"} & {word.strip("().,;:") for word in message.split()}
    if template(code).rules[rule].severity == ERROR:
        assert outcome.returns == "rule-errors"
    elif set(outcome.severities) == {INFO}:
        assert outcome.returns is None
    elif ERROR not in outcome.severities:
        assert outcome.returns == "explanation-missing"
