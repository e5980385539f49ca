// Columns that turn: down, and up again beside themselves (turns.py).
"use strict";

const ARMS = 60, BELOW = 16;

function turned(frame, rows, ways, last) {
  const skips = ways.filter((way) => way[3] >= 0).map(([net, start, ends]) => [start, ends[ends.length - 1], net])
    .sort((a, b) => a[0] - b[0]);
  const tops = topsOf(rows.map((row) => row.height), skips, last);
  const down = rows.slice(0, last + 1), up = rows.slice(last + 1);
  const left = Math.max(...down.map((row) => row.axis));
  const right = Math.max(...down.map(beyond)) + left + ARMS + Math.max(...up.map((row) => row.axis));
  const bottom = Math.max(...rows.map((row, number) => tops[number] + row.height)) + BELOW;
  const found = block(frame, right + Math.max(...up.map(beyond)), bottom + 1, left);
  rows.forEach((row, number) => found.parts.push([row, (number <= last ? left : right) - row.axis, tops[number]]));
  const under = (row) => tops[row] + rows[row].height;
  for (const [net, start, [end]] of ways) {
    if (end !== start + 1) continue;
    if (end <= last) {
      found.wires.push([net, left, under(start), left, tops[end]]);
      rows[end].arrows.push([net, rows[end].axis, 0, 0, 1]);
      continue;
    }
    if (start > last) {
      found.wires.push([net, right, under(end), right, tops[start]]);
    } else {
      found.wires.push([net, left, under(start), left, bottom], [net, left, bottom, right, bottom]);
      found.wires.push([net, right, under(end), right, bottom]);
    }
    rows[end].arrows.push([net, rows[end].axis, rows[end].height, 0, -1]);
  }
  for (const [start, stop, net] of skips) {
    const y = tops[start] + Math.floor(rows[start].height / 2);
    found.wires.push([net, left + beyond(rows[start]), y, right - rows[stop].axis, y]);
    rows[stop].arrows.push([net, 0, Math.floor(rows[stop].height / 2), 1, 0]);
  }
  return found;
}

function topsOf(heights, skips, last) {
  const tops = heights.map(() => 0), half = (row) => Math.floor(heights[row] / 2);
  let down = 0, up = heights.length - 1, ys = [0, 0];
  for (const [start, stop] of [...skips, [last + 1, last]]) {
    for (let row = down; row < start; row++) {
      tops[row] = ys[0];
      ys[0] += heights[row] + GAP;
    }
    for (let row = up; row > stop; row--) {
      tops[row] = ys[1];
      ys[1] += heights[row] + GAP;
    }
    if (start > last) break;
    const middle = Math.max(ys[0] + half(start), ys[1] + half(stop));
    tops[start] = middle - half(start);
    tops[stop] = middle - half(stop);
    ys = [tops[start] + heights[start] + GAP, tops[stop] + heights[stop] + GAP];
    down = start + 1;
    up = stop - 1;
  }
  return tops;
}
