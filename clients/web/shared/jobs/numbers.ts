/**
 * A number as a person types it: null for nothing, undefined for what is none. A comma is a point, because half of Europe
 * types it so, and a minus may be a real one.
 */
export function numberOf(typed: string): number | null | undefined {
  const text = typed.trim().replace(',', '.').replace('−', '-')
  if (text === '') return null
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}
