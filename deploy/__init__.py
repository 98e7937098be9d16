"""Putting the line on machines: the local stack, containers, roles, topics, monitoring."""
