"""The districts of a city drawn as SVG paths, and where their labels go. Read once; borders come from a file."""

import functools
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parents[2] / "data"
WIDTH = 560.0
SMALL = 2600.0  # square units: below, the label is short and may stand beside its district
LABEL = {True: (30.0, 16.0), False: (34.0, 18.0)}  # half width and half height of a small and of a usual label
FAR = 16.0  # a label further than this from its place gets a line to it
Point = tuple[float, float]


class Shape(NamedTuple):
    """`label` is where the words go, `anchor` where they belong; `lead`: a line joins the two."""

    code: str
    name: str
    path: str
    anchor: Point
    label: Point
    small: bool

    @property
    def lead(self) -> bool:
        return math.dist(self.anchor, self.label) > FAR


class Drawing(NamedTuple):
    width: int
    height: int
    shapes: tuple[Shape, ...]


@functools.cache
def drawing(city: str) -> Drawing | None:
    """Equirectangular at the city's own latitude; None where there is no file of borders."""
    file = DATA / f"districts-{city}.geojson"
    if not file.is_file():
        return None
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    points = [point for f in features for ring in _rings(f) for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)

    def at(point: Sequence[float]) -> Point:
        return round((point[0] - west) * squeeze * scale, 1), round((north - point[1]) * scale, 1)

    drawn = [(f["properties"], [[at(p) for p in ring] for ring in _rings(f)]) for f in features]
    small = [sum(map(_area, rings)) < SMALL for _, rings in drawn]
    anchors = [at(properties["cp"]) for properties, _ in drawn]
    labels = _apart(anchors, [LABEL[s] for s in small])
    shapes = [
        Shape(f"{props['adcode']}000000", props["name"], _path(rings), anchors[n], labels[n], small[n])
        for n, (props, rings) in enumerate(drawn)
    ]
    return Drawing(math.ceil(WIDTH), math.ceil((north - south) * scale), tuple(shapes))


def _rings(feature: dict[str, dict[str, list[list[list[Sequence[float]]]]]]) -> Iterator[list[Sequence[float]]]:
    for polygon in feature["geometry"]["coordinates"]:
        yield from polygon


def _path(rings: Sequence[Sequence[Point]]) -> str:
    return "".join("M" + "L".join(f"{x:g},{y:g}" for x, y in ring) + "Z" for ring in rings)


def _area(ring: Sequence[Point]) -> float:
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def _apart(places: Sequence[Point], sizes: Sequence[Point]) -> list[Point]:
    """Labels that overlap push one another away, each as little as it takes."""
    found = [list(place) for place in places]
    for _ in range(300):
        moved = False
        for i in range(len(found)):
            for j in range(i):
                over_x = sizes[i][0] + sizes[j][0] - abs(found[i][0] - found[j][0])
                over_y = sizes[i][1] + sizes[j][1] - abs(found[i][1] - found[j][1])
                if min(over_x, over_y) <= 0:
                    continue
                axis, over = (0, over_x) if over_x < over_y else (1, over_y)
                step = (over / 2 + 0.5) * (1 if found[i][axis] >= found[j][axis] else -1)
                found[i][axis] += step
                found[j][axis] -= step
                moved = True
        if not moved:
            break
    return [(round(x, 1), round(y, 1)) for x, y in found]
