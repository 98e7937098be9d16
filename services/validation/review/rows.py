"""Many rows in one statement: they go as one JSON text and come back under their columns' names."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic_core import to_json
from sqlalchemy import TextClause, text


def insertion(table: str, columns: Sequence[str], conflict: str = "") -> TextClause:
    """Inserts ``:rows``; a column that a later migration adds keeps its default."""
    names = ", ".join(columns)
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 - names are constants
        f"FROM json_populate_recordset(NULL::{table}, CAST(:rows AS json)) {conflict}"
    )


def packed(rows: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """The parameter of such a statement."""
    return {"rows": to_json(list(rows)).decode()}
