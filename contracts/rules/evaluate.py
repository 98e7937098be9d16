"""Runs every rule of a template over one report, in one evaluation context."""

import cel

from contracts.decisions import Finding
from contracts.rules.finding import Place, broken, failed, is_explained
from contracts.rules.names import PREVIOUS, X
from contracts.rules.outcome import (
    NEW_ROW,
    NO_PREVIOUS,
    NOTHING_FOUND,
    NULL_OPERAND,
    Outcome,
    conclude,
)
from contracts.rules.program import FUNCTIONS, Program, Result
from contracts.rules.rulebook import rulebook
from contracts.rules.values import Facts, Values, report_values, row_values
from contracts.template import Template

_WHOLE = Place()


def evaluate(template: Template, facts: Facts) -> Outcome:
    """The verdict of the rules; it depends on nothing but the arguments."""
    run = _Run(template, facts)
    run.whole_report()
    for name in template.lists:
        run.rows(name)
    return conclude(run.found, run.skipped) if run.found or run.skipped else NOTHING_FOUND


class _Run:
    """One report under its rules: one context for all, because making one costs far more."""

    def __init__(self, template: Template, facts: Facts) -> None:
        self.template, self.facts = template, facts
        self.book = rulebook(template)
        self.values = report_values(self.book, facts)
        self.present = _present(self.values)
        self.context = cel.Context(self.present, FUNCTIONS)
        self.found: list[tuple[Finding, bool]] = []
        self.skipped: list[tuple[str, str, tuple[str, ...]]] = []

    def whole_report(self) -> None:
        sound = self.book.hold(self.context, self.present)
        for program in self.book.others if sound else self.book.programs:
            for field in program.rule.each:
                x, before = self.values.get(field), self.values.get(PREVIOUS + field)
                own: Values = {X: x, PREVIOUS + X: before}
                self.context.update(_present(own))
                self.apply(program, self.values | own, Place(field=field))
            if not (program.rule.each or program.rule.row):
                self.apply(program, self.values, _WHOLE)

    def rows(self, name: str) -> None:
        chosen = [program for program in self.book.programs if program.rule.row == name]
        rows = self.facts.content.lists.get(name)
        if rows is None:
            self.skipped += [(program.code, NULL_OPERAND, (name,)) for program in chosen]
            return
        previous = self.facts.previous
        before = (previous.lists.get(name) if previous else None) or ()
        for key, values in row_values(self.template.lists[name], rows, before):
            self.context.update(_present(values))
            known, place = self.values | values, Place(list=name, row_key=key)
            for program in chosen:
                self.apply(program, known, place)

    def apply(self, program: Program, values: Values, place: Place) -> None:
        result = program.apply(self.context, values)
        if result is Result.SKIPPED:
            missing = program.missing(values)
            self.skipped.append((program.code, self.reason(missing, values), missing))
        elif result is Result.FAILED:
            self.found.append((failed(self.template, program, place), True))
        elif result is Result.BROKEN:
            finding = broken(self.template, program, place, values, self.facts)
            self.found.append((finding, is_explained(program.rule, finding)))

    def reason(self, missing: tuple[str, ...], values: Values) -> str:
        """Why these names have no value."""
        if not all(name.startswith(PREVIOUS) for name in missing):
            return NULL_OPERAND
        if self.facts.previous is None:
            return NO_PREVIOUS
        return NULL_OPERAND if missing[0] in values else NEW_ROW


def _present(values: Values) -> dict[str, int | str | bool]:
    return {name: value for name, value in values.items() if value is not None}
