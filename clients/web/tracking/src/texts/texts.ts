import { en } from './en.ts'
import { es } from './es.ts'
import { fi } from './fi.ts'

/** Everything that the page says. */
export type Texts = typeof en

/** Languages by their tag. All of them travel with the page: together they are smaller than a second request. */
export const TEXTS: Readonly<Record<string, Texts>> = { en, fi, es }

/** The language of ours that a BCP 47 tag such as `fi-FI` asks for. */
export function languageOf(tag: string): string {
  const language = tag.split('-')[0]!.toLowerCase()
  return language in TEXTS ? language : 'en'
}
