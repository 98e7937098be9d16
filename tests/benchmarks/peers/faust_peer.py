"""The roll-up in Faust: at least once, made right by the decision number in its table."""

import argparse
import sys
from typing import Any

import faust  # type: ignore[import-not-found] # in its own venv

FIELDS = ("fin01", "fin02", "fin03", "fin04", "fin05", "fin06", "fin07", "fin08", "fin09", "fin11")


def main(given: argparse.Namespace) -> None:
    """Roll up until stopped: first by report, then by template and period."""
    application = faust.App(
        given.group,
        broker=f"aiokafka://{given.bootstrap}",
        store="memory://",
        datadir=given.state,
        topic_partitions=given.partitions,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=0.5,
        web_enabled=False,
        producer_acks=-1,
    )
    rolled_up(application, given)
    sys.argv = [sys.argv[0], "worker", "--loglevel", "warn", "--without-web"]
    application.main()


def rolled_up(application: Any, given: argparse.Namespace) -> None:  # noqa: ANN401
    """The two agents and their tables."""
    source = application.topic(
        given.topic, key_type=str, key_serializer="raw", value_serializer="json"
    )
    changes = application.topic(
        f"{given.group}-changes", key_serializer="raw", value_serializer="json"
    )
    figures = application.topic(given.out, key_serializer="raw", value_serializer="json")
    facts = application.Table("facts", partitions=given.partitions)
    sums = application.Table("sums", partitions=given.partitions)

    @application.agent(source)  # type: ignore[untyped-decorator] # Faust has no types
    async def report(events: Any) -> None:  # noqa: ANN401 - Faust has no types
        async for key, event in events.items():
            if change := moved(key, event, facts):
                await changes.send(key=change["group"], value=change)

    @application.agent(changes)  # type: ignore[untyped-decorator] # Faust has no types
    async def group(stream: Any) -> None:  # noqa: ANN401 - Faust has no types
        async for change in stream:
            name = change["group"]
            before = sums.get(name) or [0] * len(FIELDS)
            after = [total + by for total, by in zip(before, change["by"], strict=True)]
            sums[name] = after
            told = {field: str(total) for field, total in zip(FIELDS, after, strict=True)}
            await figures.send(key=name, value=told)


def moved(key: Any, event: dict[str, Any], facts: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """What a decision changes, if it is newer than the one that is known."""
    name = key.decode() if isinstance(key, bytes) else str(key)
    known = facts.get(name) or {"no": 0}
    if event["decision_no"] <= known["no"]:
        return None
    values = event["content"]["values"]
    fact = {"no": event["decision_no"], **{n: thousandths(values[n]) for n in FIELDS}}
    facts[name] = fact
    about = f"{event['template_code']}/{event['period']['code']}"
    return {"group": about, "by": [fact[n] - known.get(n, 0) for n in FIELDS]}


def thousandths(value: str | int) -> int:
    """An amount as an integer: sums are exact."""
    whole, _, places = str(value).partition(".")
    return int(whole) * 1000 + int(places.ljust(3, "0"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--bootstrap", "--topic", "--group", "--out", "--state"):
        parser.add_argument(option, required=True)
    parser.add_argument("--partitions", type=int, required=True)
    main(parser.parse_args())
