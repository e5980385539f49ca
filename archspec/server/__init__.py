"""The Language Server Protocol over what `archspec.editor` knows; positions and messages are converted here alone."""
