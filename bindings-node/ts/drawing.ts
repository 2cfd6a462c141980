/** A flow as data to draw. */
export interface Drawing {
  flow: string
  steps: DrawnStep[]
  edges: DrawnEdge[]
  /** 0 is the flow itself. */
  scopes: DrawnScope[]
  /** Outer cycles before the ones they contain. */
  regions: DrawnRegion[]
}

/** A step of a drawing. */
export interface DrawnStep {
  id: string
  path: string
  title: string
  type: string
  scope: number
  inner?: number
  region?: number
  /** The most edges on a way from a start of its scope to it. */
  level: number
  /** How its incoming edges start it; a number: so many of them. */
  join: 'all' | 'every' | 'any' | 'each' | number
  /** Which outgoing edges may be taken. */
  choose: 'all' | 'first' | 'race'
  source: string
}

/** An edge of a drawing, between steps by their places. */
export interface DrawnEdge {
  from: number
  to: number
  /** The outcome that it listens to. */
  on: 'success' | 'failure' | 'any' | 'escalation' | 'signal'
  signal?: string
  when?: string
  else?: boolean
  /** The cycle that it restarts. */
  back?: number
  max_iterations?: number
  label?: string
  source: string
}

/** A scope of a drawing; steps by their places. */
export interface DrawnScope {
  /** The step that it is inside of; none for the flow. */
  owner?: number
  steps: number[]
  /** The steps that start with it. */
  starts: number[]
  /** The steps that no edge leaves. */
  sinks: number[]
  levels: number[][]
}

/** A cycle of a drawing; steps by their places. */
export interface DrawnRegion {
  scope: number
  /** The cycle around it. */
  parent?: number
  /** Where a pass begins. */
  head: number
  steps: number[]
}
