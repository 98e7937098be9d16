"""Capability: what a template's rules say about a report, before and after it is sent."""
