/**
 * How this phone looks and speaks. It is the phone's own and no work, so it lives in localStorage; where that is refused,
 * the usual looks are as good as any.
 */
import type { Units } from '../../../shared/distances.ts'
import { LANGUAGES } from '../../../shared/texts/words.ts'

/** The choices of each look, the usual one first. */
export const LOOKS = {
  scheme: ['auto', 'light', 'dark'],
  size: ['usual', 'large', 'larger'],
  hand: ['right', 'left'],
  units: ['metric', 'imperial'],
} as const

export type Look = keyof typeof LOOKS

/** What was chosen, or what is usual. */
export function chosen(look: Look): string {
  const value = kept(look)
  return (LOOKS[look] as readonly string[]).includes(value ?? '') ? value! : LOOKS[look][0]
}

/** In which distances are told. */
export function units(): Units {
  return chosen('units') as Units
}

/** Takes a choice over at once. */
export function choose(look: Look, value: string): void {
  keep(look, value)
  applyLooks()
}

/** The language that was chosen, else the browser's first that we speak, else English. */
export function language(): string {
  const wanted = [kept('language'), ...navigator.languages.map(tag => tag.slice(0, 2))]
  return wanted.find(tag => tag && tag in LANGUAGES) ?? 'en'
}

/** The words are drawn already: they change with the page. */
export function chooseLanguage(tag: string): void {
  keep('language', tag)
  location.reload()
}

export function applyLooks(): void {
  const root = document.documentElement
  root.lang = language()
  root.dataset.hand = chosen('hand')
  root.dataset.size = chosen('size')
  const scheme = chosen('scheme')
  root.style.colorScheme = scheme === 'auto' ? '' : scheme
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(`truckroll ${name}`)
  } catch {
    return null
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`truckroll ${name}`, value)
  } catch {
    // Refused: it looks as it did before.
  }
}
