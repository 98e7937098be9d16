"""Every kind of fault there is."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tests.chaos.nemesis.fault import Fault


def everything() -> tuple[Fault, ...]:
    """The faults that the modules beside this one declare, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    modules = [import_module(f"tests.chaos.nemesis.{name}") for name in names]
    return tuple(fault for module in modules for fault in getattr(module, "FAULTS", ()))


def only(kinds: str) -> tuple[Fault, ...]:
    """Those of these kinds, which are separated by commas; all of them when nothing is asked for.

    What is asked for by name comes in a short run as well.
    Raises LookupError for a kind that does not exist.
    """
    wanted = [kind for kind in kinds.split(",") if kind]
    known = {fault.kind: fault for fault in everything()}
    if missing := [kind for kind in wanted if kind not in known]:
        raise LookupError(f"no such fault: {', '.join(missing)}; there are {', '.join(known)}")
    named = tuple(replace(known[kind], long_only=False) for kind in wanted)
    return named or tuple(known.values())
