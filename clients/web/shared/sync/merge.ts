/**
 * Who wins when a field was changed both on site and in the office, and what becomes of the value that loses;
 * `sync/merge.py` in the browser. Null and absent are the same value.
 */
import { canonical } from './canonical.ts'
import type { JsonObject, JsonValue } from './protocol.ts'

export type Policy = 'observed' | 'planned' | 'text' | 'set' | 'items'
export type Lost = { field: string; entry: string | null; value: JsonValue; side: 'site' | 'office' }
export type Merge<Kept> = { kept: Kept; lost: readonly Lost[] }
/** base: what the technician saw; site: what was set; office: what the server holds. */
type Sides<Value> = { base: Value; site: Value; office: Value }
type Named = Readonly<Record<string, JsonValue | undefined>>

/** Merges what the technician changed into the office's document. Every field of site needs a policy. */
export function mergeFields(policies: Readonly<Record<string, Policy>>, { base, site, office }: Sides<Named>): Merge<JsonObject> {
  const kept: Record<string, JsonValue> = { ...(office as JsonObject) }
  const lost: Lost[] = []
  for (const [name, value] of Object.entries(site)) {
    const merge = mergeField(policies[name]!, name, { base: base[name], site: value, office: office[name] })
    kept[name] = merge.kept
    lost.push(...merge.lost)
  }
  return { kept, lost }
}

/** Merges one field; a value is lost only when both sides changed it, and differently. */
export function mergeField(policy: Policy, field: string, sides: Sides<JsonValue | undefined>): Merge<JsonValue> {
  const { base = null, site = null, office = null } = sides
  if (policy === 'items') return mergeItems(field, { base, site, office })
  if (same(site, base) || same(site, office)) return { kept: office, lost: [] }
  if (same(office, base)) return { kept: site, lost: [] }
  if (policy === 'planned') return { kept: office, lost: [{ field, entry: null, value: site, side: 'site' }] }
  const all = [base, site, office]
  if (policy === 'text' && all.every(isText)) return { kept: joined(base ?? '', site ?? '', office ?? ''), lost: [] }
  if (policy === 'set' && all.every(isList)) return { kept: united(base ?? [], site ?? [], office ?? []), lost: [] }
  return { kept: site, lost: [{ field, entry: null, value: office, side: 'office' }] }
}

function mergeItems(field: string, { base, site, office }: Sides<JsonValue>): Merge<JsonValue> {
  const entries = (site ?? {}) as JsonObject
  const policies = Object.fromEntries(Object.keys(entries).map(name => [name, 'observed' as const]))
  const merge = mergeFields(policies, { base: (base ?? {}) as JsonObject, site: entries, office: (office ?? {}) as JsonObject })
  return { kept: merge.kept, lost: merge.lost.map(one => ({ ...one, field, entry: one.field })) }
}

function same(left: JsonValue, right: JsonValue): boolean {
  return canonical(left) === canonical(right)
}

function isText(value: JsonValue): value is string | null {
  return value === null || typeof value === 'string'
}

function isList(value: JsonValue): value is readonly JsonValue[] | null {
  return value === null || Array.isArray(value)
}

function has(values: readonly JsonValue[], wanted: JsonValue): boolean {
  return values.some(value => same(value, wanted))
}

/** What both still have, then what each added, the office's first. */
function united(base: JsonValue, site: JsonValue, office: JsonValue): JsonValue {
  const [was, seen, held] = [base, site, office].map(side => side as readonly JsonValue[]) as [JsonValue[], JsonValue[], JsonValue[]]
  const gone = was.filter(value => !has(seen, value) || !has(held, value))
  const kept = held.filter(value => !has(gone, value))
  return [...kept, ...seen.filter(value => !has(gone, value) && !has(kept, value))]
}

/** Both texts: the office's whole, then what the technician added. */
function joined(base: JsonValue, site: JsonValue, office: JsonValue): string {
  const [was, seen] = [String(base), String(site)]
  const added = (seen.startsWith(was) ? seen.slice(was.length) : seen).replace(/^\n+/, '')
  return [String(office), added].filter(part => part).join('\n')
}
