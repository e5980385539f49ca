"""A picture as plain data, for the script of a page."""

from __future__ import annotations

from typing import Any

from archspec.pages.faces import Showing, face, heading, sizes
from archspec.pages.picture import Frame, Picture
from archspec.pages.plan import Plan


def data(picture: Picture, showing: Showing) -> list[dict[str, Any]]:
    """The frames of a picture with the sizes of their boxes: what `layout.js` lays out."""
    measured = sizes(picture, showing)
    return [
        _frame(frame, measured.closed[number], measured.titles[number], showing)
        for number, frame in enumerate(picture.frames)
    ]


def _frame(frame: Frame, closed: Any, titles: Any, showing: Showing) -> dict[str, Any]:
    boxes = []
    for box, (width, height), title in zip(frame.boxes, closed, titles, strict=True):
        said = face(box, showing)
        boxes.append(
            {
                "path": box.path,
                "kind": box.kind,
                "text": [said.title, *said.lines],
                "heading": heading(box),
                "title": title,
                "width": width,
                "height": height,
                "frame": box.frame,
                "times": box.times,
                "takes": box.takes,
                "gives": box.gives,
            }
        )
    nets = [(net.value, net.source, net.ends, int(net.dashed), net.shape) for net in frame.nets]
    return {"path": frame.path, "boxes": boxes, "nets": nets, "plan": _plan(frame.plan)}


def _plan(plan: Plan) -> list[Any]:
    """Depth is bounded by the compiler."""
    if plan.form == "box":
        return ["box", plan.box]
    if plan.form == "layers":
        return ["layers", plan.rows]
    parts = [_plan(part) for part in plan.parts]
    if plan.form == "row":
        return ["row", parts]
    return ["column", parts, [(way.net, way.start, way.ends, way.slot) for way in plan.ways], plan.turn]
