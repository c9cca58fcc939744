/** The units in which a technician thinks of a drive. */
export type Units = 'metric' | 'imperial'

const METRES_PER_MILE = 1609.344
const METRES_PER_FOOT = 0.3048
/** As exact as an estimate is: below these the small unit says more. */
const SMALL_M = 950
const SMALL_MILES = 0.1
const STEP = 50

/** A distance in words, such as 3.4 km or 500 ft. `metres`: ≥ 0; `language`: a BCP 47 tag. */
export function distance(metres: number, units: Units, language: string): string {
  if (units === 'imperial') {
    const miles = metres / METRES_PER_MILE
    return miles < SMALL_MILES ? inUnit(rounded(metres / METRES_PER_FOOT), 'foot', language) : inUnit(miles, 'mile', language)
  }
  return metres < SMALL_M ? inUnit(rounded(metres), 'meter', language) : inUnit(metres / 1000, 'kilometer', language)
}

/** Far ones without a fraction, which nobody reads. */
function inUnit(value: number, unit: string, language: string): string {
  const maximumFractionDigits = value < 10 ? 1 : 0
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value)
}

function rounded(value: number): number {
  return Math.round(value / STEP) * STEP
}
