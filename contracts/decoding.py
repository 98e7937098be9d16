"""Reads events fast: with msgspec, by types that are made from the pydantic models.

What msgspec takes, pydantic takes too and makes the same of. Whatever it refuses, skips or
would read otherwise is read by pydantic, which has the last word and says what is wrong.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, Strict
from pydantic.fields import FieldInfo

from contracts.event import Contract, Event

C = TypeVar("C", bound=Contract)
E = TypeVar("E", bound=Event)
Make = Callable[[Any], Any]

AWARE: Final[Any] = Annotated[datetime, msgspec.Meta(tz=True)]
ALIKE: Final[dict[Any, Any]] = {
    str: str,
    int: int,
    bool: bool,
    NoneType: None,
    UUID: UUID,
    date: date,
    AwareDatetime: AWARE,
}
"""What msgspec reads a type by: it takes fewer writings of a value than pydantic, no others."""
CONTAINERS: Final = (dict, tuple, Union, UnionType)
ROUNDED: Final = re.compile(rb"\.[0-9]{7}")
"""More than microseconds, which msgspec rounds and pydantic cuts off."""
BACKSLASH, ESCAPED = b"\\", b"\\u"
"""Behind the second anything may hide; the first is found faster."""
PUT_PARTS, PUT_NAMES, PUT_EXTRA, PUT_PRIVATE = (
    vars(BaseModel)[slot].__set__ for slot in BaseModel.__slots__
)
"""What a pydantic model is made of."""


class Inexpressible(TypeError):
    """Only pydantic can read such a type."""


def read(kind: type[E], data: bytes) -> E:
    """The event that a record's JSON holds; every field of it is said to be set.

    Raises:
        ValidationError: pydantic's, when it is none.
    """
    decode = decoder(kind)
    if decode and not _is_odd(data):
        try:
            return cast("E", decode(data))
        except (ValueError, RecursionError):
            pass  # pydantic says what is wrong, if anything is
    return kind.model_validate_json(data)


def _is_odd(data: bytes) -> bool:
    """Whether msgspec could read something otherwise."""
    return (BACKSLASH in data and ESCAPED in data) or ROUNDED.search(data) is not None


@cache
def decoder(kind: type[C]) -> Callable[[bytes], C] | None:
    """What reads such a model by msgspec; None where that cannot express it."""
    try:
        decode = msgspec.json.Decoder(_mirror(kind)).decode
    except TypeError:
        return None
    make = _maker(kind)
    return lambda data: make(decode(data))


def _mirror(annotation: Any) -> Any:  # noqa: ANN401 - any type
    """The type by which msgspec reads what pydantic reads by this one."""
    if annotation in ALIKE:
        return ALIKE[annotation]
    if _is_contract(annotation):
        return _struct(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _constrained(_mirror(arguments[0]), arguments[1:])
    if origin not in CONTAINERS:
        raise Inexpressible(annotation)
    return (Union if origin is UnionType else origin)[
        tuple(each if each is Ellipsis else _mirror(each) for each in arguments)
    ]


def _struct(kind: type[Contract]) -> type[msgspec.Struct]:
    """Fields that it does not know are refused: what msgspec skips it does not check."""
    decorators = kind.__pydantic_decorators__
    if decorators.model_validators or decorators.field_validators or decorators.validators:
        raise Inexpressible(kind)
    fields = [(name, *_field(field)) for name, field in kind.model_fields.items()]
    return msgspec.defstruct(
        kind.__name__, fields, kw_only=True, forbid_unknown_fields=True, gc=False
    )


def _field(field: FieldInfo) -> tuple[Any, ...]:
    """A field's type and, where it has one, its default."""
    if field.alias or field.validation_alias or field.default_factory:
        raise Inexpressible(field)
    read_as = _constrained(_mirror(field.annotation), tuple(field.metadata))
    return (read_as,) if field.is_required() else (read_as, field.default)


def _constrained(read_as: Any, constraints: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any type
    for constraint in constraints:
        least = getattr(constraint, "ge", None)
        if least is not None:
            read_as = Annotated[read_as, msgspec.Meta(ge=least)]
        elif pattern := getattr(constraint, "pattern", None):
            read_as = Annotated[read_as, msgspec.Meta(pattern=_whole(pattern))]
        elif not isinstance(constraint, Strict):
            raise Inexpressible(constraint)
    return read_as


def _whole(pattern: str) -> str:
    """A pattern of plain classes as Python's, in which ``$`` also stands before a line's end."""
    if not re.fullmatch(r"\^[][A-Z0-9a-z{},-]+\$", pattern):
        raise Inexpressible(pattern)
    return pattern.removesuffix("$") + r"\Z"


def _maker(annotation: Any) -> Make:  # noqa: ANN401 - any type
    """What makes a value for pydantic of what msgspec read."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if _is_contract(annotation):
        return _model_maker(annotation)
    if not _holds_contract(annotation):
        return _as_it_is
    made = [_maker(each) for each in arguments if _holds_contract(each)]
    if len(made) > 1:
        raise Inexpressible(annotation)
    (make,) = made
    if origin is dict:
        return lambda read: {name: make(part) for name, part in read.items()}
    if origin is tuple:
        return lambda read: tuple(map(make, read))
    return make


def _model_maker(kind: type[C]) -> Callable[[Any], C]:
    """What makes the model of its checked parts, without checking them again."""
    annotations = {name: field.annotation for name, field in kind.model_fields.items()}
    nested = [(name, _maker(each)) for name, each in annotations.items() if _holds_contract(each)]
    parts_of = msgspec.structs.asdict
    assemble: Callable[[dict[str, Any]], C] = assembler(kind)

    def make(read: Any) -> C:  # noqa: ANN401 - the struct of the model
        if isinstance(read, kind):
            return read  # a default
        parts = parts_of(read)
        for name, make_part in nested:
            if part := parts[name]:
                parts[name] = make_part(part)
        return assemble(parts)

    return make


@cache
def assembler(kind: type[C]) -> Callable[[dict[str, Any]], C]:
    """What makes such a model of all its parts, each checked before, without a look at them."""
    names, new = set(kind.model_fields), object.__new__

    def assemble(parts: dict[str, Any]) -> C:
        model = new(kind)
        PUT_PARTS(model, parts)
        PUT_NAMES(model, names)
        PUT_EXTRA(model, None)
        PUT_PRIVATE(model, None)
        return model

    return assemble


def _is_contract(annotation: Any) -> bool:  # noqa: ANN401 - any type
    return isinstance(annotation, type) and issubclass(annotation, Contract)


def _holds_contract(annotation: Any) -> bool:  # noqa: ANN401 - any type
    return _is_contract(annotation) or any(map(_holds_contract, get_args(annotation)))


def _as_it_is(read: Any) -> Any:  # noqa: ANN401 - any value
    return read
