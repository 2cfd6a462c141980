import type { DrawnEdge, DrawnStep, Drawing } from 'flowwright'

/** A step where it is drawn. A step with steps inside is a frame around them. */
export interface Box {
  step: DrawnStep
  x: number
  y: number
  width: number
  height: number
  frame: boolean
}

/** An edge as the path that is drawn, and where its label goes. */
export interface Line {
  edge: DrawnEdge
  path: string
  label: { x: number; y: number }
}

/** A flow laid out from top to bottom. */
export interface Layout {
  width: number
  height: number
  boxes: Box[]
  lines: Line[]
}

const STEP = { width: 184, height: 58 }
const GAP = { x: 28, y: 56 }
/** Room that an edge takes where it passes by steps of other levels. */
const LANE = 14
const FRAME = { side: 16, top: 34, bottom: 16, gap: 26 }

/** Something in a level: a step, or the place where a long edge passes. */
interface Cell {
  step?: number
  width: number
  height: number
  /** Neighbours in the level above. */
  above: Cell[]
  below: Cell[]
  x: number
  y: number
}

/** Lays a flow out: its levels from top to bottom, every level ordered so that few edges cross. */
export function layOut(drawing: Drawing): Layout {
  const places = new Map<number, Box>()
  const lines: Line[] = []
  const size = measure(drawing)
  const whole = arrange(drawing, 0, size, places, lines, GAP.y)
  const margin = 8
  // Edges that go back pass outside of the steps.
  const ends = lines.map((line) => line.label.x)
  const [left, right] = [Math.min(0, ...ends), Math.max(whole.width, ...ends)]
  shift([...places.values()], lines, margin - left, margin)
  return {
    width: right - left + 2 * margin,
    height: whole.height + 2 * margin,
    boxes: [...places.values()].sort((a, b) => Number(b.frame) - Number(a.frame)),
    lines,
  }
}

interface Size {
  width: number
  height: number
}

/** How large every step is drawn: those with steps inside as large as these together. */
function measure(drawing: Drawing): (step: number) => Size {
  const known = new Map<number, Size>()
  const of = (step: number): Size => {
    const seen = known.get(step)
    if (seen) return seen
    const inner = drawing.steps[step]!.inner
    if (inner === undefined) return STEP
    const inside = arrange(drawing, inner, of, new Map(), [], FRAME.gap)
    const size = { width: inside.width + 2 * FRAME.side, height: inside.height + FRAME.top + FRAME.bottom }
    known.set(step, size)
    return size
  }
  return of
}

/** Places the steps of a scope, and of the scopes inside, from (0, 0) on. */
function arrange(
  drawing: Drawing,
  scope: number,
  size: (step: number) => Size,
  places: Map<number, Box>,
  lines: Line[],
  gap: number,
): Size {
  const { levels: rows, steps } = drawing.scopes[scope]!
  const cells = new Map<number, Cell>()
  const levels = rows.map((row) =>
    row.map((step) => {
      const cell: Cell = { step, ...size(step), above: [], below: [], x: 0, y: 0 }
      cells.set(step, cell)
      return cell
    }),
  )
  const edges = drawing.edges.filter((edge) => steps.includes(edge.from))
  const ways = edges.filter((edge) => edge.back === undefined).map((edge) => way(drawing, edge, cells, levels))
  order(levels)
  const whole = spread(levels, gap)

  for (const [step, cell] of cells) {
    const inner = drawing.steps[step]!.inner
    const { x, y, width, height } = cell
    places.set(step, { step: drawing.steps[step]!, x, y, width, height, frame: inner !== undefined })
    if (inner !== undefined) {
      const [boxes, inside] = [new Map<number, Box>(), [] as Line[]]
      arrange(drawing, inner, size, boxes, inside, FRAME.gap)
      shift([...boxes.values()], inside, x + FRAME.side, y + FRAME.top)
      for (const [number, box] of boxes) places.set(number, box)
      lines.push(...inside)
    }
  }
  lines.push(...ways.map(({ edge, cells }) => down(edge, cells)))
  for (const edge of edges.filter((edge) => edge.back !== undefined)) {
    lines.push(up(edge, cells.get(edge.from)!, cells.get(edge.to)!))
  }
  return whole
}

/** The cells that an edge leads through, one on every level. */
function way(drawing: Drawing, edge: DrawnEdge, cells: Map<number, Cell>, levels: Cell[][]) {
  const [from, to] = [drawing.steps[edge.from]!, drawing.steps[edge.to]!]
  const passed = levels.slice(from.level + 1, to.level).map((level) => {
    const lane: Cell = { width: LANE, height: 0, above: [], below: [], x: 0, y: 0 }
    level.push(lane)
    return lane
  })
  const all = [cells.get(edge.from)!, ...passed, cells.get(edge.to)!]
  all.slice(1).forEach((cell, at) => {
    cell.above.push(all[at]!)
    all[at]!.below.push(cell)
  })
  return { edge, cells: all }
}

/** Orders every level by where its neighbours are, down and up a few times. */
function order(levels: Cell[][]): void {
  for (let sweep = 0; sweep < 6; sweep++) {
    const downwards = sweep % 2 === 0
    const rows = downwards ? levels : [...levels].reverse()
    const place = new Map<Cell, number>()
    for (const row of rows) {
      const middle = (cell: Cell, at: number) => {
        const near = (downwards ? cell.above : cell.below).map((other) => place.get(other) ?? 0)
        return near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : (at + 0.5) / row.length
      }
      const keys = new Map(row.map((cell, at) => [cell, middle(cell, at)]))
      row.sort((a, b) => keys.get(a)! - keys.get(b)!)
      row.forEach((cell, at) => place.set(cell, (at + 0.5) / row.length))
    }
  }
}

