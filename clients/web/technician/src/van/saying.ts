/** What is sent of numbers: a model of which there is none is left out. */
export function only(parts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(parts).filter(([, count]) => count > 0))
}
