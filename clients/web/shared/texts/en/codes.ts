/** Codes of the API in words: states, skills, operations, reasons. */

export const JOB_STATES: Record<string, string> = {
  pending: 'Planned',
  enRoute: 'On the way',
  started: 'At work',
  completed: 'Completed',
  notDone: 'Not done',
  suspended: 'Suspended',
  cancelled: 'Cancelled',
}

export const ASSIGNMENT_STATES: Record<string, string> = {
  unassigned: 'Not assigned',
  tentative: 'Proposed',
  assigned: 'Assigned',
  dispatched: 'Sent',
  acknowledged: 'Acknowledged',
}

export const SKILLS: Record<string, string> = {
  fibre: 'Fibre',
  indoor: 'Indoor',
  copper: 'Copper',
  coax: 'Coax',
  plant: 'Plant',
  height: 'Height',
}

export const OPERATIONS: Record<string, string> = {
  acknowledge: 'Acknowledge',
  en_route: 'On my way',
  arrive: 'Arrived',
  start: 'Start work',
  resume: 'Resume work',
  suspend: 'Suspend',
  complete: 'Complete',
  not_done: 'Not done',
  note: 'Note',
  checklist_answer: 'Checklist answer',
  photo: 'Photo',
  signature: 'Signature',
  measure: 'Measurement',
  serial_installed: 'Serial number',
  serial_recovered: 'Unit taken out',
  serial_swapped: 'Unit swapped',
  hazard_acknowledged: 'Hazard',
  time_entry: 'Time entry',
  parts_consumed: 'Parts',
  safety_check_in: 'Safety check-in',
  follow_up: 'Follow-up asked for',
  observe: 'Correction',
  restore_value: 'Correction taken back',
  transfer_received: 'Transfer received',
  handed_over: 'Handed over',
  stock_counted: 'Counted',
  parts_requested: 'Parts asked for',
  unit_faulty: 'Unit faulty',
}

/** Why work was not simply applied, or a request not done. A reason that is not here is shown by its code. */
export const REASONS: Record<string, string> = {
  job_cancelled: 'The office cancelled this job meanwhile. Your visit is recorded.',
  job_reassigned: 'The office gave this job to someone else meanwhile. Your visit is recorded.',
  job_overtaken: 'The office decided otherwise meanwhile.',
  another_job_started: 'You are at work on another job. End that one first.',
  already_taken_up: 'Somebody is on the way to the job that follows.',
  completion_refused: 'Something required is missing: checklist, hazards, units to bring back or signature.',
  wrong_answer: 'The checklist asks for another kind of answer.',
  illegal_move: 'The job is in a state that does not allow this.',
  guard_refused: 'This was done already.',
  unknown_job: 'The job is not yours.',
  not_found: 'This phone does not have this job, or not any more. It is kept for the office to look at.',
  forbidden: 'You may not do this.',
  invalid_arguments: 'The server could not read this. Tell the office.',
  unknown_operation: 'The server does not know this yet. Tell the office.',
  not_in_van: 'This unit is not in your van, says the stock.',
  wrong_model: 'The job does not ask for a unit of this model.',
  unwanted_unit: 'The job is not to bring this unit back.',
  unknown_serial: 'The stock does not know this serial number.',
  serial_in_use: 'This unit is installed at another address.',
  serial_taken: 'This unit is installed at another address.',
  not_at_premises: 'This unit is not installed here, says the stock.',
  no_van: 'You have no van to take this unit into, says the stock.',
  negative_balance: 'More was used than the van had, says the stock.',
  transfer_differs: 'What arrived is not what was sent. Look for the rest, receive it, or close the transfer.',
  count_differs: 'A count found something else than the stock said. The ledger was corrected.',
  export_release_needed: 'Export control: this needs a release before it may leave.',
  out_of_stock: 'There are not so many free ones.',
  wrong_value: 'This cannot be written there.',
  unknown_lost_value: 'This value is not there to be taken back.',
  already_restored: 'This value is back already.',
  help_wanted: 'A technician calls for help. Call back now.',
  follow_up_wanted: 'A technician asks for more work here.',
  no_such_transfer: 'This transfer is not on its way to your van.',
  no_such_stock_location: 'There is no place of this name. Look at the name on that van.',
  ambiguous_stock_location: 'Several places have this name. Ask the office.',
  wrong_destination: 'This cannot go there: what was taken out or is faulty goes to a place of returns.',
  wrong_count: 'This model is counted the other way: by its serial numbers, or by number.',
  unknown_model: 'The office does not know this model.',
  parts_requested: 'A technician asks for parts for the van.',
  order_ended: 'The order of this job has ended. Order anew.',
  still_refused: 'This cannot count now either.',
  nothing_to_apply: 'There is nothing to carry out. Dismiss the card with a note.',
  lease_expired: 'Done on a phone that had been away for too long.',
  wrong_serial: 'This is not a serial number of that model. Read the label again.',
  device_revoked: 'This phone was ended by the office before this was sent.',
  user_disabled: 'Your account was closed before this was sent.',
  our_mistake: 'The server made a mistake. It is kept for the office to look at.',
  not_yours_to_repair: 'This repair is approved by another desk.',
  cannot_repair: 'What this repair was prepared for has changed since. Compare again.',
  not_allowed: 'Your role may not do this.',
  not_the_lead: 'Of a crew, whoever leads says how the job goes on. What you record is kept.',
  constraint_refused: 'Somebody else changed the same thing a moment ago. Look again.',
  changed_meanwhile: 'Somebody else changed the same thing a moment ago. Look again.',
  wrong_credentials: 'No user with this address and password.',
  second_factor_needed: 'Give the code that your device shows now, or a recovery code.',
  wrong_code: 'This code does not hold (any more). Give the one that your device shows now.',
  bad_enrolment_code: 'This code is not valid. It works once, for 15 minutes. Ask the office for a new one.',
  too_many_attempts: 'Too many tries. Wait a few minutes.',
  job_underway: 'The technician is on the way already.',
  needs_crew: 'More people do this job together: choose everybody who comes.',
  outside_every_territory: 'This place lies outside of every territory that is drawn. Widen one in the administration, or say who serves the place.',
  bad_split: 'The first visit needs some of the time, and the second can only bring what the job has.',
  nothing_kept: 'Of this day nothing was kept: it was neither planned nor sent with one search a day.',
  only_a_replay: 'This plans a day as it was once. Nothing of it can be applied.',
  bad_trouble: 'Only a day that is under way can be repaired, in its own territory.',
  technician_busy: 'The technician’s time is taken.',
  tried_too_wide: 'These moves touch too many days to be priced together. Take some of them over first.',
  busy: 'The server is busy. Try again in a moment.',
}

