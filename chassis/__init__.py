"""What every service stands on: the bus, the database, HTTP, and a life that ends well."""
