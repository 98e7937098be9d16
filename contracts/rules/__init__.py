"""The language of a template's rules: checks in CEL over flat names, pure and exact.

A rule *holds* for a sound report. What it may name:

- in a report rule: every field, every derived figure made by ``sum``, ``count`` or
  ``distinct``, the same with ``prev_`` (the counted report of the period before),
  ``first_of_year`` and ``correction`` (an approved version of this report exists);
- with ``each`` also ``x`` and ``prev_x``; in a ``row`` rule also the row's columns, their
  ``prev_`` (the row of the same key), and ``first_<column>`` for a column that is
  ``once_per`` another: the value of the first row of the same group;
- ``abs(int)`` and ``chars(text)``: characters where CEL's ``size`` counts bytes.

Money is an int64 in *nghìn đồng* (value × 1000), a percentage one in hundredths, a date an
ISO string, an enum or a text a string, a flag a bool: nothing is ever a double. Macros
(``all``, ``exists`` …) are not part of the language.
"""

from contracts.rules.check import faults
from contracts.rules.derived import derived_values
from contracts.rules.evaluate import evaluate
from contracts.rules.outcome import NOTHING_FOUND, Outcome, Skipped
from contracts.rules.rulebook import rulebook
from contracts.rules.values import Facts

__all__ = [
    "NOTHING_FOUND",
    "Facts",
    "Outcome",
    "Skipped",
    "derived_values",
    "evaluate",
    "faults",
    "rulebook",
]
