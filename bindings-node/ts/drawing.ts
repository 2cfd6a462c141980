/** A flow as data to draw. */
export interface Drawing {
  flow: string
  steps: DrawnStep[]
  edges: DrawnEdge[]
  scopes: Record<string, unknown>[]
  regions: Record<string, unknown>[]
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
  join: unknown
  choose: string
  source: string
}

/** An edge of a drawing, between steps by their places. */
export interface DrawnEdge {
  from: number
  to: number
  on: string
  signal?: string
  when?: string
  else?: boolean
  /** The cycle that it restarts. */
  back?: number
  max_iterations?: number
  label?: string
  source: string
}
