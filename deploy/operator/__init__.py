"""An operator's command line: it asks the services' HTTP APIs, and has no logic of its own."""
