"""What to open once the stack is up."""

from deploy.local.progress import say
from deploy.local.stack import Stack

WARD = "26536"


def welcome(stack: Stack) -> None:
    """Print the addresses, and tokens to try them with."""
    say("\nWardline is up. Ctrl-C stops it; the data stays.\n")
    for service in stack.services:
        say(f"  {service.title:<16}{service.url}/openapi.json")
    say(f"  {'mail':<16}{stack.layout.mail_url}")
    say(f"  {'Kafka':<16}{stack.kafka.bootstrap}")
    say(f"  {'PostgreSQL':<16}{stack.postgres.url('submission')}\n")
    say("Tokens for a day (`make token ROLE=… WARD=…` prints others):\n")
    for name, role, wards in (
        ("OFFICER", "ward_officer", [WARD]),
        ("REVIEWER", "reviewer", []),
        ("LEADER", "department_leader", []),
    ):
        say(f"  {name}={stack.issuer.sign(role, wards)}")
    say("")
