/** What this phone knows of a serial number that is read in the van: on a transfer, for a hand-over, in a count. */
import type { ComingTransfer, SerialUnit } from '../../../shared/documents.ts'
import { check, normalised, type SerialCheck, type Unit } from '../../../shared/sync/serials.ts'
import type { Phone } from '../phone.svelte.ts'

/** A unit that was read here: a scan is evidence, a typed number a claim. */
export type Read = { serial: string; model: string | null; method: 'scan' | 'manual' }

/** A unit that is unpacked: it is on the paper, or somebody should look again. What the van has already is not unpacked. */
export function judgeArrival(phone: Phone, transfer: ComingTransfer, text: string): SerialCheck {
  const units = [...transfer.units, ...phone.units.map(unit => ({ serial: unit.serial, model: unit.model, is_here: false }))]
  return check(text, { units, grammars: phone.grammars, wanted: [] })
}

/** A unit of the van: `where` says which of them can be meant. */
export function judgeHeld(phone: Phone, text: string, where: (unit: SerialUnit) => boolean = () => true): SerialCheck {
  const units: Unit[] = phone.units.map(unit => ({ serial: unit.serial, model: unit.model, is_here: where(unit) }))
  return check(text, { units, grammars: phone.grammars, wanted: [] })
}

/** Whether a unit may only go to a place of returns: it was taken out at a customer's, or is faulty. */
export function mustReturn(phone: Phone, serial: string): boolean {
  const unit = phone.units.find(one => one.serial === normalised(serial))
  return unit?.state === 'recovered' || unit?.state === 'quarantined'
}

/** What was announced and not read, and what was read and not announced. */
export function differences(transfer: ComingTransfer, read: readonly Read[], parts: Readonly<Record<string, number>>) {
  const serials = new Set(read.map(one => one.serial))
  const announced = new Set(transfer.units.map(unit => unit.serial))
  const models = [...new Set([...Object.keys(transfer.parts), ...Object.keys(parts)])].sort()
  return {
    missing: transfer.units.filter(unit => !serials.has(unit.serial)),
    strange: read.filter(one => !announced.has(one.serial)),
    parts: models
      .map(model => ({ model, announced: transfer.parts[model] ?? 0, arrived: parts[model] ?? 0 }))
      .filter(one => one.announced !== one.arrived),
  }
}
