/** What this phone knows about a serial number that was read, for each way in which a unit can change hands at a job. */
import type { Job } from '../../../shared/documents.ts'
import { check, type SerialCheck, type Unit } from '../../../shared/sync/serials.ts'
import type { Phone } from '../phone.svelte.ts'

export type Direction = 'in' | 'out'

/** The model of a recorded unit: as it was recorded, else as the stock of the van knows it. */
export function modelOf(phone: Phone, { serial, model }: { serial: string; model?: string | null }): string | undefined {
  return model ?? phone.units.find(held => held.serial === serial)?.model
}

/** How far the equipment of a job is put in, by model. */
export function progress(phone: Phone, job: Job): { model: string; wanted: number; installed: number }[] {
  return Object.entries(job.parts).map(([model, wanted]) => {
    const installed = job.serials.filter(one => modelOf(phone, one) === model).length
    return { model, wanted, installed }
  })
}

export function judge(phone: Phone, job: Job, text: string, direction: Direction): SerialCheck {
  const known = direction === 'in' ? { units: unitsIn(phone), wanted: Object.keys(job.parts) } : { units: unitsOut(phone, job), wanted: [] }
  return check(text, { ...known, grammars: phone.grammars })
}

/** Whether a serial was recorded at this job already, in this direction. */
export function isRecorded(job: Job, serial: string, direction: Direction): boolean {
  return (direction === 'in' ? job.serials : job.recovered).some(one => one.serial === serial)
}

/** What is put in at any job of this phone, then what is in the van: a unit that was taken out is not to be put in. */
function unitsIn(phone: Phone): Unit[] {
  const installed = phone.jobs.flatMap(one => one.serials)
  const usable = new Set(phone.usable.map(unit => unit.serial))
  return [
    ...installed.map(one => ({ serial: one.serial, model: modelOf(phone, one) ?? '', is_here: false })),
    ...phone.units.map(unit => ({ serial: unit.serial, model: unit.model, is_here: usable.has(unit.serial) })),
  ]
}

/** What may be taken out here; a unit that lies in the van is not in a home. */
function unitsOut(phone: Phone, job: Job): Unit[] {
  return [
    ...(job.to_recover ?? []),
    ...job.serials.map(one => ({ serial: one.serial, model: modelOf(phone, one) ?? '' })),
    ...phone.units.map(unit => ({ serial: unit.serial, model: unit.model, is_here: false })),
  ]
}
