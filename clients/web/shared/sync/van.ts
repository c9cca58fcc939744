/** What a technician sees of the own van at once; `sync/optimistic_van.py` in the browser. Guesses, and as total. */
import type { JsonObject, JsonValue } from './protocol.ts'
import type { Applier } from './replica.ts'

type Parts = Readonly<Record<string, number>>

/** Applier by name of operation. */
export const VAN_APPLIERS: Readonly<Record<string, Applier>> = {
  transfer_received: receive,
  handed_over: (van, args) => ({
    ...van,
    handed_over: [...listOf(van.handed_over), ...listOf(args.serials)],
    parts: more(van, partsOf(args.parts), -1),
  }),
  stock_counted: (van, args) => {
    const parts = partsOf(van.parts)
    const counted = typeof args.quantity === 'number' ? { ...parts, [String(args.model)]: args.quantity } : parts
    return { ...van, parts: counted, counts: [...listOf(van.counts), args] }
  },
  parts_requested: appendedTo('requests'),
  unit_faulty: appendedTo('faulty'),
}

/** What was announced is in the van; what was not is for the office to look at. */
function receive(van: JsonObject, args: JsonObject): JsonObject {
  const transfers = listOf(van.transfers) as readonly JsonObject[]
  const transfer = transfers.find(one => one.id === args.transfer)
  if (!transfer) return van
  const read = listOf(args.serials)
  const units = listOf(transfer.units) as readonly JsonObject[]
  const here = units.filter(one => read.includes(one.serial ?? null))
  const coming = partsOf(transfer.parts)
  const arrived = mapped(partsOf(args.parts), (model, count) => Math.min(count, coming[model] ?? 0))
  const left = {
    ...transfer,
    state: 'short',
    units: units.filter(one => !here.includes(one)),
    parts: kept(mapped(coming, (model, count) => count - (arrived[model] ?? 0))),
  }
  const others = transfers.filter(one => one !== transfer)
  return {
    ...van,
    transfers: left.units.length || Object.keys(left.parts).length ? [...others, left] : others,
    received: [...listOf(van.received), ...here],
    parts: more(van, arrived, 1),
  }
}

function appendedTo(name: string): Applier {
  return (van, args) => ({ ...van, [name]: [...listOf(van[name]), args] })
}

function more(van: JsonObject, parts: Parts, sign: 1 | -1): JsonObject {
  const known = partsOf(van.parts)
  return { ...known, ...mapped(parts, (model, count) => (known[model] ?? 0) + sign * count) }
}

function mapped(parts: Parts, change: (model: string, count: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(parts).map(([model, count]) => [model, change(model, count)]))
}

function kept(parts: Parts): Record<string, number> {
  return Object.fromEntries(Object.entries(parts).filter(([, count]) => count > 0))
}

function partsOf(value: JsonValue | undefined): Parts {
  return (value as Parts | undefined) ?? {}
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
