"""The whole line on one machine, with what pip brings: PostgreSQL, Apache Kafka, the services, a mail catcher."""
