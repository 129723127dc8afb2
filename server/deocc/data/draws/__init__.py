"""Occluded training pictures drawn from views: occluders, clumsy masks, noise; a new one at every draw."""
