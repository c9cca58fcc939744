import type { Job } from '../../../shared/documents.ts'

/** What is done with a unit. */
export type Mode = 'install' | 'recover' | 'swap'
export const MODES: readonly Mode[] = ['install', 'recover', 'swap']

/** What the job is about, by what it lists: where it puts nothing in, something is taken out first. */
export function usualMode(job: Pick<Job, 'parts' | 'to_recover'>): Mode {
  const putsIn = Object.keys(job.parts).length > 0
  // A document from before the last update says nothing of what is to be brought back.
  const takesOut = (job.to_recover ?? []).length > 0
  if (putsIn) return takesOut ? 'swap' : 'install'
  return 'recover'
}
