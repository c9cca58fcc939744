/** What is said of a job in the hand. Pure. */
import { CARRY, DRAFT, HURDLES, VIOLATIONS } from '../../../shared/texts/en.ts'
import type { Drop, Verdict } from './carry.svelte.ts'
import type { Whole } from './draft.svelte.ts'

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
export function reasonsOf(drop: Pick<Drop, 'job_id' | 'violations'>, numberOf: (jobId: string) => string | undefined): string[] {
  const told = drop.violations.map(one => {
    if (one.code === 'planned_meanwhile') return DRAFT.meanwhile(String(one.params.by ?? CARRY.somebody))
    const other = one.job_id && one.job_id !== drop.job_id ? numberOf(one.job_id) : undefined
    return `${VIOLATIONS[one.code] ?? one.code}${other ? ` (${other})` : ''}`
  })
  return [...new Set(told)]
}

/** What is tried out as a whole: what it costs, and each move that does not fit with the reasons. */
export function ofWhole(whole: Whole | null, numberOf: (jobId: string) => string | undefined): { price: string; misfits: { jobId: string; words: string }[] } {
  if (!whole) return { price: CARRY.asking, misfits: [] }
  const broken = whole.moves.filter(move => move.violations.length)
  return {
    price: CARRY.costs(whole.cost_delta_seconds),
    misfits: broken.map(move => ({ jobId: move.job_id, words: `${numberOf(move.job_id) ?? '–'}: ${reasonsOf(move, numberOf).join(' · ')}` })),
  }
}

/** Whether a technician could take the job that day at all. */
export function ofVerdict(verdict: Verdict | undefined): Said {
  if (!verdict) return { tone: 'soft', words: '' }
  if (verdict.reason) return { tone: 'soft', words: HURDLES[verdict.reason] ?? verdict.reason }
  return { tone: 'good', words: CARRY.costs(verdict.cost_delta_seconds ?? 0) }
}
