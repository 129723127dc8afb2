"""Weights brought onto this machine: the installer, the server's fetches with their routes, the command.

Above the backends, which prepare what was fetched; `deocc.weights` below them knows no backend.
"""
