"""Who stands behind a figure, and why it changed."""
