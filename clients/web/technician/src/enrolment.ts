/** The one-time code in a link such as `https://office.example/technician/#code=ABC`; null when there is none. */
export function codeIn(link: string): string | null {
  return /^https?:\/\/[^#]*#code=([\w-]{1,40})$/.exec(link)?.[1] ?? null
}

/** The code of the address that was opened, taken out of it so that it is not kept; '' when there is none. */
export function takeCode(): string {
  const code = codeIn(location.href)
  if (code) history.replaceState(null, '', location.pathname)
  return code ?? ''
}
