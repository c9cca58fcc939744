/** What is said of a job in the hand. Pure. */
import { CARRY, HURDLES, VIOLATIONS } from '../../../shared/texts/en.ts'
import type { Drop, Verdict } from './carry.svelte.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'soft'
export type Said = { tone: Tone; words: string }

/** fits / breaks what / costs how much */
export function ofDrop(drop: Drop | null, isAsking: boolean): Said {
  if (!drop) return { tone: 'soft', words: isAsking ? CARRY.asking : '' }
  const broken = [...new Set(drop.violations.map(one => VIOLATIONS[one.code] ?? one.code))]
  const price = drop.cost_delta_seconds == null ? [] : [CARRY.costs(drop.cost_delta_seconds)]
  const drive = drop.travel_delta_seconds == null ? [] : [CARRY.drive(drop.travel_delta_seconds)]
  if (broken.length) return { tone: 'bad', words: [...broken, ...price].join(' · ') }
  return { tone: 'good', words: [CARRY.fits, ...price, ...drive].join(' · ') }
}

/** Each rule that a drop would break, with the other job that it is about. numberOf: of a job, by its id. */
export function reasonsOf(drop: Drop, numberOf: (jobId: string) => string | undefined): string[] {
  const told = drop.violations.map(one => {
    const other = one.job_id && one.job_id !== drop.job_id ? numberOf(one.job_id) : undefined
    return `${VIOLATIONS[one.code] ?? one.code}${other ? ` (${other})` : ''}`
  })
  return [...new Set(told)]
}

/** Whether a technician could take the job that day at all. */
export function ofVerdict(verdict: Verdict | undefined): Said {
  if (!verdict) return { tone: 'soft', words: '' }
  if (verdict.reason) return { tone: 'soft', words: HURDLES[verdict.reason] ?? verdict.reason }
  return { tone: 'good', words: CARRY.costs(verdict.cost_delta_seconds ?? 0) }
}
