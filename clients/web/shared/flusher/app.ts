declare const __APP__: string | undefined

/** Name and version of this client, by which the office knows what a technician works with. */
export const APP: string = typeof __APP__ === 'undefined' ? 'web' : __APP__
