/** Breaks between network, installed base and billing, in words. */
import type { components } from '../../api/schema.js'

export const BREAK_KINDS: Record<string, string> = {
  active_not_billed: 'Active, not billed',
  billed_not_active: 'Billed, not active',
  double_billed: 'Billed twice',
  wrong_start: 'Billed from a wrong start',
  wrong_plan: 'Billed by a wrong plan',
  installed_no_service: 'Equipment without a service',
  orphan_serial: 'Equipment that nobody ordered',
  orphan_resource: 'Resource without a service',
}

export const BREAK_STATES: Record<string, string> = {
  open: 'No repair prepared',
  repairProposed: 'Repair prepared',
  repairing: 'Repair approved',
}

/** What most likely began a break. */
export const BREAK_CAUSES: Record<components['schemas']['BreakCause'], string> = {
  '': '',
  'billing_trigger.applied': 'billing took what it was told, and lost it',
  'billing_trigger.superseded': 'billing took what it was told, and lost it',
  'billing_trigger.rejected': 'billing rejected what it was told',
  'billing_trigger.deadLetter': 'billing could not be told',
  'billing_trigger.pending': 'billing is not told yet',
  'billing_trigger.sent': 'billing has not answered yet',
  'billing_trigger.delivered': 'billing has not answered yet',
  'billing.began_again': 'billing began again without ending what it billed',
  'billing.booked_otherwise': 'billing bills otherwise than it was told',
  'billing.told_otherwise': 'billing was told otherwise',
  'billing.unasked': 'billing was not told to bill it',
  'service.activated': 'billing was never told',
  'service.terminated': 'the service ended',
  'service.suspended': 'the service rests',
  'service.unknown': 'we know no such service',
  'serial_unit.installed': 'the unit was put in',
}

/** What an approved repair does. */
export const REPAIRS: Record<string, string> = {
  start_billing: 'Tells billing to start.',
  stop_billing: 'Tells billing to stop.',
  correct_billing: 'Corrects what billing bills.',
  free_resource: 'Gives the resource back to its pool.',
  take_back_unit: 'Books the unit as taken back.',
}
