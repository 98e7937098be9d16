"""The roll-up in Flink SQL, exactly once: checkpoints, and a sink that writes in transactions.

Python only hands the statements over; the work is done by Flink's own JVM.
"""

import argparse

from pyflink.table import (  # type: ignore[import-not-found] # in its own venv
    EnvironmentSettings,
    TableEnvironment,
)

FIELDS = ("fin01", "fin02", "fin03", "fin04", "fin05", "fin06", "fin07", "fin08", "fin09", "fin11")
SETTINGS = {
    "parallelism.default": "2",
    "execution.checkpointing.interval": "500ms",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "execution.checkpointing.storage": "filesystem",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "500ms",
    "table.exec.mini-batch.size": "5000",
    "table.optimizer.agg-phase-strategy": "TWO_PHASE",
    "taskmanager.memory.process.size": "1g",
    "jobmanager.memory.process.size": "1g",
}
"""Two threads as the others have; what makes sums in SQL fast is switched on."""


def main(given: argparse.Namespace) -> None:
    """Roll up until stopped: the newest decision of each report, then template and period."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    settings = tables.get_config()
    for name, value in SETTINGS.items():
        settings.set(name, value)
    settings.set("pipeline.jars", f"file://{given.connector}")
    settings.set("execution.checkpointing.dir", f"file://{given.state}")
    tables.execute_sql(source(given))
    tables.execute_sql(sink(given))
    tables.execute_sql(rolled_up()).wait()


def source(given: argparse.Namespace) -> str:
    """Decisions as they stand in Kafka; what is not named is not decoded."""
    values = ", ".join(f"{name} DECIMAL(18, 3)" for name in FIELDS)
    return f"""
        CREATE TABLE decisions (
            report_id STRING, template_code STRING, decision_no INT, `period` ROW<`code` STRING>,
            content ROW<`values` ROW<{values}>>
        ) WITH (
            'connector' = 'kafka', 'topic' = '{given.topic}', 'format' = 'json',
            'properties.bootstrap.servers' = '{given.bootstrap}',
            'properties.group.id' = '{given.group}', 'scan.startup.mode' = 'earliest-offset'
        )
    """


def sink(given: argparse.Namespace) -> str:
    """The sums of each template and period, in transactions."""
    sums = ", ".join(f"{name} STRING" for name in FIELDS)
    return f"""
        CREATE TABLE figures (
            template_code STRING, period_code STRING, {sums},
            PRIMARY KEY (template_code, period_code) NOT ENFORCED
        ) WITH (
            'connector' = 'upsert-kafka', 'topic' = '{given.out}',
            'properties.bootstrap.servers' = '{given.bootstrap}',
            'properties.transaction.timeout.ms' = '600000',
            'key.format' = 'csv', 'key.csv.field-delimiter' = '/',
            'key.csv.disable-quote-character' = 'true',
            'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY',
            'sink.delivery-guarantee' = 'exactly-once',
            'sink.transactional-id-prefix' = '{given.group}'
        )
    """


def rolled_up() -> str:
    """Newest decisions first, so that an older one that comes later changes nothing."""
    newest = ", ".join(f"content.`values`.{name} AS {name}" for name in FIELDS)
    sums = ", ".join(f"CAST(SUM({name}) AS STRING)" for name in FIELDS)
    return f"""
        INSERT INTO figures
        SELECT template_code, period_code, {sums} FROM (
            SELECT template_code, `period`.`code` AS period_code, {newest},
                   ROW_NUMBER() OVER (PARTITION BY report_id ORDER BY decision_no DESC) AS place
            FROM decisions
        ) WHERE place = 1 GROUP BY template_code, period_code
    """


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--bootstrap", "--topic", "--group", "--out", "--state", "--connector"):
        parser.add_argument(option, required=True)
    parser.add_argument("--partitions", type=int, required=True)
    main(parser.parse_args())
