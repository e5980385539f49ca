"""From a plan and the sizes of its boxes to a block: columns, rows and layers, open boxes and closed ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from archspec.pages.block import Block
from archspec.pages.channel import Point, channel
from archspec.pages.columns import stack
from archspec.pages.lanes import Way
from archspec.pages.picture import Box, Frame, Picture
from archspec.pages.plan import Plan
from archspec.pages.spread import spread
from archspec.pages.turns import turned
from archspec.records import record

PORT, MARGIN, BESIDE, PASS = 16, 12, 22, 20
"""The distance between ports of a box, the margin of an open box, the space between parts side by side, and the width
of the place of a net that passes a row of layers."""
HEAD = 20
"""The height of the title of an open box."""


@record
class Sizes:
    """The widths and heights of boxes when they are closed, by frame and box, and the widths of their titles."""

    closed: Sequence[Sequence[tuple[int, int]]]
    titles: Sequence[Sequence[int]]


@record
class Arrangement:
    """A picture with its sizes, and the numbers of the frames that are open."""

    picture: Picture
    sizes: Sizes
    opened: Collection[int]

    def block(self, frame: int, plan: Plan) -> Block:
        """The block of a plan. Depth is bounded by the compiler."""
        if plan.form == "box":
            return self.box(frame, plan.box)
        if plan.form == "row":
            return row(frame, [self.block(frame, part) for part in plan.parts], self.picture.frames[frame])
        if plan.form == "layers":
            return self.layers(frame, plan)
        return self.column(frame, plan)

    def is_open(self, frame: int, box: int) -> bool:
        """Whether a box is open."""
        return self.picture.frames[frame].boxes[box].frame in self.opened

    def box(self, frame: int, number: int) -> Block:
        """A box by itself."""
        box = self.picture.frames[frame].boxes[number]
        return self.open_box(frame, number, box) if box.frame in self.opened else self.closed(frame, number, box.takes)

    def closed(
        self,
        frame: int,
        number: int,
        tops: Sequence[int],
        left: Sequence[int] = (),
        right: Sequence[int] = (),
        axis: int = -1,
    ) -> Block:
        """A closed box, with the nets that come in at its top, in their order, and at its sides; that on the axis comes
        in at the middle."""
        box = self.picture.frames[frame].boxes[number]
        width, height = self.sizes.closed[frame][number]
        places = ports(tops, axis)
        reach = max([abs(x) for x in places] + [abs(x) for x in ports(box.gives)], default=0)
        width = max(width, 2 * reach + PORT)
        height = max(height, PORT * max(len(left), len(right)) + 8)
        found = Block(frame, width, height, width // 2, box=number)
        found.entries = [(net, width // 2 + x) for net, x in zip(tops, places, strict=True)]
        found.exits = [(value, width // 2 + x) for value, x in zip(box.gives, ports(box.gives), strict=True)]
        found.arrows = [(net, x, 0, 0, 1) for net, x in found.entries]
        for nets, x, way in ((left, 0, 1), (right, width, -1)):
            for place, net in enumerate(nets):
                found.arrows.append((net, x, height // 2 + ports(nets)[place], way, 0))
        return found

    def open_box(self, frame: int, number: int, box: Box) -> Block:
        """An open box: its title, the nets that come in below it, and the block of its frame."""
        inner = self.picture.frames[box.frame]
        inside = self.block(box.frame, inner.plan)
        nets = {inner.nets[net].value: net for net, _ in reversed(inside.entries)}
        doors = {
            value: min(
                (x for net, x in inside.entries if inner.nets[net].value == value),
                key=lambda x: abs(x - inside.axis),
            )
            for value in nets
        }
        if len(doors) == 1:
            doors = dict.fromkeys(doors, inside.axis)
        tops = [(net, doors[inner.nets[net].value]) for net in dict.fromkeys(net for net, _ in inside.entries)]
        above = channel(tops, inside.entries)
        axis = max(inside.axis, self.sizes.titles[frame][number] // 2) + MARGIN
        beyond = max(inside.beyond, self.sizes.titles[frame][number] // 2) + MARGIN
        shift = axis - inside.axis
        found = Block(
            frame, axis + beyond, HEAD + above.height + inside.height + MARGIN, axis, box=number, is_open=True
        )
        body = Block(box.frame, found.width, found.height, axis)
        body.draw(above.wires, shift, HEAD)
        body.put(inside, shift, HEAD + above.height)
        net_of = values_of(inner)
        for value, x in inside.exits:
            body.wires.append((net_of[value], x + shift, found.height - MARGIN, x + shift, found.height))
        found.put(body, 0, 0)
        outer = self.picture.frames[frame].nets
        taken = {outer[net].value: net for net in box.takes}
        found.entries = [(taken[value], x + shift) for value, x in doors.items()]
        found.exits = [(value, x + shift) for value, x in inside.exits if value in box.gives]
        found.arrows = [(net, x, 0, 0, 1) for net, x in found.entries]
        return found

    def column(self, frame: int, plan: Plan) -> Block:
        """Parts one below the other, with lanes beside them; a column of closed boxes may turn."""
        if plan.turn >= 0 and all(part.form == "box" and not self.is_open(frame, part.box) for part in plan.parts):
            boxes = [self.closed(frame, part.box, ()) for part in plan.parts]
            return turned(frame, boxes, plan.ways, plan.turn)
        nets = self.picture.frames[frame].nets
        rows: list[Block] = []
        beside = []
        lanes: list[list[Way]] = [[] for _ in range(len(plan.parts) + 1)]
        for way in sorted((way for way in plan.ways if way.slot >= 0), key=lambda way: (way.slot, way.net)):
            for end in way.ends:
                if end > way.start + 1:
                    lanes[end].append(way)
        for place, part in enumerate(plan.parts):
            leaf = part.form == "box" and not self.is_open(frame, part.box)
            beside.append(leaf)
            if not leaf:
                rows.append(self.block(frame, part))
                continue
            sides = [[way.net for way in lanes[place] if way.slot % 2 == side] for side in (1, 0)]
            tops = [net for net in self.picture.frames[frame].boxes[part.box].takes if net not in sides[0] + sides[1]]
            middle = -1
            if rows:
                offset = {net: rows[-1].exit_of(nets[net].value) - rows[-1].axis for net in tops}
                tops.sort(key=lambda net: offset[net])
                middle = next((at for at, net in enumerate(tops) if offset[net] == 0), -1)
            rows.append(self.closed(frame, part.box, tops, sides[0], sides[1], middle))
        return stack(frame, rows, beside, plan.ways, [net.value for net in nets])

    def layers(self, frame: int, plan: Plan) -> Block:
        """Rows of boxes, and of nets that pass them."""
        nets = self.picture.frames[frame].nets
        rows: list[list[Block]] = []
        above: dict[int, int] = {}
        for cells in plan.rows:
            blocks = []
            for cell in cells:
                if cell < 0:
                    blocks.append(passing(frame, ~cell, nets[~cell].value))
                elif self.is_open(frame, cell):
                    blocks.append(self.box(frame, cell))
                else:
                    takes = self.picture.frames[frame].boxes[cell].takes
                    tops = sorted(takes, key=lambda net: above.get(nets[net].value, -1))
                    blocks.append(self.closed(frame, cell, tops))
            rows.append(blocks)
            above = {value: place for place, block in enumerate(blocks) for value, _ in block.exits}
        return layered(frame, rows, self.picture.frames[frame])


def ports(items: Sequence[object], middle: int = -1) -> list[int]:
    """Places for so many ports, from the middle of a box; the one of that number is right there."""
    if middle < 0:
        return [PORT // 2 * (2 * place - len(items) + 1) for place in range(len(items))]
    return [PORT * (place - middle) for place in range(len(items))]


def values_of(frame: Frame) -> dict[int, int]:
    """A net for each value of a frame, one that is not dashed if there is any."""
    order = sorted(range(len(frame.nets)), key=lambda net: not frame.nets[net].dashed)
    return {frame.nets[net].value: net for net in order}


def passing(frame: int, net: int, value: int) -> Block:
    """The place of a net that passes a row."""
    return Block(frame, PASS, 0, PASS // 2, [(net, PASS // 2)], [(value, PASS // 2)])


def row(frame: int, parts: Sequence[Block], nets: Frame) -> Block:
    """Parts side by side; two of which one is larger stand around the axis of that, others around their middle."""
    places, x = [], 0
    for part in parts:
        places.append(x)
        x += part.width + BESIDE
    width = x - BESIDE
    middle = len(parts) // 2
    if len(parts) == 2 and parts[0].height > parts[1].height:
        axis = parts[0].axis
    else:
        axis = places[middle] + parts[middle].axis if len(parts) % 2 else width // 2
    found = Block(frame, width, max(part.height for part in parts), axis)
    beside(found, parts, places, 0, found.height, values_of(nets))
    found.entries = [(net, at + x) for part, at in zip(parts, places, strict=True) for net, x in part.entries]
    found.exits = [(value, at + x) for part, at in zip(parts, places, strict=True) for value, x in part.exits]
    return found


def beside(
    block: Block, parts: Sequence[Block], places: Sequence[int], y: int, height: int, nets: Mapping[int, int]
) -> None:
    """Put parts side by side at their places, in the middle of a height, with what leads to them and from them."""
    for part, x in zip(parts, places, strict=True):
        top = y + (height - part.height) // 2
        block.put(part, x, top)
        if top > y:
            block.draw([(net, at, y, at, top) for net, at in part.entries], x, 0)
        if top + part.height < y + height:
            block.draw([(nets[value], at, top + part.height, at, y + height) for value, at in part.exits], x, 0)


def layered(frame: int, rows: Sequence[Sequence[Block]], inside: Frame) -> Block:
    """Rows of blocks, each below what it takes from, as straight as they can be."""
    places = spread(rows, [net.value for net in inside.nets], BESIDE)
    low = min(min(row) for row in places)
    width = (
        max(x + block.width for row, at in zip(rows, places, strict=True) for block, x in zip(row, at, strict=True))
        - low
    )
    found = Block(frame, width, 0, width // 2)
    nets = values_of(inside)
    exits: list[Point] = []
    y = 0
    for number, (blocks, at) in enumerate(zip(rows, places, strict=True)):
        entries = [(net, x - low + inner) for block, x in zip(blocks, at, strict=True) for net, inner in block.entries]
        if number:
            of = dict(exits)
            between = channel([(net, of[inside.nets[net].value]) for net, _ in entries], entries)
            found.draw(between.wires, 0, y)
            y += between.height
        else:
            found.entries = entries
        height = max(block.height for block in blocks)
        beside(found, blocks, [x - low for x in at], y, height, nets)
        y += height
        exits = [(value, x - low + inner) for block, x in zip(blocks, at, strict=True) for value, inner in block.exits]
    found.exits, found.height = exits, y
    return found
