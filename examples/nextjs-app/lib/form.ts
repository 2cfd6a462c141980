/** As much of JSON Schema as a form is made of. */
export interface FieldSchema {
  type?: string
  title?: string
  description?: string
  enum?: string[]
  items?: FieldSchema
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
}

/** The schema of a form: an object. */
export interface FormSchema {
  properties?: Record<string, FieldSchema>
  required?: string[]
}

/** One field of a form. */
export interface Field {
  name: string
  schema: FieldSchema
  required: boolean
}

/** The fields of a form, in the order of the schema. */
export function fieldsOf(form: unknown): Field[] {
  const { properties = {}, required = [] } = (form ?? {}) as FormSchema
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, required: required.includes(name) }))
}

/** The names of inputs: `field.reason`. Nothing else in a form is data. */
export function inputName(field: string): string {
  return `field.${field}`
}

/**
 * What a form holds, as data with the types of the schema. What was left empty is left out, so that the engine tells what
 * is missing; what is no number stays a text, for the same reason.
 */
export function readForm(form: unknown, given: FormData): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const { name, schema } of fieldsOf(form)) {
    const texts = given.getAll(inputName(name)).map((value) => String(value).trim())
    const value = read(schema, texts)
    if (value !== undefined) data[name] = value
  }
  return data
}

function read(schema: FieldSchema, texts: string[]): unknown {
  const text = texts.at(-1) ?? ''
  switch (schema.type) {
    case 'array':
      return texts.flatMap((one) => one.split('\n')).map((one) => one.trim()).filter(Boolean)
    case 'boolean':
      return text === '' ? undefined : text === 'true'
    case 'number':
    case 'integer':
      return text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text)
    default:
      return text === '' ? undefined : text
  }
}

/** Which field a refusal of the engine is about: `at /reason: …`, or `"reason" is a required property`. */
export function fieldOf(message: string, fields: string[]): string | undefined {
  const named = /at \/([^/:]+)/.exec(message)?.[1] ?? /"([^"]+)" is a required property/.exec(message)?.[1]
  return fields.find((field) => field === named)
}
