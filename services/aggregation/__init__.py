"""Turns what counts into figures of the city, with who stands behind each of them."""
