import type { components } from '../../../shared/api/schema.js'
import { INBOX } from '../../../shared/texts/en.ts'
import { REPORTS } from '../../../shared/texts/en/reports.ts'
import { REASONS } from '../../../shared/texts/words.ts'
import type { By } from './asking.svelte.ts'

type Unit = components['schemas']['Unit']
type Row = components['schemas']['ReportRow']

/** 87.5 %, 35 min, 12; a dash where there was nothing to count. */
export function written(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–'
  if (unit === 'share') return REPORTS.share(value)
  return unit === 'seconds' ? REPORTS.minutes(value) : String(value)
}

/** What a row is called: reasons are codes, everything else has its name from the server. */
export function rowName(row: Row, by: By): string {
  if (row.key === null || row.key === undefined) return '–'
  return by === 'reason' ? (INBOX.reasons[row.key] ?? REASONS[row.key] ?? row.key) : row.label
}
