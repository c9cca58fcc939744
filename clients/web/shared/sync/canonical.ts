import { MAX_DEPTH, Refused } from './protocol.ts'

/**
 * The one text of a JSON value, so that a digest is the same in every language: RFC 8785 for the numbers of RFC 7493.
 * Throws Refused (number_out_of_range, too_deep, not_utf8) with the path of the offender.
 */
export function canonical(value: unknown): string {
  return write(value, '$', 0)
}

function write(value: unknown, path: string, depth: number): string {
  if (typeof value === 'string') return text(value, path)
  if (typeof value === 'number') return number(value, path)
  if (value === null || typeof value === 'boolean') return String(value)
  if (depth === MAX_DEPTH) throw refused('too_deep', path, `nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`
  if (typeof value === 'object') return object(value as Record<string, unknown>, path, depth + 1)
  throw refused('malformed', path, `${typeof value} is not a JSON value`)
}

function object(value: Record<string, unknown>, path: string, depth: number): string {
  // JavaScript compares strings by UTF-16 code units, which is the order that RFC 8785 section 3.2.3 asks for.
  const names = Object.keys(value).sort()
  return `{${names.map(name => `${text(name, path)}:${write(value[name], `${path}.${name}`, depth)}`).join(',')}}`
}

function text(value: string, path: string): string {
  if (!value.isWellFormed()) throw refused('not_utf8', path, 'a lone surrogate is not text')
  return JSON.stringify(value)
}

function number(value: number, path: string): string {
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (!isExact) throw refused('number_out_of_range', path, 'an integer beyond 2^53 - 1, or not a finite number')
  return JSON.stringify(value)
}

function refused(code: string, path: string, detail: string): Refused {
  return new Refused({ code, path, detail })
}
