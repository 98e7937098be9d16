"""One rule of a template, compiled."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any, Self

import cel

from contracts.rules.names import Bound
from contracts.template import Rule

FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "chars": len}
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What the CEL package raises from an evaluation or from parsing."""


class Result(Enum):
    """How a rule ended at one place of a report."""

    HOLDS = auto()
    BROKEN = auto()
    SKIPPED = auto()
    FAILED = auto()


class RuleError(ValueError):
    """The rule could not be evaluated to true or false."""


@dataclass(frozen=True)
class Program:
    """One compiled rule; ``check`` is null when it does not even parse."""

    code: str
    rule: Rule
    check: cel.Program | None
    when: cel.Program | None

    @classmethod
    def of(cls, code: str, rule: Rule) -> Self:
        """Compile a rule; one that does not parse fails each time it is applied."""
        try:
            when = cel.compile(rule.when) if rule.when else None
            return cls(code, rule, cel.compile(rule.check), when)
        except _FAULTS:
            return cls(code, rule, None, None)

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The names in the check."""
        return tuple(self.check.variables()) if self.check else ()

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The names in ``when``."""
        return tuple(self.when.variables()) if self.when else ()

    @cached_property
    def said(self) -> frozenset[str]:
        """The parameters of the messages."""
        return frozenset(PLACEHOLDER.findall(self.rule.vi + self.rule.en))

    @cached_property
    def names(self) -> frozenset[str]:
        """All names whose values it uses: in its conditions, or in what it says."""
        needed = (self.rule.needs.field,) if self.rule.needs else ()
        return self.said.union(self.operands, self.conditions, self.rule.each, needed)

    def apply(self, context: cel.Context, values: Mapping[str, Bound | None]) -> Result:
        """Evaluate at one place; ``context`` holds those ``values`` that are not null."""
        try:
            if self.when:
                if self._lacks(self.conditions, values):
                    return Result.SKIPPED
                if not truth(self.when, context):
                    return Result.HOLDS
            if self._lacks(self.operands, values):
                return Result.SKIPPED
            return Result.HOLDS if truth(self.check, context) else Result.BROKEN
        except RuleError:
            return Result.FAILED

    def missing(self, values: Mapping[str, Bound | None]) -> tuple[str, ...]:
        """The operands without a value, in the order of their names."""
        names = {*self.operands, *self.conditions}
        return tuple(sorted(name for name in names if values.get(name) is None))

    @staticmethod
    def _lacks(names: tuple[str, ...], values: Mapping[str, Bound | None]) -> bool:
        return any(values.get(name) is None for name in names)


def truth(program: cel.Program | None, context: cel.Context) -> bool:
    """What a condition evaluates to.

    Raises:
        RuleError: when that is neither true nor false, or an error.
    """
    try:
        answer = program.execute(context) if program else None
    except _FAULTS as fault:
        raise RuleError(str(fault)) from fault
    if not isinstance(answer, bool):
        raise RuleError(f"is not a condition: {answer!r}")
    return answer
