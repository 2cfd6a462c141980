import type { Drawing, StepRecord, StepStatus } from 'flowwright'
import { type Box, layOut, type Line } from '@/lib/layout'
import { spaced, STATUS_WORDS } from '@/lib/words'
import styles from './Graph.module.css'
import { Status } from './Status'

/** An edge that was taken. */
export interface Taken {
  from: string
  to: string
}

interface Props {
  drawing: Drawing
  steps: Record<string, StepRecord>
  taken: Taken[]
  name: string
}

/** The journey as a picture with the present state of every step; the same as a table below it. */
export function Graph({ drawing, steps, taken, name }: Props) {
  const { width, height, boxes, lines } = layOut(drawing)
  const gone = new Set(taken.map(({ from, to }) => `${from} ${to}`))
  const wasTaken = ({ edge }: Line) => gone.has(`${drawing.steps[edge.from]!.path} ${drawing.steps[edge.to]!.path}`)
  // Steps inside of one that was skipped do not come into being.
  const stateOf = (path: string): StepStatus =>
    steps[path]?.status ?? (path.includes('/') ? around(stateOf(path.slice(0, path.lastIndexOf('/')))) : 'pending')
  const active = boxes.filter((box) => stateOf(box.step.path) === 'active').map((box) => box.step.title)
  const done = boxes.filter((box) => stateOf(box.step.path) === 'completed').length
  return (
    <>
      <div className={styles.scroll} tabIndex={0} role="group" aria-label="The journey as a picture">
        <svg
          className={styles.graph}
          viewBox={`0 0 ${width} ${height}`}
          style={{ maxWidth: width }}
          role="img"
          aria-labelledby="graph-title graph-description"
        >
          <title id="graph-title">{`The journey of application ${name}`}</title>
          <desc id="graph-description">
            {`${done} of ${boxes.length} steps are completed. Under way: ${active.join(', ') || 'none'}. A table of all steps follows.`}
          </desc>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
              <path d="M0 0.8 7 4 0 7.2z" fill="context-stroke" />
            </marker>
          </defs>
          {boxes.filter((box) => box.frame).map((box) => <Step key={box.step.path} box={box} status={stateOf(box.step.path)} undone={steps[box.step.path]?.compensated ?? false} />)}
          {lines.map((line, at) => (
            <path
              key={at}
              d={line.path}
              className={styles.edge}
              data-taken={wasTaken(line)}
              data-back={line.edge.back !== undefined}
              data-on={line.edge.on}
              markerEnd="url(#arrow)"
            />
          ))}
          {boxes.filter((box) => !box.frame).map((box) => <Step key={box.step.path} box={box} status={stateOf(box.step.path)} undone={steps[box.step.path]?.compensated ?? false} />)}
          {lines.map((line, at) => {
            const words = labelOf(line)
            return words ? (
              <text key={at} className={styles.label} x={line.label.x} y={line.label.y} textAnchor="middle">
                <title>{line.edge.label}</title>
                {words}
              </text>
            ) : null
          })}
        </svg>
      </div>
      <details className={styles.table}>
        <summary>The steps as a table</summary>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Status</th>
              <th scope="col" className="number">
                Attempts
              </th>
            </tr>
          </thead>
          <tbody>
            {drawing.steps.map((step) => (
              <tr key={step.path}>
                <th scope="row">{step.title === step.id ? spaced(step.path) : step.title}</th>
                <td>
                  <Status status={stateOf(step.path)} />
                  {steps[step.path]?.compensated && ' and undone'}
                </td>
                <td className="number">{steps[step.path]?.attempts || ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  )
}

/** What the state of a step says of those inside that have none of their own. */
function around(status: StepStatus): StepStatus {
  return status === 'skipped' || status === 'cancelled' ? status : 'pending'
}

const KINDS: Record<string, string> = {
  activity: 'service',
  user_task: 'people',
  signal: 'waits for a signal',
  decision: 'rules',
  group: 'together',
  end: 'end',
}

const MARKS: Partial<Record<StepStatus, string>> = {
  completed: 'M-4 0 -1 3.2 4.5-3.2',
  failed: 'M-3.2-3.2 3.2 3.2M-3.2 3.2 3.2-3.2',
  indeterminate: 'M0-4V1M0 3.6V4',
  skipped: 'M-4 0H4',
  cancelled: 'M-4 0H4',
}

interface StepProps {
  box: Box
  status: StepStatus
  /** Whether it was compensated. */
  undone: boolean
}

function Step({ box: { step, x, y, width, height, frame }, status, undone }: StepProps) {
  const title = step.title === step.id ? spaced(step.id) : step.title
  const lines = wrapped(title)
  const first = frame ? y + 21 : y + height / 2 - (lines.length - 1) * 7.5 - 3
  const left = x + 36
  return (
    <g className={styles.step} data-status={status} data-step={step.path} data-frame={frame} data-undone={undone}>
      <title>{`${title}: ${STATUS_WORDS[status]}${undone ? ', undone' : ''}`}</title>
      <rect x={x} y={y} width={width} height={height} rx={10} />
      <g transform={`translate(${x + 19} ${frame ? y + 17 : y + height / 2})`}>
        <circle r={9} className={styles.mark} />
        {MARKS[status] && <path d={MARKS[status]} className={styles.sign} />}
      </g>
      {lines.map((line, at) => (
        <text key={line} x={left} y={first + at * 15} className={styles.name}>
          {line}
        </text>
      ))}
      {!frame && (
        <text x={left} y={first + lines.length * 15 - 1} className={styles.kind}>
          {undone ? 'undone' : (KINDS[step.type] ?? spaced(step.type))}
        </text>
      )}
    </g>
  )
}

/** A title in lines that fit. */
function wrapped(title: string): string[] {
  const lines: string[] = []
  for (const word of title.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 17) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.length > 2 ? [lines[0]!, `${lines[1]!.slice(0, 17).trim()}…`] : lines
}

/** What is written on an edge: briefly. */
function labelOf({ edge }: Line): string {
  if (edge.on !== 'success') return `on ${edge.on}`
  if (edge.back !== undefined) return edge.max_iterations ? `${edge.max_iterations}×` : ''
  const chosen = /== '([^']+)'$/.exec(edge.when ?? '')?.[1]
  if (chosen) return chosen
  if (edge.when) return condition(edge.when)
  return edge.else ? 'otherwise' : ''
}

/** `input.loan_amount > vars.limit` is `loan amount > …`: the title has the whole of it. */
function condition(when: string): string {
  const [, left = when, operator] = /^(.*?)\s*([<>]=?|[!=]=|$)/.exec(when) ?? []
  const name = spaced(left.replace(/^(input|vars|output)\./, '')).toLowerCase()
  return operator ? `${name} ${operator} …` : name
}
