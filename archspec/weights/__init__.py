"""Weights from files, and what of them fits a network; knows nothing of torch.

Nothing is imported here: a spec without renames, which is checked in milliseconds, needs nothing of it.
"""
