"""The rules of a template version made ready: compiled, and what they use of a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cel

from contracts.rules.names import PREVIOUS, Bound
from contracts.rules.program import Program, RuleError, truth
from contracts.template import Derived, Field, Template


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All rules of a template, in its order."""

    template: Template
    programs: tuple[Program, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the rules use; what is not among them need not be looked up."""
        return frozenset(name for program in self.programs for name in program.names)

    @cached_property
    def looks_back(self) -> bool:
        """Whether any rule compares with the period before, or tells of it."""
        return any(name.startswith(PREVIOUS) for name in self.names)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Those of the report's fields that the rules use, of this period or the one before."""
        return {name: field for name, field in self.template.fields.items() if self._uses(name)}

    @cached_property
    def figures(self) -> Mapping[str, Derived]:
        """Those of the derived figures that the rules use; ratios stand only in messages."""
        made = self.template.derived.items()
        return {name: by for name, by in made if by.ratio is None and self._uses(name)}

    @cached_property
    def others(self) -> tuple[Program, ...]:
        """The rules that `hold` says nothing about."""
        return tuple(program for program in self.programs if program not in self._joined)

    def hold(self, context: cel.Context, present: Mapping[str, Bound]) -> bool:
        """Whether all rules on the report as it stands alone hold, asked as one condition.

        Most reports are sound. False says only that the rules must be asked one by one.
        """
        if self._joint is None or not present.keys() >= self._operands:
            return False
        try:
            return truth(self._joint, context)
        except RuleError:
            return False

    def _uses(self, name: str) -> bool:
        return name in self.names or PREVIOUS + name in self.names

    @cached_property
    def _joined(self) -> tuple[Program, ...]:
        return tuple(
            program
            for program in self.programs
            if program.check
            and not (program.rule.each or program.rule.row)
            and not any(name.startswith(PREVIOUS) for name in program.names)
        )

    @cached_property
    def _operands(self) -> frozenset[str]:
        return frozenset(
            name for program in self._joined for name in (*program.operands, *program.conditions)
        )

    @cached_property
    def _joint(self) -> cel.Program | None:
        """True where each check is; an error or another type in any makes it an error."""
        return cel.compile(" && ".join(map(_sound, self._joined))) if self._joined else None


def _sound(program: Program) -> str:
    # A check may end in a comment, which the line break ends.
    check, when = (f"({text}\n)" for text in (program.rule.check, program.rule.when or "true"))
    return f"({when} ? {check} : true)"


_known: dict[tuple[str, int], Rulebook] = {}


def rulebook(template: Template) -> Rulebook:
    """The rules of a template version, compiled at first use."""
    known = _known.get((template.code, template.version))
    if known and (known.template is template or known.template == template):
        return known
    programs = tuple(Program.of(code, rule) for code, rule in template.rules.items())
    _known[template.code, template.version] = made = Rulebook(template, programs)
    return made
