from __future__ import annotations

from archspec.compiler.trace import VISITS, Trace
from archspec.diagnostics import Span
from archspec.examine import examine
from archspec.language import read

HEAD = "archspec: 1\ninput: [3, 8, 8]\n"


def traced(body: str) -> tuple[Trace, dict[str, Span]]:
    """The trace of a network, and its nodes with a name of their own by that."""
    trace = Trace()
    assert examine(read(HEAD + body), trace=trace).graph is not None
    found = [visits[0].node for visits in trace.visits.values()]
    return trace, {str(node.name.text): node.span for node in found if node.name is not None}


def test_the_first_visits_are_kept_and_the_last() -> None:
    layers = "[identity: {when: $(index >= 0)}]"
    trace, _ = traced(f"layers:\n  - repeat: {{times: {2 * VISITS}, layers: {layers}}}\n")
    visits = next(found for found in trace.visits.values() if found[0].node.op == "identity")
    assert len(visits) == VISITS
    assert visits[0].here.dynamic["index"] == 0
    assert visits[-1].here.dynamic["index"] == 2 * VISITS - 1


def test_a_node_with_from_sees_what_that_names() -> None:
    trace, spans = traced(
        "layers:\n  - conv: {channels: 5, name: a}\n  - conv: {channels: 7, name: b}\n"
        "  - conv: {from: a, channels: $(2 * in_channels), name: c}\n"
    )
    (visit,) = trace.visits[spans["c"]]
    assert visit.value(visit.node.arguments["channels"].template) == 10
    assert trace.shapes[spans["c"]] == {(10, 8, 8): None}


def test_each_block_of_a_stage_is_seen_with_its_turn() -> None:
    trace, _ = traced("norm: batch\nact: relu\nstages:\n  - {block: basic, depth: 3, channels: $(4 * index + 4)}\n")
    visits = next(found for found in trace.visits.values() if found[0].node.op == "basic")
    assert [visit.value(visit.node.arguments["channels"].template) for visit in visits] == [4, 8, 12]
