"""Every bound that a user can meet. Real specs stay far below each of them; hostile input meets one at once."""

# Text

TEXT_BYTES = 2**20
"""Of a spec and all that it extends and includes: some 15,000 lines; the largest published architectures written out
layer by layer take a tenth of it."""
VALUES = 100_000
"""Scalars, lists, mappings and keys of all files of a spec together, after aliases are expanded: a walk over the tree
meets shared subtrees again and again. One takes some 300 bytes and 4 microseconds (20 without libyaml), so that reading
ends within half a second and 50 MB."""
NESTING = 64
"""Lists and mappings inside each other, aliases expanded: a network of ten nested combinators comes to about thirty.
It makes recursive walks over the tree safe, and ends reading before the scanner's own quadratic cost of unclosed
brackets shows."""
KEY_LENGTH = 256
"""Characters of a key: keys become attribute names and parts of messages."""
SCALAR_LENGTH = 65_536
"""Characters of any other scalar; a description may be a page, and no more needs to be told."""
NUMBER_LENGTH = 100
"""Characters of a number: Python converts digits in quadratic time, and refuses more than 4,300 of them."""
FILES = 100
"""Files of a spec: each takes the time to open it, and again where a folder is checked that holds them all."""
FOLDER_FILES = 10_000
"""YAML files in a folder of a git revision, which are copied before they are read."""
FOLDER_BYTES = 2**26
"""Bytes of these files together."""
FILES_IN_A_ROW = 16
"""Files that extend or include one another in a row: each is merged into the next."""
FINDINGS = 100
"""Findings of one file, after which reading and checking end: nobody reads on, and each looks for the name that was
meant. Of advice, so many findings of one rule are told, and the number of those that are not."""
SCHEMA_VALUES = 40_000
"""Values of a file that are checked against the schema: each takes ten times as long as with `validate`."""
SETTINGS_BYTES = 2**18
"""Of `archspec.toml` and `pyproject.toml`: a hundred times what projects have there."""

# Language

INPUTS = 6
"""Named inputs of a network: each number of them is a signature of its own in the module."""
PARAMETERS = 5000
"""Parameters of a spec or a block: what each expression sees is put together anew."""
NAME_LENGTH = 200
"""Characters of a node's name: it is part of every key of its weights."""
NAME_DOTS = 16
"""Containers that one name opens: a hundred levels of them would meet the limit of recursion."""
EXPRESSION_LENGTH = 2000
"""Characters of an expression: nobody reads a longer one."""
EXPRESSION_NESTING = 40
"""Levels of an expression, so that no recursion over it meets Python's limit."""
EXPRESSION_ITEMS = 10_000
"""Items of a list, or characters of a text, that an expression comes to: each may be doubled by the next."""
EXPRESSION_NUMBER = 2**63
"""Magnitude of a number in an expression: no size of a tensor is beyond it."""

# Network

NODES = 100_000
"""Nodes of a network: an order of magnitude beyond any published one, and still compared within seconds."""
STEPS = 62_000
"""Steps that the walk may take, each about as long as that of a node; a copied node is a quarter of one."""
BLOCK_NESTING = 100
"""Levels of blocks and combinators inside each other, so that no recursion of ours meets Python's limit."""
NODES_WITH_MISTAKES = 20_000
"""Nodes after which the walk of a network that has mistakes ends: it is told enough."""
REPORTS = 1000
"""Findings that the walk comes upon, the same ones again and again included: each takes time, told or not."""
ORIGINS = 1_000_000
"""Values that a rule of advice follows back to what they are made of: each node may lead back to all of the network."""

# Sizes and arguments

AXIS = 2**31 - 1
"""Positions along an axis, and the largest integer that an argument may be: torch counts positions in 32 bits."""
TENSOR_VALUES = 2**40
"""Values of a tensor for one sample, or of a weight: a hundred times what the largest published networks have, and so
far below 2^63 that nothing which multiplies it by a batch, bytes or layers overflows."""
WINDOW = 2**24
"""The largest that a kernel, stride, padding or dilation may be: torch counts up to some of them, one by one."""
STRIDE_GAP = 1024
"""Positions that a stride may leave out between two windows: far beyond, torch's convolutions crash on a CPU."""
TURNS = 1_000
"""Branches of a `parallel` with `times`."""
LAYERS = 16
"""Layers of an `lstm` or a `gru`: each has weights with names of their own."""
PARTS = 1_000
"""Parts of a `split`."""
BUFFER_VALUES = 65_536
"""Numbers that the lists of a buffer hold."""
POSITIONS = 2**24
"""Positions of `coordinates`, and queries × keys that a table or a bias is spread to: a sequence of 4,096."""
OCTAVES = 64
"""Octaves of a code: beyond, float64 is too coarse for the sine of the smallest step."""
ARGUMENT = 1e30
"""The largest that a number which reaches tensors may be: float32 holds it, and what initializers make of it."""
DIVISOR = 1 / ARGUMENT
"""The smallest that what is divided by may be: float32 holds it, and what the quotient comes to."""
FLOORS = 6
"""Floors inside each other in a symbolic size. Each level may show the one below it twice: beyond a few, nobody could
read the size, and a few more take longer than all else."""
FLOOR_DIVISOR = 2**512
"""Divisor of a floor, far beyond all sizes of tensors, from which on formulas only take time."""

# Weights and artifacts

PATTERNS = 200
"""Patterns of the rules of a spec for weights, and renames of a command: each is held against every key."""
PATTERN_LENGTH = 256
"""Characters of a pattern of a rename, or of its replacement; no key of a spec has more."""
PATTERN_SECONDS = 10
"""The processor time that the patterns of a spec, or of a command, may take on the keys of a file, however many."""
TENSORS = 2**16
"""Tensors in a file of weights: far more than any network has."""
DIMENSIONS = 64
"""Dimensions of a tensor; torch computes with no more."""
TENSOR_NUMBER = 2**63
"""What every size, offset and number of values in a file of weights stays below, as torch counts them."""
HEADER_BYTES = 6 * 2**20
"""Bytes of the header of a safetensors file; the format allows 100 MB, which would take gigabytes to read."""
INDEX_BYTES = 2**24
"""Bytes of an index of shards: some 200 for each tensor."""
DIRECTORY_BYTES = 2**23
"""Bytes of the list of entries in a zip file: some 100,000 of them."""
PICKLE_BYTES = 2**24
"""Bytes of the pickles in a file; the values of tensors stand elsewhere."""
PICKLE_INSTRUCTIONS = 1_000_000
"""Instructions of the pickles in a file; a tensor takes 32."""
PICKLE_ARGUMENTS = 16
"""Arguments of a call in a pickle: no function that rebuilds a tensor takes more."""
CHECKPOINT_NESTING = 4
"""Wrappers around each other in a checkpoint, among which its weights are looked for."""
MANIFEST_BYTES = 2**24
"""Bytes of the manifest of a folder: it names each key that was drawn at random."""
