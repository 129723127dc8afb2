"""The figures by which results are compared with the truth, one family a module."""
