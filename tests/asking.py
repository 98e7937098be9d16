"""Calling the probe over HTTP, and what a problem must look like."""

from datetime import timedelta
from typing import Any

import httpx

from deploy.local.issuer import Issuer


def as_(role: str, issuer: Issuer, *wards: str, lasting: float = 60) -> dict[str, str]:
    """The header of a caller with this role, for so many seconds."""
    token = issuer.sign(role, wards, lifetime=timedelta(seconds=lasting))
    return {"Authorization": f"Bearer {token}"}


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The members of a problem of this kind, which the answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"/problems/{slug}", status)
    assert body["request_id"] == answer.headers["x-request-id"]
    return body
