"""Where everything lies: a plan with the sizes of its boxes becomes a block, with its ways in and out."""

from __future__ import annotations
