"""Fix and replay: a corrected record under a new id, tried before it is done."""

from base64 import b64decode
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chassis.records import Record
from tests.asking import problem
from tests.builders import ward
from tests.service import letters
from tests.service.conftest import Serve
from tests.service.letters import Office, wards

GOOD = ward("26734").model_dump(mode="json")
SENT = {"value": GOOD, "dry_run": False}


@pytest.fixture
async def office(serve: Serve) -> Office:
    return await letters.opened(serve)


def broken() -> Record:
    """A ward whose dates are none."""
    return replace(wards(1)[0], value=b'{"code": "26734", "valid_from": "yesterday"}')


async def audited(office: Office) -> Any:  # noqa: ANN401 - a row
    [act] = await office.rows("SELECT * FROM audit")
    return act


async def test_a_fix_is_tried_first(office: Office) -> None:
    await office.service.receives_records(broken())

    answer = await office.post("/1/fix", {"value": GOOD})

    assert answer.json() == {"dry_run": True, "event_id": None}
    assert await office.applied() == {}
    assert await office.acts() == []
    assert len(await office.listed()) == 1


async def test_a_fix_is_applied_under_a_new_id_that_names_the_old_one(office: Office) -> None:
    bad = broken()
    await office.service.receives_records(bad)
    [before] = await office.listed()

    answer = await office.post("/1/fix", SENT)

    new_id = UUID(answer.json()["event_id"])
    assert str(new_id) != before["event_id"]
    assert await office.applied() == {"26734": 1}
    assert await office.rows("SELECT event_id FROM inbox") == [(new_id,)]
    after = (await office.get("/1")).json()
    assert after["state"] == "fixed"
    assert after["correction"] == {"event_id": str(new_id), "value": GOOD, "headers": {}}
    assert b64decode(after["value"]["base64"]) == bad.value, "the bytes of before are kept"
    act = await audited(office)
    assert (act.who, act.action, act.object) == ("operator-1", "dead-letter-fixed", "dead-letter/1")
    assert act.details["after"]["event_id"] == str(new_id)


async def test_the_new_event_says_what_caused_it(office: Office) -> None:
    heard: list[dict[str, str]] = []
    open_ = office.service.service.listener
    assert open_ is not None
    batch = open_.unguarded

    def listening(records: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        heard.extend({n: v.decode() for n, v in record.headers} for record in records)
        return batch(records, *args, **kwargs)

    await office.service.receives_records(broken())
    [letter] = await office.listed()
    open_.unguarded = listening  # type: ignore[method-assign]
    await office.post("/1/fix", SENT)

    [headers] = heard
    assert headers["ce_causationid"] == letter["event_id"]
    assert headers["ce_type"] == "wardline.ward.defined.v1"


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("correction", "stage", "cause"),
    [
        ({"value": {**GOOD, "valid_from": "tomorrow"}}, "schema", "ValidationError"),
        ({"value": {}}, "schema", "ValidationError"),
        ({"value": "text"}, "schema", "ValidationError"),
        ({"value": GOOD, "headers": {"ce_source": "/elsewhere"}}, "envelope", "wrong-writer"),
        ({"value": GOOD, "headers": {"ce_type": None}}, "envelope", "missing-attribute"),
        ({"value": GOOD, "headers": {"ce_type": "no.such.v1"}}, "envelope", "unknown-type"),
    ],
)
async def test_what_still_fails_changes_nothing_and_says_why(
    office: Office, correction: dict[str, Any], stage: str, cause: str, *, dry_run: bool
) -> None:
    await office.service.receives_records(broken())

    answer = await office.post("/1/fix", {**correction, "dry_run": dry_run})

    said = problem(answer, 422, "still-failing")
    assert (said["stage"], said["cause"]) == (stage, cause)
    assert await office.applied() == {}
    [letter] = await office.listed()
    assert (letter["state"], letter["attempts"]) == ("waiting", 1)
    assert await office.acts() == []


async def test_the_handler_is_asked_too(office: Office) -> None:
    await office.service.receives_records(broken())
    office.ledger.broken = "refuses"

    said = problem(await office.post("/1/fix", {"value": GOOD}), 422, "still-failing")

    assert (said["cause"], said["detail"]) == ("not-yet", "Chưa được.")


async def test_headers_alone_can_be_what_is_wrong(office: Office) -> None:
    sound = wards(1)[0]
    twice = replace(sound, headers=(*sound.headers, ("ce_type", b"second")))
    await office.service.receives_records(twice)

    kind = {"ce_type": "wardline.ward.defined.v1"}
    answer = await office.post("/1/fix", {"headers": kind, "dry_run": False})

    assert answer.status_code == 200
    assert await office.applied() == {"20000": 1}


async def test_a_structured_event_is_fixed_in_binary_mode(office: Office) -> None:
    headers = (("content-type", b"application/cloudevents+json"),)
    await office.service.receives_records(replace(wards(1)[0], headers=headers, value=b"{}"))

    given = {
        "ce_specversion": "1.0",
        "ce_source": "/submission",
        "ce_type": "wardline.ward.defined.v1",
    }
    answer = await office.post("/1/fix", {**SENT, "headers": given})

    assert answer.status_code == 200, answer.text
    assert await office.applied() == {"26734": 1}


async def test_what_was_fixed_stays_so_when_the_old_record_comes_again(office: Office) -> None:
    bad = broken()
    await office.service.receives_records(bad)
    await office.post("/1/fix", SENT)

    await office.service.receives_records(bad)

    [letter] = await office.listed(state="fixed")
    assert letter["attempts"] == 2
    assert (await office.replayed(ids=[1]))["counts"] == {"not-open": 1}
    assert await office.applied() == {"26734": 1}
