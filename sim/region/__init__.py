"""A region that people live in: tables of a city, and one city that is drawn from them."""
