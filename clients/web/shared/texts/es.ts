/** The technician's app in Spanish. */
import { CAPTURE, VAN } from './es/capture.ts'
import * as codes from './es/codes.ts'
import * as phone from './es/phone.ts'
import * as technician from './es/technician.ts'
import * as van from './es/van.ts'
import type { Words } from './words.ts'

export const words: Words = {
  LANGUAGE: 'es-ES',
  COMMON: {
    product: 'truckroll',
    demo: 'Demostración: clientes inventados, contraseñas que todos conocen',
    offline: 'Sin red',
    noAnswer: 'El servidor no responde. Comprueba la red e inténtalo otra vez.',
    serverLost: 'Sin contacto con el servidor. Lo que ves puede ser antiguo.',
    unknownReason: code => `Motivo: ${code}`,
    close: 'Cerrar',
    cancel: 'Cancelar',
    back: 'Atrás',
    update: 'Actualizar ya',
    updateWaiting: 'Hay una versión nueva.',
  },
  CAPTURE,
  VAN,
  ...codes,
  ...phone,
  ...technician,
  ...van,
}
