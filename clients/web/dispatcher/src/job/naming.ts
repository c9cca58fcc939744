import { SERVICES } from '../../../shared/texts/en.ts'

/** What is known of a service; a place only for whoever may look places up. */
type Known = { service_kind?: string | null; order_number?: string | null; place?: string | null }

/** What a service is called: what it is, of which order, and where. '' when nothing is known of it. */
export function nameOf({ service_kind, order_number, place }: Known): string {
  const kind = service_kind && (SERVICES[service_kind] ?? service_kind)
  return [kind, order_number, place].filter(Boolean).join(' · ')
}
