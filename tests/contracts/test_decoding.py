"""The fast way to read an event agrees with its pydantic model on all bytes there may be."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts import decoding
from contracts.asyncapi import example
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.decisions import ReportReturned
from contracts.event import Event
from contracts.figures import CityFiguresChanged
from contracts.registry import EVENTS
from contracts.reports import ReportSubmitted

Path = tuple[Any, ...]
FAST = [kind for kind in EVENTS if decoding.decoder(kind)]
GOLDEN = {kind: example(kind)["data"] for kind in FAST}
INSTANTS = [
    "2026-01-01T00:00:00.1234567Z",
    "2026-01-01T00:00:00.1234565Z",
    "9999-12-31T23:59:59.9999999Z",
    "2026-01-01 00:00:00z",
    "2026-01-01t00:00:00.5+23:59",
    "2026-01-01T00:00:00-00:00",
    "0001-01-01T00:00:00+07:00",
    "9999-12-31T23:59:59-07:00",
    "2026-01-01T00:00:60Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+0700",
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "0000-01-01",
    "1767225600",
]
IDENTITIES = [
    "019a8a5e00007000800000000000000A",
    "{019a8a5e-0000-7000-8000-00000000000a}",
    "urn:uuid:019a8a5e-0000-7000-8000-00000000000a",
    "00000000-0000-0000-0000-000000000000",
]
TEXTS = ["", "26887\n", "2688７", "26887", "\x00", "\ud800", "1.0", "5", "true", "ế" * 20]
NUMBERS = [0, -1, 1, 2**31, 2**63, 2**64, 10**30, 1.0, 1.5, -0.0, 1e30, float("nan"), float("inf")]
DEEP: Any = "bottom"
for _ in range(210):
    DEEP = [DEEP]
ODD = st.one_of(
    st.sampled_from([*INSTANTS, *IDENTITIES, *TEXTS, *NUMBERS, True, False, None, [], {}, DEEP]),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
)


def places(part: object, *at: object) -> list[Path]:
    """The path of everything in a document."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(part, dict):
        inner = list(part.items())
    elif isinstance(part, list):
        inner = list(enumerate(part))
    below = [place for name, each in inner for place in places(each, *at, name)]
    return [at, *below] if at else below


@st.composite
def documents(draw: st.DrawFn) -> tuple[type[Event], bytes]:
    """An event in which some parts are others, are left out, or are unknown."""
    kind = draw(st.sampled_from(FAST))
    whole = deepcopy(GOLDEN[kind])
    for _ in range(draw(st.integers(0, 3))):
        *path, name = draw(st.sampled_from(places(whole)))
        part = whole
        for step in path:
            part = part[step]
        act = draw(st.sampled_from(["change", "change", "leave out", "add"]))
        if act == "leave out":
            del part[name]
        elif act == "add" and isinstance(part, dict):
            part[draw(st.sampled_from(["more", "content", "note", "\ud800"]))] = deepcopy(draw(ODD))
        else:
            part[name] = deepcopy(draw(ODD))
        if not places(whole):
            break
    text = json.dumps(whole, ensure_ascii=draw(st.booleans()))
    return kind, text.encode(errors="surrogatepass")


@st.composite
def hostile(draw: st.DrawFn) -> tuple[type[Event], bytes]:
    """Bytes that were an event until some of them were changed, lost or doubled."""
    kind, data = draw(documents())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        end = at + draw(st.integers(0, 3))
        data = (
            data[:at]
            + draw(st.one_of(st.binary(max_size=3), st.just(data[at : at + 9])))
            + data[end:]
        )
    return kind, data


def outcome(read: Callable[[], Event]) -> object:
    """What is read, and as what it would be told again; or what is wrong with it."""
    try:
        event = read()
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return event, event.model_dump_json(), type(event)


def agree(kind: type[Event], data: bytes) -> None:
    ours = outcome(lambda: decoding.read(kind, data))
    assert ours == outcome(lambda: kind.model_validate_json(data))


@given(documents())
@settings(max_examples=300)
def test_any_document_is_read_as_by_pydantic(told: tuple[type[Event], bytes]) -> None:
    agree(*told)


@given(hostile())
@settings(max_examples=300)
def test_any_bytes_are_read_as_by_pydantic(told: tuple[type[Event], bytes]) -> None:
    agree(*told)


@pytest.mark.parametrize("odd", [*INSTANTS, *IDENTITIES, *TEXTS, *NUMBERS, None, True], ids=repr)
@pytest.mark.parametrize("kind", [WardDefined, ReportSubmitted, ReportReturned])
def test_odd_values_are_read_as_by_pydantic_wherever_they_stand(
    kind: type[Event], odd: object
) -> None:
    for *path, name in places(GOLDEN[kind]):
        whole = deepcopy(GOLDEN[kind])
        part = whole
        for step in path:
            part = part[step]
        part[name] = odd
        agree(kind, json.dumps(whole).encode())
        agree(kind, json.dumps(whole, ensure_ascii=False).encode(errors="surrogatepass"))


def test_every_event_is_read_fast_but_the_few_with_rules_of_their_own() -> None:
    assert set(EVENTS) - set(FAST) == {TemplatePublished, CityFiguresChanged}


@pytest.mark.parametrize("kind", FAST)
def test_what_our_services_tell_takes_the_fast_way(kind: type[Event]) -> None:
    told = kind.model_validate(GOLDEN[kind]).model_dump_json().encode()
    decode = decoding.decoder(kind)
    assert decode
    assert decode(told) == kind.model_validate_json(told)


def test_what_is_read_can_be_copied_and_changed_by_copy_only() -> None:
    read = decoding.read(ReportReturned, json.dumps(GOLDEN[ReportReturned]).encode())
    other = read.model_copy(update={"note": "other"})
    assert (other.note, other.content) == ("other", read.content)
    assert read != other
    with pytest.raises(ValidationError):
        read.note = "other"  # type: ignore[misc]


def test_a_new_field_of_a_later_writer_is_ignored() -> None:
    kind = ReportReturned
    later = GOLDEN[kind] | {"later": {"field": [1, 2]}}
    assert decoding.read(kind, json.dumps(later).encode()) == kind.model_validate(GOLDEN[kind])
