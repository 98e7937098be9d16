"""E-mail: what is to be sent, and sending it over SMTP."""
