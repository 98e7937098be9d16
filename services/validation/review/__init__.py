"""Capability: the judge. Rules and reviewers decide here; nobody else changes a state."""
