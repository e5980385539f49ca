"""The settings of a project: where they stand, what they say, and what then holds for a file."""

from archspec.settings.projects import COMMAND_LINE, DEFAULTS, Held, Projects, Settings

__all__ = ["COMMAND_LINE", "DEFAULTS", "Held", "Projects", "Settings"]
