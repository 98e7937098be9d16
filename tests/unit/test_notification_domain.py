"""Who is told what, what waits, and what a program hears of it."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

from contracts.decisions import Comment, Finding
from contracts.template import Text
from services.notification.inbox import domain as inbox
from services.notification.signals import domain as signals
from services.notification.waiting import domain as waiting
from services.notification.waiting.domain import Backlog, Heard, Queue
from tests.builders import NOON, Report, content

EVENT = UUID("0192f7a4-0000-7000-8000-000000000001")
BODY = content({"inn01": 1})
QUEUE = Queue("INN", "2025-Q4", "HC_15_14")


def a_report() -> Report:
    report = Report("26734", "INN", "2025-Q4")
    report.sent(BODY)
    return report


def test_a_ward_is_told_of_each_step_but_not_of_the_queue() -> None:
    report = Report("26734", "INN", "2025-Q4")
    life: list[Heard] = [
        report.sent(BODY),
        report.passed(),
        report.approved(),
        report.withdrawal_requested(),
        report.refused(),
        report.revoked(),
        report.returned(),
        report.withdrawn(),
    ]

    told = [inbox.tell_ward(event, EVENT, NOON) for event in life]

    assert [telling and telling.kind for telling in told] == [
        "received",
        None,
        "approved",
        None,
        "withdrawal-refused",
        "revoked",
        "returned",
        "withdrawn",
    ]
    assert all(telling.recipient.audience == "ward:26734" for telling in told if telling)


def test_a_return_carries_its_reason_note_and_how_much_is_to_be_done() -> None:
    wrong = Finding(
        rule="INN-1", severity="E", pointers=("/values/inn01",), message=Text(vi="Sai", en="Wrong")
    )
    event = a_report().returned(
        note="Xem lại", findings=(wrong,), comments=(Comment(pointer="/values/inn01", text="?"),)
    )

    told = inbox.params(event)

    assert (told["code"], told["note"]) == ("wrong-figures", "Xem lại")
    assert (told["errors"], told["comments"], told["version"]) == (1, 1, 1)


def test_a_revocation_tells_of_the_version_that_counted() -> None:
    report = a_report()
    report.approved()
    report.sent(BODY)

    assert inbox.params(report.revoked())["version"] == 1


def test_an_event_has_one_notice_however_often_it_is_told() -> None:
    event = a_report().approved()
    once, again = inbox.tell_ward(event, EVENT, NOON), inbox.tell_ward(event, EVENT, NOON)

    assert once
    assert again
    assert once.id == again.id
    other = inbox.tell_ward(event, uuid4(), NOON)
    assert other
    assert other.id != once.id


def test_what_happened_before_all_notices_that_are_kept_tells_nobody() -> None:
    event = a_report().approved()

    assert inbox.tell_ward(event, EVENT, event.decided_at + inbox.KEPT)
    assert not inbox.tell_ward(event, EVENT, event.decided_at + inbox.KEPT + timedelta(seconds=1))


def test_links_lead_to_the_report_or_to_the_queue() -> None:
    assert inbox.path("approved", "26734", "INN", "2025-Q4") == "/reports/26734/INN/2025-Q4"
    assert inbox.path("waiting", None, "INN", "2025-Q4") == "/reviews?template=INN&period=2025-Q4"


def test_a_standing_is_the_same_in_any_order() -> None:
    report = a_report()
    life: list[Heard] = [
        report.passed(),
        report.approved(),
        report.withdrawal_requested(),
        report.refused(),
        report.revoked(),
    ]

    told = {tuple(waiting.standings(order * 2).items()) for order in map(list, permutations(life))}

    assert len(told) == 1


def test_a_queue_calls_when_more_waits_and_is_cleared_when_nothing_does() -> None:
    def told(reports: int, before: dict[str, object] | None) -> tuple[bool, bool] | None:
        backlog = Backlog(QUEUE, reports, 0, NOON if reports else None)
        telling = inbox.tell_reviewers(backlog, before, EVENT, NOON)
        return (telling.calls, telling.cleared) if telling else None

    two = {"reports": 2, "withdrawals": 0, "at": NOON.isoformat()}
    assert told(1, None) == (True, False)
    assert told(3, two) == (True, False)
    assert told(1, two) == (False, False)
    assert told(0, two) == (False, True)
    assert told(2, two) is None
    assert told(0, None) is None


def test_a_signal_says_what_to_read_anew() -> None:
    report = a_report()

    assert signals.of_report(report.approved()).params == {
        "change": "approved",
        "report_id": str(report.identity["report_id"]),
        "ward": "26734",
        "template": "INN",
        "period": "2025-Q4",
        "version": 1,
        "state": "approved",
        "counted_version": 1,
        "decision_no": 1,
    }
    assert signals.of_report(report.sent(BODY)).params["change"] == "submitted"
    assert signals.of_report(report.withdrawal_requested()).params["change"] == (
        "withdrawal-requested"
    )


def test_a_first_version_says_nothing_of_where_a_report_stands() -> None:
    report = Report("26734", "INN", "2025-Q4")
    first, passed, again = report.sent(BODY), report.passed(), report.sent(BODY)

    assert [waiting.moves(event) for event in (first, passed, again)] == [False, True, True]


def test_a_wards_notice_has_the_id_of_its_event_and_a_queues_its_own() -> None:
    told = inbox.tell_ward(a_report().returned(), EVENT, NOON)
    backlog = Backlog(QUEUE, 1, 0, NOON)
    queued = [inbox.tell_reviewers(backlog, None, event, NOON) for event in (EVENT, uuid4())]

    assert told
    assert told.id == EVENT
    assert [telling and telling.id for telling in queued] == [QUEUE.id, QUEUE.id]
