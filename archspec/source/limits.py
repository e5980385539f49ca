"""What a spec may cost to read. Real specs stay far below every limit; hostile input meets one at once."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.diagnostics.collector import MOST

# Of a spec and all that it extends and includes. One MiB is some 15,000 lines; the largest published architectures
# written out layer by layer take a tenth of it.
TEXT_BYTES = 2**20

# Scalars, lists, mappings and keys, after aliases are expanded, of all files of a spec together. One takes some 300
# bytes and 4 microseconds (20 without libyaml), so that reading ends within half a second and 50 MB. A walk over the
# tree meets shared subtrees again and again: it is the expanded number that bounds it.
NODES = 100_000

# Lists and mappings inside each other, aliases expanded. A network of ten nested combinators comes to about thirty.
# The limit makes recursive walks over the tree safe, and ends reading before the scanner's own quadratic cost of
# unclosed brackets shows.
DEPTH = 64

# Characters of a key. Keys become attribute names and parts of messages.
KEY_LENGTH = 256

# Characters of any other scalar; a description may be a page, and no more needs to be told.
SCALAR_LENGTH = 65_536

# Characters of a number. Python converts digits to integers in quadratic time, and refuses more than 4,300 of them.
NUMBER_LENGTH = 100

# Files of a spec, and how many of them extend or include one another in a row. Each takes the time to open it, and
# again where a folder is checked that holds them all.
FILES = 100
FILES_DEEP = 16

# Findings of one file, after which reading ends; rendering more would cost more than reading.
FINDINGS = MOST


@dataclass(slots=True)
class Taken:
    """What the files of one spec have taken of its limits so far."""

    bytes: int = 0
    values: int = 0
