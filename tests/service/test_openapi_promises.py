"""Every operation of every service, called with what its document allows and what it forbids."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from schemathesis import BaseSchema, engine
from schemathesis.core.result import Ok
from schemathesis.engine import Status, events
from schemathesis.engine.recorder import ScenarioRecorder

from deploy.local.issuer import Issuer
from tests.service.promising import promising
from tests.stack import SERVICES, Stack


@pytest.fixture(scope="module")
def promised(stack: Stack, issuer: Issuer) -> Iterator[dict[str, BaseSchema]]:
    with promising(stack, issuer) as schemas:
        yield schemas


@dataclass
class Run:
    """What came of calling everything that a document describes."""

    broken: dict[str, str] = field(default_factory=dict)
    """How to see each broken promise again, by what it is."""
    operations: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, schema: BaseSchema) -> "Run":
        """Call everything."""
        run = cls()
        for event in engine.from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                run._note(event.recorder)
            elif isinstance(event, events.NonFatalError):
                run.broken[f"{event.label}: {event.info.title}"] = event.info.message
            elif isinstance(event, events.FatalError):
                raise event.exception
        return run

    def _note(self, scenario: ScenarioRecorder) -> None:
        self.operations.add(scenario.label)
        for called in scenario.interactions.values():
            status = called.response.status_code if called.response else None
            self.statuses[f"{scenario.label} {status}"] += 1
        for checks in scenario.checks.values():
            for check in checks:
                if check.status == Status.FAILURE and check.failure_info:
                    failure = check.failure_info.failure
                    title = f"{scenario.label}: {failure.title}"
                    self.broken[title] = f"{failure.message}\n{check.failure_info.code_sample}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_keeps_what_its_document_promises(
    service: str, promised: dict[str, BaseSchema], record_property: Callable[[str, object], None]
) -> None:
    schema = promised[service]

    run = Run.of(schema)

    record_property("cases", run.statuses.total())
    assert run.broken == {}
    assert run.operations == {
        found.ok().label for found in schema.get_all_operations() if isinstance(found, Ok)
    }
    assert not {called for called in run.statuses if called.endswith((" None", " 503", " 429"))}
