/** What technicians measure, beside what a checklist asks for. `skill`: of the work at which it makes sense. */
export type Measure = { name: string; unit: string; skill?: string }

const MEASURES: readonly Measure[] = [
  { name: 'light_level', unit: 'dBm', skill: 'fibre' },
  { name: 'signal_level', unit: 'dBmV', skill: 'coax' },
  { name: 'loop_resistance', unit: 'Ω', skill: 'copper' },
  { name: 'downstream', unit: 'Mbit/s' },
  { name: 'upstream', unit: 'Mbit/s' },
]

/** What can be measured at work that takes these skills; the most particular first. */
export function measuresFor(skills: readonly string[]): Measure[] {
  return MEASURES.filter(({ skill }) => !skill || skills.includes(skill))
}
