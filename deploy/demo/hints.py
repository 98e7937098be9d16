"""What to open after the demo, and what to type."""

from deploy.demo.courses import DOUBTED, Report
from deploy.demo.people import People
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.progress import say


def tell(layout: Layout, people: People, reports: list[Report]) -> None:
    """Print addresses, and three lines that can be pasted as they are for a day."""
    say("\nOpen:\n")
    for service in SERVICE_PORTS:
        say(f"  {service:<16}{layout.service_url(service)}/openapi.json")
    say(f"  {'mail':<16}{layout.mail_url}")
    say("\nOr paste (the tokens are good for a day):\n")
    for line in lines(layout, people, reports):
        say(f"{line}\n")


def lines(layout: Layout, people: People, reports: list[Report]) -> list[str]:
    """Commands that read a report as its ward, the queue's past, and the city's figures."""
    report = next((one for one in reports if one.course == DOUBTED), reports[-1])
    officer = people.officer(report.ward.code)
    figures = f"aggregation/v1/figures/{report.template}/{report.period.code}"
    return [
        _curl(layout, officer.token, report.place),
        _curl(layout, people.reviewer.token, "validation/v1/reviews?state=revoked"),
        _curl(layout, people.leader.token, figures, "-H 'Accept: text/csv' "),
    ]


def _curl(layout: Layout, token: str, where: str, more: str = "") -> str:
    service, slash, path = where.partition("/")
    url = layout.service_url(service) + slash + path
    return f"curl -s {more}-H 'Authorization: Bearer {token}' '{url}'"
