"""What the service hears, whether it serves or makes its facts anew."""

from chassis.consumer import Listener
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.decisions import DECISIONS
from services.aggregation.contributions import handlers as contributions
from services.aggregation.figures import handlers as announcing


def listener(group: str) -> Listener:
    """The service's handlers, as this consumer group."""
    hearing = Listener(group, contributions.REASONS)
    hearing.on(WardDefined, TemplatePublished)(announcing.learn)
    hearing.on(*DECISIONS)(contributions.fold)
    return hearing
