"""The figures of the city, as people and other systems read them."""
