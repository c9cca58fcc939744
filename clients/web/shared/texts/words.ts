/**
 * The words that a client says, in the language that was chosen before its first screen was drawn. English is there from
 * the start; another language is fetched, from the service worker's files when there is no network. Bindings are live:
 * whoever imports `JOB` sees the words that `speak` put there.
 */
import * as english from './en.ts'

/** What a language file holds: everything that the technician's app says. */
export type Words = Pick<
  typeof english,
  | 'LANGUAGE' | 'COMMON' | 'ENROL' | 'TABS' | 'DAY' | 'STATUS' | 'JOB' | 'TIME' | 'SAFETY' | 'FOLLOW_UP' | 'PARTS' | 'CAPTURE' | 'VAN' | 'VAN_WORK' | 'BEFORE' | 'SYNC' | 'PHONE' | 'FAILURES'
  | 'JOB_STATES' | 'OPERATIONS' | 'REASONS' | 'FIELD_REASONS' | 'REASON_ROOTS' | 'MUTATION_STATES' | 'SERVICES' | 'RESOURCES'
>

export let {
  LANGUAGE, COMMON, ENROL, TABS, DAY, STATUS, JOB, TIME, SAFETY, FOLLOW_UP, PARTS, CAPTURE, VAN, VAN_WORK, BEFORE, SYNC, PHONE, FAILURES,
  JOB_STATES, OPERATIONS, REASONS, FIELD_REASONS, REASON_ROOTS, MUTATION_STATES, SERVICES, RESOURCES,
}: Words = english

/** Languages by their tag, each with its own name and its file. */
export const LANGUAGES: Readonly<Record<string, { name: string; load: () => Promise<Words> }>> = {
  en: { name: 'English', load: async () => english },
  fi: { name: 'Suomi', load: async () => (await import('./fi.ts')).words },
  es: { name: 'Español', load: async () => (await import('./es.ts')).words },
}

/** Says everything in a language from now on; what is drawn already stays as it is. One that is not here is English. */
export async function speak(tag: string): Promise<void> {
  const words = await (LANGUAGES[tag] ?? LANGUAGES.en!).load()
  ;({
    LANGUAGE, COMMON, ENROL, TABS, DAY, STATUS, JOB, TIME, SAFETY, FOLLOW_UP, PARTS, CAPTURE, VAN, VAN_WORK, BEFORE, SYNC, PHONE, FAILURES,
    JOB_STATES, OPERATIONS, REASONS, FIELD_REASONS, REASON_ROOTS, MUTATION_STATES, SERVICES, RESOURCES,
  } = words)
}
