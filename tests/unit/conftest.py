"""The probe without a database, and callers of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from chassis.service import create_app
from chassis.settings import ServiceSettings
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from tests.asking import as_
from tests.probe import SERVICE


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    """The probe as an application."""
    settings = ServiceSettings(jwks=str(issuer.jwks), jwt_issuer=ISSUER, jwt_audience=AUDIENCE)
    return create_app(SERVICE, settings)


@pytest.fixture
async def anyone(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without a token."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        yield client


@pytest.fixture
def officer(anyone: httpx.AsyncClient, issuer: Issuer) -> httpx.AsyncClient:
    """An officer of ward 26536."""
    anyone.headers.update(as_("ward_officer", issuer, "26536"))
    return anyone
