"""Writes what is generated from the contracts, or with ``--check`` says what is stale.

``make schemas`` writes; ``--release`` also takes today's schemas and templates as those
that later changes must not break.
"""

import argparse
import json
import sys
from pathlib import Path

import yaml

from contracts.asyncapi import document
from contracts.compatibility import schema_breaks, template_breaks
from contracts.registry import EVENTS
from contracts.schemas import Schema, file_name, schema
from contracts.template import Template

HERE = Path(__file__).parent
ROOT = HERE.parent
TOPICS = ROOT / "deploy" / "kafka" / "topics.yaml"
TEMPLATES = ROOT / "services" / "submission" / "catalogue" / "templates"
RELEASED_EVENTS = HERE / "released" / "events.json"
RELEASED_TEMPLATES = HERE / "released" / "templates.json"


def main() -> int:
    """Write or check; the exit code is 1 when something is stale or broken."""
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if stale")
    parser.add_argument("--release", action="store_true", help="protect what stands today")
    options = parser.parse_args()
    broken = breaks()
    for sentence in broken:
        print(f"breaks readers: {sentence}", file=sys.stderr)  # noqa: T201 - a command
    if broken:
        return 1
    wanted = generated() | (released() if options.release else {})
    stale = [path for path, text in wanted.items() if _read(path) != text]
    for path in stale:
        if options.check:
            print(f"stale: {path.relative_to(ROOT)}; run `make schemas`", file=sys.stderr)  # noqa: T201
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(stale) and options.check)


def generated() -> dict[Path, str]:
    """Every generated file and what should stand in it."""
    files = {HERE / "schemas" / file_name(event): _json(schema(event)) for event in EVENTS}
    topics = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    files[HERE / "asyncapi.yaml"] = yaml.safe_dump(
        document(topics), sort_keys=False, allow_unicode=True, width=100
    )
    return files


def released() -> dict[Path, str]:
    """The schemas and templates of today, as the next change will be held against them."""
    schemas = {event.type: schema(event) for event in EVENTS}
    templates = {
        f"{template.code}/{template.version}": template.model_dump(
            mode="json", include={"code", "version", "fields", "lists", "derived"} | _REQUIRED
        )
        for template in templates_on_file()
    }
    return {RELEASED_EVENTS: _json(schemas), RELEASED_TEMPLATES: _json(templates)}


_REQUIRED = {name for name, field in Template.model_fields.items() if field.is_required()}


def breaks() -> list[str]:
    """What today's schemas and templates would break of what was released."""
    now = {event.type: schema(event) for event in EVENTS}
    sentences = []
    for name, old in _load(RELEASED_EVENTS).items():
        found = schema_breaks(old, now[name]) if name in now else ["the type is gone"]
        sentences += [f"{name} {sentence}" for sentence in found]
    today = {(t.code, t.version): t for t in templates_on_file()}
    for released_template in map(Template.model_validate, _load(RELEASED_TEMPLATES).values()):
        new = today.get((released_template.code, released_template.version))
        if new is not None:
            sentences += template_breaks(released_template, new)
    return sentences


def templates_on_file() -> list[Template]:
    """The templates that ship with the submission service."""
    files = sorted(TEMPLATES.glob("*.yaml"))
    return [
        Template.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files
    ]


def _load(path: Path) -> dict[str, Schema]:
    return dict(json.loads(_read(path) or "{}"))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
