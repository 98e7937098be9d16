"""A broken rule as a finding: where, with which numbers, said in both languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.content import Content, pointer
from contracts.decisions import Finding
from contracts.rules.derived import derived_value
from contracts.rules.names import LABEL, Bound, derived_type, known_names
from contracts.rules.outcome import SYSTEM
from contracts.rules.program import Program
from contracts.rules.values import Facts
from contracts.rules.wording import Param, fill, param, said
from contracts.template import WARNING, Rule, Template, Text
from contracts.vietnamese import normal

_FAILED = Text(
    vi="Không tính được quy tắc {rule}: đề nghị người thẩm định xem.",
    en="Rule {rule} could not be evaluated: a reviewer must look.",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule was applied: the whole report, one field of ``each``, or one row."""

    field: str | None = None
    list: str | None = None
    row_key: str | None = None


def broken(
    template: Template,
    program: Program,
    place: Place,
    values: Mapping[str, Bound | None],
    facts: Facts,
) -> Finding:
    """The finding of a rule that does not hold."""
    rule = program.rule
    params, message = _message(template, program, place, values, facts.content)
    eased = rule.severity_if_correction if facts.correction else None
    return Finding(
        rule=program.code,
        severity=eased or rule.severity,
        pointers=_pointers(template, program, place),
        row_key=place.row_key,
        params=params,
        message=message,
        explanation=_explanation(program, place, values, facts.content),
    )


def failed(template: Template, program: Program, place: Place) -> Finding:
    """The finding of a rule that could not be evaluated."""
    words = {"rule": program.code}
    return Finding(
        rule=program.code,
        severity=SYSTEM,
        pointers=_pointers(template, program, place),
        row_key=place.row_key,
        message=Text(vi=fill(_FAILED.vi, words), en=fill(_FAILED.en, words)),
    )


def is_explained(rule: Rule, finding: Finding) -> bool:
    """Whether a finding may pass to review: it asks for no text, or the text is long enough."""
    least = rule.needs.min if rule.needs else rule.explain or 0
    return finding.severity != WARNING or len(normal(finding.explanation or "")) >= least


def _explanation(
    program: Program, place: Place, values: Mapping[str, Bound | None], content: Content
) -> str | None:
    """What the ward said to it: in the field the rule needs, or in the explanations."""
    if program.rule.needs:
        text = values.get(program.rule.needs.field)
        return str(text) if text is not None else None
    own = place.row_key or place.field
    said_here = content.explanations.get(f"{program.code}#{own}") if own else None
    return said_here or content.explanations.get(program.code)


def _pointers(template: Template, program: Program, place: Place) -> tuple[str, ...]:
    rule = program.rule
    needed = (rule.needs.field,) if rule.needs else ()
    names = rule.fields or (() if place.field else program.operands)
    named: Iterable[str | None] = dict.fromkeys((place.field, *names, *needed))
    found = (_pointer(template, name, place) for name in named if name)
    return tuple(dict.fromkeys(place for place in found if place))


def _pointer(template: Template, name: str, place: Place) -> str | None:
    """Where a name stands on the form; a column outside its row stands for its list."""
    if name in template.fields:
        return pointer("values", name)
    if name in template.derived:
        return pointer("derived", name)
    if name in template.lists:
        return pointer("lists", name)
    for code, form in template.lists.items():
        if name in form.columns:
            own = (place.row_key, name) if code == place.list and place.row_key else ()
            return pointer("lists", code, *own)
    return None


def _message(
    template: Template,
    program: Program,
    place: Place,
    values: Mapping[str, Bound | None],
    content: Content,
) -> tuple[dict[str, Param], Text]:
    """The numbers in a message, and the message with them in both languages."""
    types = known_names(template, program.rule)
    params: dict[str, Param] = {}
    words: dict[str, Text] = {}
    for name in sorted(program.said):
        figure = template.derived.get(name)
        if name == LABEL and place.field:
            words[name] = template.column(place.field)
        elif figure and figure.ratio:
            made = derived_value(template, figure, content)
            params[name] = None if made is None else str(made)
            words[name] = said(derived_type(template, figure), params[name])
        elif name in types:
            params[name] = param(types[name], values.get(name))
            words[name] = said(types[name], params[name])
    vi, en = (
        {name: getattr(word, tongue) for name, word in words.items()} for tongue in ("vi", "en")
    )
    return params, Text(vi=fill(program.rule.vi, vi), en=fill(program.rule.en, en))
