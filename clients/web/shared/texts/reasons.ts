import { COMMON, REASONS } from './words.ts'

/** A reason as a sentence; one that this version does not know, by its code. */
export function sentence(code: string | null | undefined): string {
  if (!code) return COMMON.noAnswer
  return REASONS[code] ?? COMMON.unknownReason(code)
}
