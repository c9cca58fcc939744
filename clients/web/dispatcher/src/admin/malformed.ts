import { MALFORMED } from '../../../shared/texts/en/admin.ts'

type Words = (found: string[]) => string

/** What the server's decoder says, and the same as a sentence. A pattern is known by a piece of it. */
const SAID: readonly [RegExp, Words][] = [
  [/^Expected `str` matching regex .*A-Za-z0-9._-/, () => MALFORMED.code],
  [/^Expected `str` matching regex .*@/, () => MALFORMED.email],
  [/^Expected `str` matching regex .*\[a-z0-9_\]/, () => MALFORMED.lowerCode],
  [/^Expected `str` matching regex/, () => MALFORMED.otherForm],
  [/^Expected `(?:str|array)` of length >= (\d+)/, ([count]) => MALFORMED.atLeastLong(Number(count))],
  [/^Expected `(?:str|array)` of length <= (\d+)/, ([count]) => MALFORMED.atMostLong(Number(count))],
  [/^Expected `(?:int|float)` >= (\S+)/, ([least]) => MALFORMED.atLeast(least!)],
  [/^Expected `(?:int|float)` <= (\S+)/, ([most]) => MALFORMED.atMost(most!)],
  [/^Object missing required field `(.+)`/, ([field]) => MALFORMED.missing(field!)],
  [/^Object contains unknown field `(.+)`/, ([field]) => MALFORMED.unknown(field!)],
  [/^Invalid enum value '?(.*?)'?$/, ([value]) => MALFORMED.noChoice(value!)],
  [/^Expected `int(?: \| null)?`, got/, () => MALFORMED.wholeNumber],
  [/^Expected `float(?: \| null)?`, got/, () => MALFORMED.number],
  [/^Expected `str(?: \| null)?`, got/, () => MALFORMED.text],
  [/^Expected `(?:bool)`, got/, () => MALFORMED.yesOrNo],
  [/^Expected `array/, () => MALFORMED.list],
  [/^Expected `object/, () => MALFORMED.object],
  [/^Invalid/, () => MALFORMED.otherForm],
]

/** A malformed value in a sentence for whoever wrote it; what is not known to a programmer either is left as it is. */
export function inWords(detail: string): string {
  for (const [pattern, words] of SAID) {
    const found = pattern.exec(detail)
    if (found) return words(found.slice(1))
  }
  return detail
}
