"""A month of the city's reports, made up and marked so, played through the public HTTP API."""