/** Gives every cell its place: first side by side, then nearer to its neighbours as far as there is room. */
function spread(levels: Cell[][], gap: number): Size {
  let y = 0
  for (const row of levels) {
    const height = Math.max(...row.map((cell) => cell.height))
    let x = 0
    for (const cell of row) {
      cell.x = x
      cell.y = cell.step === undefined ? y + height / 2 : y
      x += cell.width + GAP.x
    }
    y += height + gap
  }
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const row of sweep % 2 ? [...levels].reverse() : levels) settle(row)
  }
  const all = levels.flat()
  const left = Math.min(...all.map((cell) => cell.x))
  for (const cell of all) cell.x -= left
  return { width: Math.max(...all.map((cell) => cell.x + cell.width)), height: y - gap }
}

/** Moves the cells of a level to the middle of their neighbours, keeping order and distance. */
function settle(row: Cell[]): void {
  const wish = row.map((cell) => {
    const near = [...cell.above, ...cell.below]
    if (near.length === 0) return cell.x
    return near.reduce((sum, one) => sum + one.x + one.width / 2, 0) / near.length - cell.width / 2
  })
  // Groups of cells that touch are moved together, to the middle of what they wish.
  const groups: { cells: number[]; x: number }[] = []
  const offset = (cells: number[], upTo: number) =>
    cells.slice(0, upTo).reduce((sum, at) => sum + row[at]!.width + GAP.x, 0)
  const middle = (cells: number[]) =>
    cells.reduce((sum, at, place) => sum + wish[at]! - offset(cells, place), 0) / cells.length
  row.forEach((_, at) => {
    let group = { cells: [at], x: wish[at]! }
    for (let last = groups.at(-1); last && last.x + offset(last.cells, last.cells.length) > group.x; last = groups.at(-1)) {
      groups.pop()
      const cells = [...last.cells, ...group.cells]
      group = { cells, x: middle(cells) }
    }
    groups.push(group)
  })
  for (const { cells, x } of groups) {
    cells.forEach((at, place) => (row[at]!.x = x + offset(cells, place)))
  }
}

/** The path of an edge that leads down. */
function down(edge: DrawnEdge, cells: Cell[]): Line {
  const [from, to] = [cells[0]!, cells.at(-1)!]
  const at = port(from.below, cells[1]!, from)
  const into = port(to.above, cells.at(-2)!, to)
  const points = [
    { x: at, y: from.y + from.height },
    ...cells.slice(1, -1).map((cell) => ({ x: cell.x + cell.width / 2, y: cell.y })),
    { x: into, y: to.y },
  ]
  let path = `M${round(points[0]!.x)} ${round(points[0]!.y)}`
  points.slice(1).forEach((end, place) => {
    const begin = points[place]!
    const bend = Math.min(40, (end.y - begin.y) / 2)
    path += ` C${round(begin.x)} ${round(begin.y + bend)} ${round(end.x)} ${round(end.y - bend)} ${round(end.x)} ${round(end.y)}`
  })
  const [first, second] = [points[0]!, points[1]!]
  return { edge, path, label: { x: (first.x + 2 * second.x) / 3, y: first.y + Math.min(34, (2 * (second.y - first.y)) / 3) } }
}

/** Where an edge leaves or enters: side by side with the others, in the order of where they lead. */
function port(all: Cell[], one: Cell, cell: Cell): number {
  const sorted = [...all].sort((a, b) => a.x + a.width / 2 - (b.x + b.width / 2))
  const room = Math.min(28, (cell.width - 40) / sorted.length)
  return cell.x + cell.width / 2 + (sorted.indexOf(one) - (sorted.length - 1) / 2) * room
}

/** The path of an edge that goes back up: out at the side, around, and in at the side. */
function up(edge: DrawnEdge, from: Cell, to: Cell): Line {
  const left = from.x <= to.x
  const side = (cell: Cell) => (left ? cell.x : cell.x + cell.width)
  const out = left ? Math.min(from.x, to.x) - 30 : Math.max(side(from), side(to)) + 30
  const [begin, end] = [from.y + from.height / 2, to.y + to.height / 2]
  const path =
    `M${round(side(from))} ${round(begin)} C${round(out)} ${round(begin)} ${round(out)} ${round(begin)} ${round(out)} ${round(begin - 22)}` +
    ` L${round(out)} ${round(end + 22)} C${round(out)} ${round(end)} ${round(out)} ${round(end)} ${round(side(to))} ${round(end)}`
  return { edge, path, label: { x: out, y: (begin + end) / 2 } }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function shift(boxes: Box[], lines: Line[], x: number, y: number): void {
  for (const box of boxes) {
    box.x += x
    box.y += y
  }
  for (const line of lines) {
    line.label = { x: line.label.x + x, y: line.label.y + y }
    line.path = moved(line.path, x, y)
  }
}

/** A path with all its points moved. They come in pairs. */
function moved(path: string, x: number, y: number): string {
  let count = 0
  return path.replace(/-?\d+(\.\d+)?/g, (number) => String(round(Number(number) + (count++ % 2 ? y : x))))
}
