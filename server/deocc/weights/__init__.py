"""The networks' weights: a pinned table, fetching them, the folder they lie in, and reading them strictly."""
