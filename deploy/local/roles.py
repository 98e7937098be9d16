"""Roles and schemas on the local PostgreSQL: the same roles.sql that production runs."""

from pathlib import Path

from deploy.local.postgres import Postgres

ROLES = Path(__file__).parents[1] / "postgres" / "roles.sql"


def apply(postgres: Postgres, database: str = "wardline") -> None:
    """Make the database, the schemas and the roles, or bring them up to date."""
    postgres.psql("-f", ROLES, variables={"database": database})
