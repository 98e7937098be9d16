"""Tells people what happened to their reports: in the app, live, and by e-mail."""
