"""The screens: each asks the one feed, and turns keys into workers that speak to the engine."""
