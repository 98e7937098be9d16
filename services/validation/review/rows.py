"""Many rows in one statement: each column goes as one array, in the form the server keeps."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Column, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # so SQLAlchemy has it


class Rows:
    """Rows of some columns of a table; a column that a later migration adds keeps its default."""

    def __init__(self, table: str, names: Sequence[str]) -> None:
        """``table`` as the models name it: with its schema."""
        columns = SQLModel.metadata.tables[table].columns
        self._table = table.rpartition(".")[2]
        self._names = tuple(names)
        self._json = frozenset(name for name in names if isinstance(columns[name].type, JSONB))
        arrays = ", ".join(f"CAST(:{name} AS {_type(columns[name])}[])" for name in names)
        self.source = f"unnest({arrays})"
        """The rows as SQL has them in FROM, their columns in the order given."""

    def insertion(self, conflict: str = "") -> TextClause:
        """Inserts the rows."""
        names = ", ".join(self._names)
        return text(
            f"INSERT INTO {self._table} ({names}) SELECT * FROM {self.source} {conflict}"  # noqa: S608 - names are constants
        )

    def packed(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """The parameters of a statement about these rows."""
        listed = list(rows)
        packed = {name: [row[name] for row in listed] for name in self._names}
        for name in self._json:
            packed[name] = [_written(value) for value in packed[name]]
        return packed


def _type(column: Column[Any]) -> str:
    return column.type.compile(_DIALECT)


def _written(value: object) -> str | None:
    return None if value is None else to_json(value).decode()
