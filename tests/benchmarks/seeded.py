"""A database with a million facts and inbox rows in place: copies of what real events left."""

from itertools import product

import asyncpg

from tests.benchmarks import broker, city, line, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import AGGREGATION, NOTIFICATION, VALIDATION, Contender
from tests.benchmarks.stand import REPORT_TOPICS, start, stop
from tests.benchmarks.waiting import until

MILLION, THREE_YEARS = "million", "three_years"
SAMPLE = 168
SETTLE_SECONDS = 300.0


async def database(bench: Bench, name: str, facts: int) -> str:
    """The name of a database that many facts were copied into; made once in a run."""
    stand = bench.stand
    if not await exists(bench, name):
        place = await stand.fresh()
        await live(bench, place)
        connection = await stand.connect(place)
        try:
            await copy(connection, facts)
        finally:
            await connection.close()
        await stand.execute("VACUUM ANALYZE", place)
        await stand.execute(f"ALTER DATABASE {place} RENAME TO {name}")
    return name


async def exists(bench: Bench, name: str) -> bool:
    """Whether it was made already."""
    connection = await bench.stand.connect("postgres")
    try:
        query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
        return bool(await connection.fetchval(query, name))
    finally:
        await connection.close()


async def live(bench: Bench, place: str) -> None:
    """Let the three services apply one month of one template as they always do."""
    stand = bench.stand
    await stand.quiet()
    stream = reports.submissions(SAMPLE, seed=9)
    await broker.write(stand.bootstrap, stream.records)
    services = [
        stand.service(name, place) for name in ("validation", "aggregation", "notification")
    ]
    for name in ("validation", "notification"):
        await broker.rewind(stand.bootstrap, name, REPORT_TOPICS[0])
    start(services)
    connection = await stand.connect(place)

    async def applied() -> bool:
        counts = [await connection.fetchval(query) for query in (line.COUNTED, line.NOTICED)]
        return bool(min(counts) >= SAMPLE)

    await until(applied, SETTLE_SECONDS)
    await connection.close()
    stop(services)


async def copy(connection: "asyncpg.Connection[asyncpg.Record]", facts: int) -> None:
    """Multiply the month that is there into months that no scenario sends."""
    months = [month.code for month in city.months(city.LAST_OPEN_YEAR + 2, city.LAST_YEAR)]
    places = list(product(city.TEMPLATES, months))[: max(1, facts // SAMPLE)]
    templates = [template for template, _ in places]
    codes = [code for _, code in places]
    for made in MULTIPLIED.values():
        await connection.execute(made, templates, codes)


WANTED = "unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (template, period, place)"
MULTIPLIED = {
    "fact": f"""
        INSERT INTO aggregation.fact
        SELECT gen_random_uuid(), ward_code, template, period, decision_no, state, version,
               submitted_at, first_submitted_at, first_passed_submitted_at, decided_at,
               counted_version, counted_template_version, counted, pending
        FROM (SELECT * FROM aggregation.fact LIMIT {SAMPLE}) AS sample, {WANTED}
    """,
    "figure_set": f"""
        INSERT INTO aggregation.figure_set
            (template_code, period_code, basis, revision, changed_at, announced_revision)
        SELECT template, period, 'reports', 1, now(), 1 FROM {WANTED} ON CONFLICT DO NOTHING
    """,
    "contribution": f"""
        INSERT INTO aggregation.contribution
            (report_id, basis, entered_revision, template_code, period_code, ward_code, version,
             template_version, decision_no, entered_at, amounts, nulls, tokens)
        SELECT f.report_id, 'reports', 1, f.template_code, f.period_code, f.ward_code, 1, 1, 1,
               now(), c.amounts, c.nulls, c.tokens
        FROM aggregation.fact AS f JOIN {WANTED}
             ON (f.template_code, f.period_code) = (template, period)
        JOIN (SELECT * FROM aggregation.contribution LIMIT {SAMPLE}) AS c USING (ward_code)
    """,
    "accumulator": f"""
        INSERT INTO aggregation.accumulator
        SELECT template, period, a.basis, a.code, a.breakdown, a.numerator, a.denominator
        FROM (SELECT * FROM aggregation.accumulator
              WHERE (template_code, period_code) = (SELECT template_code, period_code
                                                    FROM aggregation.accumulator LIMIT 1)) AS a,
             {WANTED} ON CONFLICT DO NOTHING
    """,
    "notice": f"""
        INSERT INTO notification.notice
            (id, recipient_kind, recipient_id, kind, event_id, report_id, ward_code,
             template_code, period_code, period_scheme, params, cleared, calls, recorded_at)
        SELECT gen_random_uuid(), recipient_kind, recipient_id, kind, gen_random_uuid(),
               gen_random_uuid(), ward_code, template, period, period_scheme, params, cleared,
               calls, recorded_at
        FROM (SELECT * FROM notification.notice WHERE kind = 'approved' LIMIT {SAMPLE}) AS n,
             {WANTED}
    """,
    **{
        f"inbox of {service}": f"""
            INSERT INTO {service}.inbox (event_id, listener, received_on)
            SELECT uuidv7(), '{service}', current_date
            FROM generate_series(1, {SAMPLE}), {WANTED}
        """
        for service in ("validation", "aggregation", "notification")
    },
}


def rivals() -> tuple[Contender, ...]:
    """Whose speed must not fall with what is there."""
    return (AGGREGATION, VALIDATION, NOTIFICATION)
