/** The technician's app in Finnish. */
import { CAPTURE, VAN } from './fi/capture.ts'
import * as codes from './fi/codes.ts'
import * as phone from './fi/phone.ts'
import * as technician from './fi/technician.ts'
import * as van from './fi/van.ts'
import type { Words } from './words.ts'

export const words: Words = {
  LANGUAGE: 'fi-FI',
  COMMON: {
    product: 'truckroll',
    demo: 'Esittely: keksittyjä asiakkaita, salasanat kaikkien tiedossa',
    offline: 'Ei verkkoa',
    noAnswer: 'Palvelin ei vastaa. Tarkista verkko ja yritä uudelleen.',
    serverLost: 'Ei yhteyttä palvelimeen. Näkemäsi voi olla vanhaa.',
    unknownReason: code => `Syy: ${code}`,
    close: 'Sulje',
    cancel: 'Peruuta',
    back: 'Takaisin',
    update: 'Päivitä nyt',
    updateWaiting: 'Uusi versio on valmis.',
  },
  CAPTURE,
  VAN,
  ...codes,
  ...phone,
  ...technician,
  ...van,
}
