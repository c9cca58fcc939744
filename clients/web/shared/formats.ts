const formats = new Map<string, Intl.DateTimeFormat>()

/** Making a format takes as long as using it a hundred times, and a board shows hundreds of times. */
export function formatOf(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = language + JSON.stringify(options)
  const format = formats.get(name) ?? new Intl.DateTimeFormat(language, options)
  formats.set(name, format)
  return format
}
