"""Kafka's topics, as declared in topics.yaml."""
