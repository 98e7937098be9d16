"""The four services behind real HTTP servers after a history, and how schemathesis calls them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final

from anyio.from_thread import start_blocking_portal
from pydantic_core import to_json
from schemathesis import (
    AuthContext,
    BaseSchema,
    Case,
    Config,
    SerializationContext,
    openapi,
    serializer,
)

from chassis.records import Record
from chassis.service import Service
from contracts.reports import report_id
from deploy.local.issuer import Issuer
from tests.conftest import TestDatabase
from tests.service import whole_line
from tests.service.harness import ServiceUnderTest, running
from tests.service.live import listening
from tests.service.whole_line import OTHER, WARD
from tests.stack import Stack
from tests.system import access

NOT_PROMISED: Final = (
    "positive_data_acceptance",
    "negative_data_rejection",
    "use_after_free",
)
"""Most that a document allows is no sound report; what no document names is passed over; and
who deletes a report asks for it back."""
NO_RECORDS: Final = 5
"""Records that no service can read, for an operator to find in each."""
NAMES: Final[dict[str, list[str | int]]] = {
    "ward": [WARD, OTHER],
    "template": ["DXT", "FIN"],
    "period": ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12"],
    "from": ["2025-08"],
    "to": ["2025-11"],
    "code": ["dxt01", "DXT"],
    "number": [1, 2],
    "file": ["wardline.report.submitted.v1.schema.json"],
    "report_id": [
        str(report_id(ward, "DXT", f"2025-{month:02}"))
        for ward in (WARD, OTHER)
        for month in range(8, 12)
    ],
}
"""What there is, by the names of parameters: half of the examples speak of it."""
OPERATED: Final = "validation"
"""The service that the operations of every service are tried on: they are the same code."""
UNHURRIED: Final = {
    "requests_per_second": 0,
    "system_requests_per_second": 0,
    "refused_tokens_per_second": 0,
}
"""Nobody is told that they ask too often."""
SETTINGS: Final[dict[str, Any]] = {
    "dictionaries": {name: {"values": values} for name, values in NAMES.items()},
    "parameters": {name: {"dictionary": name, "probability": 0.5} for name in NAMES},
    "seed": 1,
    "generation": {"deterministic": True, "database": "none", "max-examples": 8},
    "phases": {"stateful": {"enabled": False}},
    "checks": {name: {"enabled": False} for name in NOT_PROMISED},
    "request-timeout": 20,
    "continue-on-failure": True,
}
ROLES: Final = {route.key: route.roles for route in access.TABLE}
PREFERRED: Final = (access.OFFICER, access.REVIEWER, access.OPERATOR, access.SYSTEM)


@serializer("application/x-ndjson")
def _lines(_: SerializationContext, value: object) -> bytes:
    """Whatever schemathesis makes up, as the one line of a body."""
    return value if isinstance(value, bytes) else to_json(value, inf_nan_mode="constants")


@asynccontextmanager
async def lived(stack: Stack, issuer: Issuer) -> AsyncIterator[dict[str, str]]:
    """The addresses of the four services after a history, for the length of the block."""
    async with AsyncExitStack() as stopping:

        async def serve(service: Service) -> ServiceUnderTest:
            name = stack.clone(service.name)
            stopping.callback(stack.drop, name)
            running_one = running(service, TestDatabase(name, stack), issuer, **UNHURRIED)
            return await stopping.enter_async_context(running_one)

        line = await whole_line.opened(serve)
        await whole_line.lived(line)
        for service in line.services.values():
            await service.receives_records(*_unreadable(service))
        yield {
            name: await stopping.enter_async_context(listening(service))
            for name, service in line.services.items()
        }


@contextmanager
def promising(stack: Stack, issuer: Issuer) -> Iterator[dict[str, BaseSchema]]:
    """What each service's document promises, while the services run in a thread of their own."""
    with (
        start_blocking_portal() as aside,
        aside.wrap_async_context_manager(lived(stack, issuer)) as addresses,
    ):
        yield {name: _promised(name, url, issuer) for name, url in addresses.items()}


def _promised(service: str, url: str, issuer: Issuer) -> BaseSchema:
    schema = openapi.from_url(f"{url}/openapi.json", config=Config.from_dict(SETTINGS))
    schema.config.update(base_url=url)

    class Signed:
        """Whoever may do what is asked for."""

        def get(self, case: Case[Any], _: AuthContext) -> str:
            roles = ROLES[service, case.operation.method.upper(), case.operation.path]
            role = next((role for role in PREFERRED if role in roles), access.OFFICER)
            return issuer.sign(role, [WARD] * (role in access.SENDERS))

        def set(self, case: Case[Any], data: str, _: AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    schema.auth(refresh_interval=None)(Signed)
    # A stream never ends; what comes on it has tests of its own.
    ended = schema.exclude(path_regex="/stream$")
    if service != OPERATED:
        ended = ended.exclude(tag="operations")
    return ended


def _unreadable(service: ServiceUnderTest) -> Iterator[Record]:
    assert service.service.listener is not None
    topic = service.service.listener.topics[0]
    for offset in range(NO_RECORDS):
        yield Record(topic, 7, offset, 0, b"key", b"no event", ())
