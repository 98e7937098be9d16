"""Proves, when a template is loaded, that each of its rules can be evaluated at all.

Every rule runs on generated samples of all its names: small, equal and extreme values. A
rule that fails on one of them, or gives the same answer on all, is a mistake in the rule.
"""

import re
from collections.abc import Iterator

import cel

from contracts.rules import samples
from contracts.rules.names import FIRST, LABEL, PREVIOUS, RESERVED, known_names
from contracts.rules.program import FUNCTIONS, Program, RuleError, truth
from contracts.rules.rulebook import rulebook
from contracts.template import ERROR, INFO, TEXT, WARNING, Field, Rule, Template

_DOUBLE = re.compile(r"""("[^"]*"|'[^']*')|(?<![\w.])\d*\.\d+|\d+[eE][+-]?\d+""")
"""A number with a point or an exponent, outside quoted text."""
_TAKEN = (PREVIOUS, FIRST)


def faults(template: Template) -> tuple[str, ...]:
    """What is wrong with the rules of a template, each with the rule's code; none is sound."""
    found = [f"{name}: the name is reserved" for name in _names(template) if _reserved(name)]
    found += [f"{code}: {fault}" for code, fault in _of_sums(template)]
    for program in rulebook(template).programs:
        found += [f"{program.code}: {fault}" for fault in _of_rule(template, program)]
    return tuple(found)


def _names(template: Template) -> Iterator[str]:
    yield from template.fields
    yield from template.derived
    for form in template.lists.values():
        yield from form.columns


def _reserved(name: str) -> bool:
    return name in RESERVED or name.startswith(_TAKEN)


def _of_sums(template: Template) -> Iterator[tuple[str, str]]:
    """Operands of one figure stand in one place and are of one unit."""
    homes = dict.fromkeys(template.fields, "")
    homes |= {name: code for code, form in template.lists.items() for name in form.columns}
    for code, figure in template.derived.items():
        parts = figure.ratio and (*figure.ratio.num, *figure.ratio.den)
        operands = parts or figure.sum or ()
        if not homes.keys() >= set(operands):
            yield code, "its operands are not all fields"
        elif len({homes[name] for name in operands}) > 1:
            yield code, "its operands stand in different places"
        elif len({template.column(name).type for name in operands}) > 1:
            yield code, "its operands are of different types"


def _of_rule(template: Template, program: Program) -> Iterator[str]:
    if program.check is None:
        yield "is not CEL"
        return
    known = known_names(template, program.rule)
    yield from _of_form(template, program.rule, known)
    ratios = {name for name, figure in template.derived.items() if figure.ratio}
    sayable = known.keys() | ratios | ({LABEL} if program.rule.each else set())
    used = {*program.operands, *program.conditions}
    for name in sorted(used - known.keys()):
        yield f"unknown name {name}"
    for name in sorted(program.said - sayable):
        yield f"unknown parameter {{{name}}} in a message"
    if used <= known.keys():
        yield from _of_samples(program, {name: known[name] for name in sorted(used)})


def _of_form(template: Template, rule: Rule, known: dict[str, Field]) -> Iterator[str]:
    severities = {rule.severity, rule.severity_if_correction or rule.severity}
    if severities - {ERROR, WARNING, INFO}:
        yield "unknown severity"
    if any(found[0] and not found[1] for found in _doubles(rule)):
        yield "numbers are whole: money in thousandths, percentages in hundredths"
    if rule.row and rule.each:
        yield "row and each exclude one another"
    if rule.row and rule.row not in template.lists:
        yield "row names no list"
    if len({known[name].type if name in known else "" for name in rule.each}) > 1:
        yield "the fields of each are of different types"
    if (rule.explain or rule.needs) and WARNING not in severities:
        yield "only a warning can be explained"
    if rule.needs and (rule.needs.field not in known or known[rule.needs.field].type != TEXT):
        yield "needs a text field"


def _doubles(rule: Rule) -> Iterator[tuple[str, str]]:
    for text in (rule.check, rule.when or ""):
        yield from ((found[0], found[1] or "") for found in _DOUBLE.finditer(text))


def _of_samples(program: Program, names: dict[str, Field]) -> Iterator[str]:
    """Both answers must come, and nothing else."""
    answers: set[bool] = set()
    for values in samples.of(names):
        context = cel.Context(values, FUNCTIONS)
        try:
            if program.when is None or truth(program.when, context):
                answers.add(truth(program.check, context))
        except RuleError as fault:
            yield f"fails on {values}: {fault}"
            return
    if not answers:
        yield "never applies"
    elif len(answers) == 1:
        yield "never breaks" if True in answers else "never holds"
