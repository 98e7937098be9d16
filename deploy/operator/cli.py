"""Asks a service, and shows what it answers."""

import argparse
import json
import os
import sys
from typing import Any

import httpx

from deploy.local.issuer import Issuer
from deploy.local.layout import Layout
from deploy.operator import verify
from deploy.operator.arguments import parser
from deploy.operator.requests import Request

PATIENCE_SECONDS = 300.0
"""Ten thousand letters are replayed in one request."""


def main() -> int:
    """Ask once; 1 when the service refuses or is away."""
    given = parser().parse_args()
    layout = Layout(given.data.resolve(), given.offset)
    try:
        if given.request is None:
            return verify.all_services(layout, given.noted)
        return ask(given.request(given), given, layout)
    except httpx.HTTPError as error:
        print(f"operator: {error.request.url} does not answer: {error}", file=sys.stderr)
    except (OSError, ValueError) as error:
        print(f"operator: {error}", file=sys.stderr)
    return 1


def ask(request: Request, given: argparse.Namespace, layout: Layout) -> int:
    """Send the request as an operator, and show the answer."""
    token = os.environ.get("WARDLINE_TOKEN") or Issuer(layout.data).sign("operator")
    answer = httpx.request(
        request.method,
        (given.url or layout.service_url(given.service)) + request.path,
        params=request.query,
        json=request.body,
        headers={"Authorization": f"Bearer {token}", "Accept-Language": given.language},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    )
    said = answer.json()
    if answer.is_error:
        print(f"operator: {said['detail']}", file=sys.stderr)
        print(json.dumps(said, ensure_ascii=False, indent=2), file=sys.stderr)
        return 1
    if request.columns:
        show_list(said, request.columns, given.language)
    else:
        print(json.dumps(said, ensure_ascii=False, indent=2))
    return 0


def show_list(page: dict[str, Any], columns: tuple[str, ...], language: str) -> None:
    """One line for each item."""
    print("\t".join(columns))
    for item in page["items"]:
        print("\t".join(cell(item[column], language) for column in columns))
    if page["next"]:
        print(f"more: --cursor {page['next']}", file=sys.stderr)


def cell(value: Any, language: str) -> str:  # noqa: ANN401 - any JSON
    """A value in one line; a cause as its code and its words."""
    if isinstance(value, dict):
        if "message" in value:
            return f"{value['code']}: {value['message'][language]}"
        return json.dumps(value, ensure_ascii=False)
    return "–" if value is None else str(value)
