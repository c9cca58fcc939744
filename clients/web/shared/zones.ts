/** Between local time of a site and instants. A zone is an IANA name. */

const parts = new Map<string, Intl.DateTimeFormat>()

/** The instant (ms since 1970) at which a local day begins so many hours after its midnight; 26 is 02:00 of the next day. */
export function instantOf(day: string, hours: number, zone: string): number {
  const local = Date.parse(`${day}T00:00:00Z`) + hours * 3_600_000
  // The offset is that of the instant, which is not known yet: a second look settles all but the hour that does not exist.
  const guess = local - offset(local, zone)
  return local - offset(guess, zone)
}

/** What local clocks are ahead of UTC at an instant, in ms. */
function offset(instant: number, zone: string): number {
  const found = Object.fromEntries(formatOf(zone).formatToParts(instant).map(part => [part.type, Number(part.value)]))
  const { year = 0, month = 1, day, hour, minute, second } = found
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
}

/** Making a format costs more than using it a hundred times. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = parts.get(zone)
  if (!format) {
    const digits = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...digits })
    parts.set(zone, format)
  }
  return format
}
