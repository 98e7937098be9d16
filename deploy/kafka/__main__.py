"""``python -m deploy.kafka``: make the topics of topics.yaml and end; for a one-shot container."""

import argparse
import asyncio
import os
import sys

from aiokafka.errors import KafkaError

from deploy.kafka import topics


def main() -> int:
    """Apply the profile; 0 when the cluster has the topics as declared."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka", description=topics.__doc__)
    parser.add_argument("--bootstrap", default=os.environ.get("WARDLINE_KAFKA_BOOTSTRAP"))
    parser.add_argument("--profile", choices=("local", "production"), default="local")
    options = parser.parse_args()
    if not options.bootstrap:
        parser.error("give --bootstrap or set WARDLINE_KAFKA_BOOTSTRAP")
    try:
        asyncio.run(topics.apply(options.bootstrap, options.profile))
    except (topics.TopicsRefusedError, KafkaError) as error:
        print(f"topics: {error}", file=sys.stderr)
        return 1
    print(f"topics: as declared for {options.profile} on {options.bootstrap}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
