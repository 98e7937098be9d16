"""The roll-up in Quix Streams, exactly once by its transactions."""

import argparse
from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found] # in its own venv

FIELDS = ("fin01", "fin02", "fin03", "fin04", "fin05", "fin06", "fin07", "fin08", "fin09", "fin11")


def main(bootstrap: str, topic: str, group: str, out: str, state: str) -> None:
    """Roll up until stopped: first by report, then by template and period."""
    application = Application(
        broker_address=bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=0.5,
        state_dir=state,
        loglevel="WARNING",
        topic_create_timeout=60,
    )
    source = application.topic(topic, value_deserializer="json", key_deserializer="str")
    target = application.topic(out, value_serializer="json", key_serializer="str")
    frame = application.dataframe(source)
    frame = frame.apply(moved, stateful=True).filter(lambda change: change is not None)
    frame = frame.group_by("group")
    frame = frame.apply(added, stateful=True)
    frame.to_topic(target)
    application.run()


def moved(event: dict[str, Any], state: State) -> dict[str, Any] | None:
    """What a decision changes, if it is newer than the one that is known."""
    known = state.get("fact") or {"no": 0}
    if event["decision_no"] <= known["no"]:
        return None
    values = event["content"]["values"]
    fact = {"no": event["decision_no"], **{name: thousandths(values[name]) for name in FIELDS}}
    state.set("fact", fact)
    group = f"{event['template_code']}/{event['period']['code']}"
    return {"group": group, "by": [fact[name] - known.get(name, 0) for name in FIELDS]}


def added(change: dict[str, Any], state: State) -> dict[str, str]:
    """The sums of a group after a change."""
    sums = state.get("sums") or [0] * len(FIELDS)
    sums = [total + by for total, by in zip(sums, change["by"], strict=True)]
    state.set("sums", sums)
    return {name: str(total) for name, total in zip(FIELDS, sums, strict=True)}


def thousandths(value: str | int) -> int:
    """An amount as an integer: sums are exact."""
    whole, _, places = str(value).partition(".")
    return int(whole) * 1000 + int(places.ljust(3, "0"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--bootstrap", "--topic", "--group", "--out", "--state", "--partitions"):
        parser.add_argument(option, required=True)
    given = parser.parse_args()
    main(given.bootstrap, given.topic, given.group, given.out, given.state)
