/** Orders and services as the job's panel tells of them, and who did something. */

export const ORDER_STATES: Record<string, string> = {
  acknowledged: 'Placed',
  rejected: 'Not submitted in time',
  inProgress: 'Under way',
  assessingCancellation: 'To be given up: somebody decides',
  pendingCancellation: 'Is being given up',
  cancelled: 'Cancelled',
  completed: 'Completed',
  partial: 'Completed in part',
  failed: 'Failed',
}

export const LINE_STATES: Record<string, string> = {
  open: 'not yet delivered',
  done: 'delivered',
  cancelled: 'cancelled',
}

export const SERVICE_STATES: Record<string, string> = {
  feasibilityChecked: 'can be had',
  designed: 'designed',
  reserved: 'reserved',
  inactive: 'does not run yet',
  active: 'runs',
  terminated: 'ended',
}

export const ACTIVATION_STATES: Record<string, string> = {
  armed: 'waits for the visit',
  running: 'under way',
  retryWait: 'tried again soon',
  succeeded: 'done',
  fallout: 'fell out',
  rollingBack: 'is taken back',
  rolledBack: 'taken back',
  abandoned: 'given up',
  expired: 'waited for too long',
}

export const MILESTONES: Record<string, string> = {
  appointed: 'Time agreed',
  dispatched: 'Sent to the technician',
  visit_began: 'Visit begun',
  completed: 'Completed',
}

export const JEOPARDIES: Record<string, string> = {
  at_risk: 'at risk',
  late: 'late',
}

/** Who did something, where no name is known. */
export const ACTORS: Record<string, string> = {
  user: 'the office',
  device: 'a technician’s phone',
  customer: 'the customer',
  service: 'another system',
  system: 'truckroll',
  anonymous: 'somebody without a log-in',
}

export const PERIODS: Record<string, string> = {
  month: 'a month',
}
