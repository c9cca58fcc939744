/**
 * Whether a serial number was read rightly; `sync/serials.py` in the browser, run from tests/vectors/serials.json.
 * The answer is advice: a person may always confirm what was read.
 */
export type CheckRule = 'luhn' | 'luhn_36' | 'mod_11_2' | 'mod_37_36'
export type Grammar = { model: string; pattern: string; check?: CheckRule | null }
/** is_here: it is where the reader takes units from, and may be put in; so it is when nothing is said. */
export type Unit = { serial: string; model: string; is_here?: boolean }
export type SerialVerdict = 'ok' | 'unknown' | 'wrong_model' | 'not_in_van' | 'looks_like' | 'malformed'
export type Likeness = { serial: string; model: string; slips: number }
export type SerialCheck = { verdict: SerialVerdict; serial: string; model: string | null; looks_like: Likeness[] }

const MOST_CHARACTERS = 64
const MOST_SLIPS = 2
const MOST_LIKENESSES = 3
const CONFUSABLE = ['0ODQ', '1ILJ', '2Z', '5S', '6G', '8B', 'UV', 'MN']
const DIGITS = '0123456789'
const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Judges what was read. wanted: models that are still to be put in; none says that any will do. */
export function check(text: string, known: { units: Unit[]; grammars: Grammar[]; wanted: string[] }): SerialCheck {
  const { units, grammars, wanted } = known
  const serial = normalised(text)
  const exact = units.find(unit => unit.serial === serial)
  if (exact && isHere(exact)) return { verdict: isWanted(exact.model, wanted) ? 'ok' : 'wrong_model', serial, model: exact.model, looks_like: [] }
  const alike = likenesses(serial, units)
  if (exact) return { verdict: 'not_in_van', serial, model: exact.model, looks_like: alike }
  const grammar = grammars.find(one => isWellFormed(serial, one))
  // A check character that holds says that the label was read rightly: nobody is asked about its neighbours.
  if (alike.length && !grammar?.check) return { verdict: 'looks_like', serial, model: grammar?.model ?? null, looks_like: alike }
  if (!grammar) return { verdict: 'malformed', serial, model: null, looks_like: [] }
  return { verdict: isWanted(grammar.model, wanted) ? 'unknown' : 'wrong_model', serial, model: grammar.model, looks_like: [] }
}

/** A serial as it is compared: Latin letters in capitals, without the blanks that a label puts between groups. */
export function normalised(text: string): string {
  return text.replace(/[ \t\r\n]/g, '').replace(/[a-z]/g, letter => letter.toUpperCase())
}

/** Whether the check character at the end is right; an end of less than two characters has none. */
export function holds(rule: CheckRule, serial: string): boolean {
  switch (rule) {
    case 'luhn':
      return luhn(end(serial, DIGITS), DIGITS)
    case 'luhn_36':
      return luhn(end(serial, ALPHANUMERIC), ALPHANUMERIC)
    case 'mod_11_2':
      return serial.endsWith('X') ? mod11_2(`${end(serial.slice(0, -1), DIGITS)}X`) : mod11_2(end(serial, DIGITS))
    case 'mod_37_36':
      return mod37_36(end(serial, ALPHANUMERIC))
  }
}

/** The least weight of slips that makes one of the other, null above MOST_SLIPS. See the Python twin for its source. */
export function slips(read: string, meant: string): number | null {
  if (Math.abs(read.length - meant.length) > 1 || read.length > MOST_CHARACTERS) return null
  let before: number[] = []
  let above = Array.from({ length: meant.length + 1 }, (_, column) => 2 * column)
  for (let row = 1; row <= read.length; row++) {
    const here = [2 * row]
    for (let column = 1; column <= meant.length; column++) {
      const [character, other] = [read[row - 1]!, meant[column - 1]!]
      let least = Math.min(above[column]! + 2, here[column - 1]! + 2, above[column - 1]! + wrong(character, other))
      const isExchanged = character !== other && read[row - 2] === other && meant[column - 2] === character
      if (isExchanged) least = Math.min(least, before[column - 2]! + 1)
      here.push(least)
    }
    ;[before, above] = [above, here]
  }
  const least = above.at(-1)!
  return least <= MOST_SLIPS ? least : null
}

function likenesses(serial: string, units: Unit[]): Likeness[] {
  const found: Likeness[] = []
  for (const unit of units.filter(isHere)) {
    const distance = slips(serial, unit.serial)
    if (distance) found.push({ serial: unit.serial, model: unit.model, slips: distance })
  }
  found.sort((one, other) => one.slips - other.slips || (one.serial < other.serial ? -1 : 1))
  return found.slice(0, MOST_LIKENESSES)
}

function isHere(unit: Unit): boolean {
  return unit.is_here ?? true
}

function isWanted(model: string, wanted: string[]): boolean {
  return wanted.length === 0 || wanted.includes(model)
}

function isWellFormed(serial: string, grammar: Grammar): boolean {
  if (serial.length > MOST_CHARACTERS || !new RegExp(grammar.pattern).test(serial)) return false
  return !grammar.check || holds(grammar.check, serial)
}

function wrong(read: string, meant: string): number {
  if (read === meant) return 0
  return CONFUSABLE.some(group => group.includes(read) && group.includes(meant)) ? 1 : 2
}

function end(serial: string, alphabet: string): string {
  let from = serial.length
  while (from > 0 && alphabet.includes(serial[from - 1]!)) from--
  return serial.slice(from)
}

function luhn(text: string, alphabet: string): boolean {
  const base = alphabet.length
  let total = 0
  for (let place = 0; place < text.length; place++) {
    const weighed = alphabet.indexOf(text[text.length - 1 - place]!) * (1 + (place % 2))
    total += Math.floor(weighed / base) + (weighed % base)
  }
  return text.length > 1 && total % base === 0
}

function mod11_2(text: string): boolean {
  let total = 0
  for (const character of text) total = (2 * total + (character === 'X' ? 10 : Number(character))) % 11
  return text.length > 1 && total === 1
}

function mod37_36(text: string): boolean {
  let product = 36
  for (const character of text.slice(0, -1)) product = (((product + ALPHANUMERIC.indexOf(character)) % 36 || 36) * 2) % 37
  return text.length > 1 && (product + ALPHANUMERIC.indexOf(text.at(-1)!)) % 36 === 1
}
