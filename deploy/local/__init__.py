"""The whole line on one machine, by pip alone: PostgreSQL, Kafka, services, a mail catcher."""
