"""Unoccluded views of bodies: front and back depth and colour, light and camera drawn; kept in shards."""
