/** Where people were last known to be, in words that say how it is known and how old it is. Pure. */
import type { components } from '../../../shared/api/schema.js'
import { MAP } from '../../../shared/texts/en.ts'
import { clock } from '../../../shared/time.ts'

type Seen = components['schemas']['WhereaboutView']
type Known = { now_ms: number; zone: string; name: string; job: (id: string) => string }

const MINUTE_MS = 60_000

export function wordsOf(seen: Seen, { now_ms, zone, name, job }: Known): string {
  const place = seen.job_id ? job(seen.job_id) : ''
  const heading = seen.heading_to ? `, ${MAP.heading(job(seen.heading_to))}` : ''
  if (seen.source === 'home' || !seen.at) return `${MAP.home(name)}${heading}`
  if (seen.source === 'at_job') return MAP.atJob(name, place, clock(seen.at, zone))
  return `${MAP.leftJob(name, place, Math.max(0, Math.round((now_ms - Date.parse(seen.at)) / MINUTE_MS)))}${heading}`
}

export function initials(name: string): string {
  return name.split(' ').map(part => part.slice(0, 1)).join('').slice(0, 2)
}
