"""`archspec schema`: the JSON Schema of specs, and a check against it."""
