/** Every word that the clients say, in English. Another language is another file and folder of the same shape. */

export * from './en/board.ts'
export * from './en/breaks.ts'
export * from './en/capture.ts'
export * from './en/codes.ts'
export * from './en/office.ts'
export * from './en/orders.ts'
export * from './en/phone.ts'
export * from './en/plan.ts'
export * from './en/technician.ts'
export * from './en/van.ts'

export const LANGUAGE: string = 'en-GB'

export const COMMON = {
  product: 'truckroll',
  demo: 'Demonstration: invented customers, passwords that everybody knows',
  offline: 'Offline',
  noAnswer: 'The server does not answer. Check the network and try again.',
  serverLost: 'No contact with the server. What you see may be old.',
  unknownReason: (code: string) => `Reason: ${code}`,
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  update: 'Update now',
  updateWaiting: 'A new version is ready.',
}
