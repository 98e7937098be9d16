"""The plans of templates, each made once in a process."""

from collections.abc import Mapping

from contracts.template import Template
from services.aggregation.contributions.domain import Contribution, Counted, TemplateKey
from services.aggregation.contributions.plan import Plan

Templates = Mapping[TemplateKey, Template]

_made: dict[TemplateKey, Plan] = {}


def plan(template: Template) -> Plan:
    """The plan of a template; raises `Misfit` when its figures cannot be added up."""
    key = template.code, template.version
    known = _made.get(key)
    if known is None or known.template is not template:
        known = _made[key] = Plan(template)
    return known


def added(counted: Counted, templates: Templates) -> Contribution:
    """What a version adds; raises `Misfit` when it is not what its template says."""
    return plan(templates[counted.template]).contribution(counted.content)
