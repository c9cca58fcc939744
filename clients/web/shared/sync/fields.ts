/** The fields of a job's document that a technician may correct, and who wins each; `sync/fields.py` in the browser. */
import type { Policy } from './merge.ts'
import type { JsonObject, JsonValue } from './protocol.ts'

/** Policy by field, a path in the document. */
export const POLICIES: Readonly<Record<string, Policy>> = {
  'premises.access_notes': 'text',
  'premises.hazards': 'set',
  'customer.phone': 'observed',
  'customer.name': 'planned',
}

/** The value of a field; null when the document has none. */
export function read(document: JsonObject, field: string): JsonValue {
  const [part, name] = field.split('.') as [string, string]
  return partOf(document, part)[name] ?? null
}

/** The document with another value in a field. */
export function write(document: JsonObject, field: string, value: JsonValue): JsonObject {
  const [part, name] = field.split('.') as [string, string]
  return { ...document, [part]: { ...partOf(document, part), [name]: value } }
}

function partOf(document: JsonObject, part: string): JsonObject {
  const held = document[part]
  return held && typeof held === 'object' && !Array.isArray(held) ? (held as JsonObject) : {}
}
