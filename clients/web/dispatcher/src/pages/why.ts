import { Refused } from '../../../shared/sync/protocol.ts'
import { PAGE_REASONS } from '../../../shared/texts/en/pages.ts'
import { sentence } from '../../../shared/texts/reasons.ts'

/** A reason as a sentence, with the words of the office's pages. */
export const reasonOf = (code: string) => PAGE_REASONS[code] ?? sentence(code)

/** Why something did not go, as a sentence; without an answer, that. */
export const whyOf = (error: unknown) => (error instanceof Refused ? reasonOf(error.refusal.code) : sentence(null))
