"""Other systems that do the same roll-up; each runs in a venv or on a JVM of its own."""
