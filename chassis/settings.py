"""What a service reads from its environment: ``WARDLINE_…``, checked at start."""

import os
from typing import Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "WARDLINE_"
TEST_PREFIX = "WARDLINE_TEST_"


class ServiceSettings(BaseSettings):
    """What every service needs; a service adds its own in a subclass."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    """Where HTTP listens; 0 takes a free port."""
    public_url: str = "http://127.0.0.1:8000"
    """Where others reach this service: the base of schema addresses."""
    version: str = "dev"
    """Of the code that runs, as the build names it."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """``auto`` is for people on a terminal and JSON everywhere else."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    database_url: str = ""
    """``postgresql+asyncpg://…`` as the role that may only read and write rows; empty: none."""
    owner_url: str = ""
    """The same database as its owner; only migrations and maintenance use it."""
    pool_size: int = Field(default=10, ge=1, le=200)
    """Connections to the database at most."""
    pool_timeout: float = Field(default=3.0, gt=0)
    """Seconds a request waits for a connection before it is told to come back."""

    jobs: bool = True
    """Whether this replica takes part in the periodic jobs."""

    kafka_bootstrap: str = ""
    """``host:port,…``; empty: this service neither hears nor tells."""

    jwt_issuer: str = ""
    jwt_audience: str = "wardline"
    jwks: str = ""
    """Address or file of the issuer's public keys."""

    requests_per_second: float = Field(default=50, ge=0)
    """What one person may ask of one replica, and twice as much at once; 0: no limit."""
    system_requests_per_second: float = Field(default=1_000, ge=0)
    """The same for each caller with the role ``system``."""
    refused_tokens_per_second: float = Field(default=20, ge=0)
    """Requests from one address that are told 401, and five times as many at once; then 429."""


S = TypeVar("S", bound=ServiceSettings)


class SettingsError(SystemExit):
    """The environment does not describe a service that can run."""


def load(kind: type[S]) -> S:
    """Read the environment; raises `SettingsError` naming each variable that is wrong."""
    known = {PREFIX + name.upper() for name in kind.model_fields}
    wrong = [
        f"{name}: no such setting"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known
    ]
    try:
        settings = kind()
    except ValidationError as error:
        wrong += [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(wrong)) from error
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings
