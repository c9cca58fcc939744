import type { Job, SerialUnit, Van } from '../../../shared/documents.ts'

/**
 * One model in the van. `units`: those for use, none for parts that are counted; `count`: how many for use; `needed`: how many
 * the jobs to come still take; `minimum`, `maximum`: what the van should hold, if anybody said; `countedAt`: the last count.
 */
export type Shelf = {
  model: string
  units: SerialUnit[]
  isCounted: boolean
  count: number
  needed: number
  minimum: number | null
  maximum: number | null
  countedAt: string | null
}

/** The units in the van: what was received without a network is in it, what was handed over is not. */
export function unitsOf(units: readonly SerialUnit[], van: Van | undefined): SerialUnit[] {
  const received = (van?.received ?? []).map(one => ({ ...one, state: 'available' as const }))
  const all = new Map([...received, ...units].map((unit): [string, SerialUnit] => [unit.serial, unit]))
  const faulty = new Set(van?.faulty?.map(one => one.serial))
  return [...all.values()]
    .filter(unit => !van?.handed_over?.includes(unit.serial))
    .map(unit => (faulty.has(unit.serial) ? { ...unit, state: 'quarantined' as const } : unit))
}

/** The van by model, what is needed or should be there and is not included. */
export function stockOf(units: readonly SerialUnit[], jobs: readonly Job[], van?: Van): Shelf[] {
  const usable = Map.groupBy(units.filter(unit => unit.state === 'available' || unit.state === 'reserved'), unit => unit.model)
  const needed = new Map<string, number>()
  for (const job of jobs) {
    for (const [model, quantity] of Object.entries(job.parts)) {
      const installed = job.serials.filter(one => one.model === model).length
      needed.set(model, (needed.get(model) ?? 0) + Math.max(0, quantity - installed))
    }
  }
  const parts = Object.entries(van?.parts ?? {}).filter(([, count]) => count !== 0).map(([model]) => model)
  const models = [...new Set([...usable.keys(), ...needed.keys(), ...parts, ...Object.keys(van?.levels ?? {})])].sort()
  return models.map(model => shelfOf(model, usable.get(model) ?? [], needed.get(model) ?? 0, van))
}

/** What the jobs of this phone take and the van has not, for models of which it ever holds units with serials. */
export function shortOf(shelves: readonly Shelf[]): { model: string; missing: number }[] {
  return shelves.filter(one => one.needed > one.count).map(({ model, needed, count }) => ({ model, missing: needed - count }))
}

/** Whether less is there than should be, as somebody said. */
export function isLow({ count, minimum }: Shelf): boolean {
  return minimum !== null && count < minimum
}

/** What would fill the van up again for its jobs and for what it should hold. */
export function wantedOf({ count, needed, minimum, maximum }: Shelf): number {
  return count - needed < (minimum ?? 0) ? Math.max(maximum ?? 0, minimum ?? 0) - (count - needed) : 0
}

function shelfOf(model: string, units: SerialUnit[], needed: number, van: Van | undefined): Shelf {
  const level = van?.levels[model]
  const parts = van?.parts[model]
  return {
    model,
    units,
    isCounted: parts !== undefined,
    count: parts ?? units.length,
    needed,
    minimum: level?.minimum ?? null,
    maximum: level?.maximum ?? null,
    countedAt: van?.counted[model] ?? null,
  }
}
