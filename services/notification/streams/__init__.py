"""Server-sent events: one tail of a table, many readers, exact resumption."""
