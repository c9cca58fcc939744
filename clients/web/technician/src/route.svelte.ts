/** Where the person is, from the address's fragment: `#/`, `#/job/<id>`, `#/refused`. */
export class Route {
  path = $state(read())

  constructor() {
    addEventListener('hashchange', () => {
      this.path = read()
      scrollTo(0, 0)
    })
  }

  /** The id of the job that is shown, undefined elsewhere. */
  get jobId(): string | undefined {
    return /^\/job\/([\w-]+)$/.exec(this.path)?.[1]
  }
}

/** The enrolment code of a link such as `/technician/#code=ABC`, taken out of the address so that it is not kept. */
export function takeCode(): string {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1]
  if (code) history.replaceState(null, '', location.pathname)
  return code ?? ''
}

function read(): string {
  return location.hash.startsWith('#/') ? location.hash.slice(1) : '/'
}
