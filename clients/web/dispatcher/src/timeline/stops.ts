/** From job to job by the arrow keys. Pure. */
import type { Bar, Row } from './layout.ts'

export type Step = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End'
export const STEPS: ReadonlySet<string> = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'])

/** The job that a step leads to from `jobId`: along its row, or to the one nearest in time of the next row that has any. */
export function next(rows: readonly Row[], jobId: string, step: Step): string | undefined {
  const index = rowIndexOf(rows, jobId)
  const row = rows[index]
  if (!row) return rows.find(one => one.bars.length)?.bars[0]?.job.id
  const place = row.bars.findIndex(bar => bar.job.id === jobId)
  switch (step) {
    case 'ArrowLeft': return row.bars[place - 1]?.job.id
    case 'ArrowRight': return row.bars[place + 1]?.job.id
    case 'Home': return row.bars[0]?.job.id
    case 'End': return row.bars.at(-1)?.job.id
    case 'ArrowUp': return nearest(rows.slice(0, index).findLast(one => one.bars.length), row.bars[place]!)
    case 'ArrowDown': return nearest(rows.slice(index + 1).find(one => one.bars.length), row.bars[place]!)
  }
}

export function rowIndexOf(rows: readonly Row[], jobId: string | null): number {
  return jobId === null ? -1 : rows.findIndex(row => row.bars.some(bar => bar.job.id === jobId))
}

function nearest(row: Row | undefined, from: Bar): string | undefined {
  const distance = (bar: Bar) => Math.abs(bar.x + bar.width / 2 - from.x - from.width / 2)
  return row?.bars.reduce((best, bar) => (distance(bar) < distance(best) ? bar : best)).job.id
}
