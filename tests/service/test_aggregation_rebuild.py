"""Facts made anew from a real Kafka while the service serves: what was wrong is right again."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from chassis.runtime import Runtime
from contracts.catalogue import TemplatePublished
from contracts.event import Event
from services.aggregation.contributions.recompute import recompute
from services.aggregation.rebuild.command import rebuild
from services.submission.catalogue import files
from tests import stack as stacks
from tests.builders import Report, content
from tests.service.city import A, B, C, City
from tests.service.harness import record
from tests.service.whole_line import rows
from tests.stack import Stack

MINE = "('2029-03', '2029-04', '2029-05')"
SERVED = "{entered_revision,entered_decision_no,entered_at,edition}"
FACTS = f"""
    SELECT CAST(to_jsonb(t) - CAST('{SERVED}' AS text[]) AS text)
    FROM fact AS t WHERE period_code IN {MINE} ORDER BY 1
"""
LACKED = FACTS.replace(MINE, "('2029-06')")
REVISIONS = f"SELECT period_code, revision FROM figure_set WHERE period_code IN {MINE} ORDER BY 1"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Topics of our own: the line of other tests would hear what is told here."""
    with stacks.embedded(tmp_path_factory.mktemp("topics")) as own:
        yield own


@pytest.fixture
def runtime(city: City, stack: Stack) -> Runtime:
    """The command's: it knows where Kafka is, the service under test hears without it."""
    here = city.service.runtime
    settings = here.settings.model_copy(update={"kafka_bootstrap": stack.bootstrap})
    return replace(here, settings=settings)


async def tell(stack: Stack, *events: Event) -> None:
    """Let events stand in Kafka, as the relays bring them there."""
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap) as producer:
        for event in events:
            told = record(event)
            await producer.send_and_wait(
                told.topic, told.value, key=told.key, headers=list(told.headers)
            )


def catalogue() -> Sequence[Event]:
    read = files.read()
    return [*read.wards, *(TemplatePublished(template=template) for template in read.templates)]


async def wrong_facts(city: City, stack: Stack) -> tuple[list[tuple[object, ...]], dict[str, int]]:
    """Reports that the topics hold and two facts of which are wrong here; what was right."""
    first: list[Event] = [
        Report(A, "DXT", "2029-03").approved(content({"dxt01": 4})),
        Report(B, "DXT", "2029-04").approved(content({"dxt01": 5})),
        Report(C, "DXT", "2029-04").approved(content({"dxt01": 6})),
    ]
    await tell(stack, *catalogue(), *first)
    await city.hears(*first)
    right, before = await rows(city.service, FACTS), dict(await rows(city.service, REVISIONS))
    await rows(
        city.service,
        """UPDATE fact SET counted = jsonb_set(counted, '{values,dxt01}', '999')
           WHERE period_code = '2029-04'""",
    )
    await recompute(city.service.runtime, [])
    return right, before


async def test_what_is_wrong_is_made_right_while_more_comes_in(
    city: City, stack: Stack, runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    right, before = await wrong_facts(city, stack)
    await rebuild(runtime, [])
    assert "nothing was changed" in capsys.readouterr().out
    assert await rows(city.service, FACTS) != right

    making = asyncio.gather(rebuild(runtime, ["--go"]))
    late = Report(C, "DXT", "2029-05").approved(content({"dxt01": 7}))
    await tell(stack, late)
    await city.hears(late)
    await making

    facts = await rows(city.service, FACTS)
    assert [fact for fact in facts if "2029-05" not in fact[0]] == right
    assert len(facts) == 4
    after = dict(await rows(city.service, REVISIONS))
    assert after["2029-03"] == before["2029-03"]
    assert after["2029-04"] > before["2029-04"] + 1
    figure = (await city.get("figures/DXT/2029-04/dxt01/passport")).json()["figure"]
    assert figure["value"] == 11
    passport = (await city.get("figures/DXT/2029-04/dxt01/passport")).json()
    wrong = [each["value"] for each in passport["history"]["items"] if each["change"] == "left"]
    assert wrong == [999, 999]
    await recompute(city.service.runtime, ["--check"])
    assert ", 0 differences found" in capsys.readouterr().out


async def test_what_the_topics_lack_is_never_taken_back(
    city: City, stack: Stack, runtime: Runtime
) -> None:
    report = Report(A, "DXT", "2029-06")
    told, lost = report.approved(content({"dxt01": 1})), report.approved(content({"dxt01": 2}))
    await tell(stack, *catalogue(), told)
    await city.hears(told, lost)
    before = await rows(city.service, LACKED)

    with pytest.raises(
        SystemExit, match=r"1 reports are known(.|\n)*2029-06 \(decision 2\)(.|\n)*"
    ):
        await rebuild(runtime, ["--go"])
    assert await rows(city.service, LACKED) == before

    await tell(stack, lost)
    await rebuild(runtime, ["--go"])
    assert await rows(city.service, LACKED) == before


async def test_it_needs_to_know_where_everything_is(city: City) -> None:
    with pytest.raises(SystemExit, match="WARDLINE_KAFKA_BOOTSTRAP"):
        await rebuild(city.service.runtime, ["--go"])
