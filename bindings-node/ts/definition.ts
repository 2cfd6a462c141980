/** A flow as data: the document that `engine.deploy` takes, as JSON has it. See the language reference. */
export interface FlowDocument {
  flow: string
  steps: readonly Record<string, unknown>[]
  [field: string]: unknown
}
