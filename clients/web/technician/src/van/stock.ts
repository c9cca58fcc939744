import type { Job, SerialUnit } from '../../../shared/documents.ts'

/** The units of one model in the van. `count`: those for use; `needed`: how many the jobs to come still take. */
export type Shelf = { model: string; units: SerialUnit[]; count: number; needed: number }

/** The van by model, what is needed and not there included. */
export function stockOf(units: readonly SerialUnit[], jobs: readonly Job[]): Shelf[] {
  const usable = Map.groupBy(units.filter(unit => unit.state === 'available' || unit.state === 'reserved'), unit => unit.model)
  const needed = new Map<string, number>()
  for (const job of jobs) {
    for (const [model, quantity] of Object.entries(job.parts)) {
      const installed = job.serials.filter(one => one.model === model).length
      needed.set(model, (needed.get(model) ?? 0) + Math.max(0, quantity - installed))
    }
  }
  const models = [...new Set([...usable.keys(), ...needed.keys()])].sort()
  return models.map(model => {
    const here = usable.get(model) ?? []
    return { model, units: here, count: here.length, needed: needed.get(model) ?? 0 }
  })
}

/** What the jobs of this phone take and the van has not, for models of which it ever holds units with serials. */
export function shortOf(shelves: readonly Shelf[]): { model: string; missing: number }[] {
  return shelves.filter(one => one.needed > one.count).map(({ model, needed, count }) => ({ model, missing: needed - count }))
}
