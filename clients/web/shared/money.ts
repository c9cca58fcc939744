import { LANGUAGE } from './texts/words.ts'

/** ISO 4217: no currency is involved. */
const NONE = 'XXX'

/** €1.31, of an amount in the currency's smallest unit; a dash where no currency is involved. */
export function money(amount_minor: number, currency: string): string {
  if (currency === NONE) return '–'
  const format = new Intl.NumberFormat(LANGUAGE, { style: 'currency', currency })
  return format.format(amount_minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