/** The leaves of the reason tree, which the server has. */
export const FIELD_REASONS: Record<string, string> = {
  'no_access.nobody_home': 'Nobody at home',
  'no_access.no_key': 'No key or code to the building',
  'no_access.dog_loose': 'A loose dog',
  'refused.by_customer': 'The customer does not want it',
  'site_not_ready.no_power': 'No power at the place',
  'site_not_ready.no_permission': 'The owner has not agreed',
  'site_not_ready.building_works': 'Building works in the way',
  'network.fault': 'Fault in the network',
  'network.drop_damaged': 'The line to the building is damaged',
  'equipment.missing': 'Equipment is missing',
  'equipment.faulty': 'Equipment is faulty',
  'safety.hazard': 'Not safe to work',
  'safety.weather': 'The weather does not allow it',
  'time.ran_out': 'Not enough time',
}

/** The roots of that tree, under which a person looks for a leaf. */
export const REASON_ROOTS: Record<string, string> = {
  no_access: 'No access',
  refused: 'Refused',
  site_not_ready: 'The place is not ready',
  network: 'Network',
  equipment: 'Equipment',
  safety: 'Safety',
  time: 'Time',
}

/** What became of one thing that was done. */
export const MUTATION_STATES: Record<string, string> = {
  queued: 'Saved here',
  sent: 'Sending',
  retry: 'Sent again soon',
  applied: 'Received',
  merged: 'Received, merged with the office’s',
  duplicate: 'Received',
  conflict: 'Recorded, but not applied',
  rejected: 'Recorded, without effect',
  quarantined: 'Kept for the office to look at',
  resolved: 'Decided by the office',
}

export const SERVICES: Record<string, string> = {
  access: 'Line',
  internet: 'Internet',
  voice: 'Telephone',
}

/** What a service takes from the operator's pools. */
export const RESOURCES: Record<string, string> = {
  port: 'Port',
  vlan: 'VLAN',
  ipv4: 'IPv4',
  ipv6: 'IPv6',
  number: 'Number',
}

export const MOVE_REASONS: Record<string, string> = {
  serves_job: 'Serves the job',
  less_travel: 'Less driving',
  less_lateness: 'Less lateness',
  less_overtime: 'Less overtime',
  back_to_plan: 'Back to the plan',
  preferred_technician: 'Preferred technician',
  cheaper_contractor: 'Cheaper than the contractor',
  evener_days: 'Evener days',
  makes_room: 'Makes room for others',
}

export const REVIEW_KINDS: Record<string, string> = {
  conflict: 'Conflict',
  serial: 'Serial number',
  rejected_operation: 'Refused from the phone',
  stock: 'Stock differs',
  parts: 'Parts asked for',
  quarantine: 'Kept in quarantine',
  lease: 'Done on a phone that should have been locked',
}
