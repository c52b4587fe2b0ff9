"""`peakcharge why`: what one driver saw, decided and got, and why."""
