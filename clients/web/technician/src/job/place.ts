import type { Job } from '../../../shared/documents.ts'

/** A link that opens the phone's own map at a place (RFC 5870; `q` sets the pin on Android). */
export function mapLink({ latitude, longitude }: Job['premises']): string {
  return `geo:${latitude},${longitude}?q=${latitude},${longitude}`
}
