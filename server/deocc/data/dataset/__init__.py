"""`deocc data`: a folder of views in shards, planned, built, counted and described."""
