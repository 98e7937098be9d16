"""What must be true after a restore, held against the clients' own log."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from contracts.content import Content
from deploy.demo import city as cities
from deploy.demo.api import Api
from deploy.demo.courses import Report
from deploy.demo.figures import Sheet
from deploy.demo.leader import Leader
from deploy.demo.scene import Ward
from deploy.drill.line import Line
from deploy.drill.stream import PERIOD, TEMPLATE, Acknowledged, Decided, Stream
from deploy.local.layout import SERVICE_PORTS


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked, in words, and whether it is as it must be."""

    what: str
    found: str
    ok: bool


def acknowledged(line: Line, stream: Stream) -> Verdict:
    """Every version that a ward was told is kept is there, with the content it sent."""
    missing = line.asks(lambda api: missing_versions(api, line, stream.acknowledged))
    total = len(stream.acknowledged)
    found = f"{total - len(missing)} of {total}"
    return Verdict("acknowledged versions read back as sent", found, not missing)


async def missing_versions(
    api: Api, line: Line, sent: Sequence[Acknowledged]
) -> list[Acknowledged]:
    """Those that are not there, or with another content."""

    async def is_kept(one: Acknowledged) -> bool:
        place = f"{one.ward}/{TEMPLATE}/{PERIOD.code}/versions/{one.version}"
        officer, accept = line.people.officer(one.ward), (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
        answer = await api.ask(officer, "GET", f"submission/v1/reports/{place}", accept=accept)
        return answer.status == HTTPStatus.OK and same(answer.body["content"], one.body)

    kept = await asyncio.gather(*map(is_kept, sent))
    return [one for one, there in zip(sent, kept, strict=True) if not there]


def same(one: object, other: object) -> bool:
    """Whether two contents say the same; parts left out are empty."""
    return Content.model_validate(one) == Content.model_validate(other)


def decided(line: Line, stream: Stream) -> Verdict:
    """Every decision that a reviewer was told is made stands in the report's history."""
    lost = line.asks(lambda api: missing_decisions(api, line, stream.decided))
    total = len(stream.decided)
    return Verdict("acknowledged decisions", f"{total - len(lost)} of {total}", not lost)


async def missing_decisions(api: Api, line: Line, made: Sequence[Decided]) -> list[Decided]:
    """Those that no history shows."""
    by_report: dict[str, list[Decided]] = defaultdict(list)
    for decision in made:
        by_report[decision.report_id].append(decision)
    lost = []
    for report_id, decisions in by_report.items():
        where = f"validation/v1/reviews/{report_id}"
        history = (await api.ask(line.people.reviewer, "GET", where)).body["history"]
        known = {(one["kind"], one["version"], one["decision_no"]) for one in history}
        lost += [one for one in decisions if _key(one) not in known]
    return lost


def _key(decision: Decided) -> tuple[str, int, int]:
    return decision.action, decision.version, decision.decision_no


def figures(line: Line, stream: Stream, wards: Sequence[Ward]) -> Verdict:
    """The figures of what the stream sent are its own sum over what counts."""
    sheet = line.asks(lambda api: _sheet(api, line, stream, wards))
    right = len(sheet.figures) - len(sheet.wrong)
    found = f"{right} of {len(sheet.figures)}"
    return Verdict("figures of the stream equal its own sum", found, not sheet.wrong)


async def _sheet(api: Api, line: Line, stream: Stream, wards: Sequence[Ward]) -> Sheet:
    city = await cities.read(api, line.people.leader)
    reports = {w.code: Report(w, TEMPLATE, PERIOD, "", ()) for w in wards}
    for one in stream.acknowledged:
        reports[one.ward].sent[one.version] = one.body
    where = f"submission/v1/reports?template={TEMPLATE}&period={PERIOD.code}&limit=500"
    for item in (await api.ask(line.people.reviewer, "GET", where)).body["items"]:
        reports[item["ward_code"]].counted = item["counted_version"]
    leader = Leader(api, line.people.leader, city.templates, city.kinds)
    return await leader.check(list(reports.values()))


def recomputed(line: Line) -> Verdict:
    """Aggregation adds everything up anew and finds no difference."""
    ran = line.runs("aggregation", "recompute", "--check")
    last = ran.said.splitlines()[-1] if ran.said else "no output"
    return Verdict("figures recomputed from the facts", last, ran.code == 0)


def no_dead_letters(line: Line) -> Verdict:
    """Nothing was set aside anywhere."""
    where = "v1/dead-letters?state=waiting&limit=500"
    waiting = sum(
        len(line.get(line.operator, f"{name}/{where}")["items"]) for name in SERVICE_PORTS
    )
    return Verdict("dead letters", str(waiting), waiting == 0)


def audits(line: Line, noted: dict[str, str]) -> Verdict:
    """Each service's chain is whole, and holds what was noted before the loss."""
    wrong = []
    for name in SERVICE_PORTS:
        heads = [noted[name]] if name in noted else []
        ran = line.runs(name, "audit-verify", *heads)
        wrong += [ran.said] if ran.code else []
    found = "; ".join(wrong) or "4 chains whole" + (", noted heads in them" if noted else "")
    return Verdict("audit-verify", found, not wrong)


def heads(line: Line) -> dict[str, str]:
    """The head of each service's audit chain, to be held against later."""
    found = {}
    for name in SERVICE_PORTS:
        head = line.runs(name, "audit-verify").said.rpartition("head ")[2]
        if not head.startswith("0:"):
            found[name] = head
    return found


def told_once(line: Line, stream: Stream) -> Verdict:
    """Each acknowledged version stands in its ward's inbox, once."""
    query = """
        SELECT report_id, params ->> 'version', count(*) FROM notification.notice
        WHERE kind = 'received' GROUP BY 1, 2
    """
    told = {(report, int(version)): int(times) for report, version, times in line.query(query)}
    wanted = {(one.report_id, one.version) for one in stream.acknowledged}
    wrong = [key for key in wanted if told.get(key) != 1]
    twice = [key for key, times in told.items() if times > 1]
    found = f"{len(wanted) - len(wrong)} of {len(wanted)}, twice: {len(twice)}"
    return Verdict("notices of the stream's versions", found, not wrong and not twice)
