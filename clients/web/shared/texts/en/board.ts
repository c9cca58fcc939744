/** What the timeline, the panels beside it and the job in the hand say. */

const minutes = (seconds: number) => Math.round(seconds / 60)
/** +12 min, −3 min, ±0 min */
const change = (seconds: number) => {
  const count = minutes(seconds)
  return `${count > 0 ? '+' : count < 0 ? '−' : '±'}${Math.abs(count)} min`
}

export const TIMELINE = {
  title: 'Timeline',
  all: 'All territories',
  zoom: 'Zoom',
  hours: 'Hours',
  day: 'Day',
  week: 'Week',
  today: 'Today',
  search: 'Search',
  filter: 'Show',
  skill: 'Skill',
  filters: {
    all: 'Everything',
    late: 'Late',
    unsent: 'Not sent yet',
    promised: 'With a window',
    urgent: 'Urgent',
    review: 'Needs review',
    locked: 'Locked',
  } as Record<string, string>,
  technicians: (count: number) => (count === 1 ? '1 technician' : `${count} technicians`),
  utilisation: (share: number) => `${Math.round(share * 100)} %`,
  utilised: (share: number) => `${Math.round(share * 100)} % of the day is work and driving`,
  row: (name: string, jobs: number) => `${name}, ${jobs === 1 ? '1 job' : `${jobs} jobs`}`,
  bar: (job: { number: string; work: string; street: string; times: string; state: string }) =>
    `${job.times} ${job.work}, ${job.street}, ${job.number}, ${job.state}`,
  window: (span: string) => `window ${span}`,
  late: 'begins after its window',
  tight: (seconds: number) => `about ${minutes(seconds)} min to drive, more than there is`,
  locked: 'locked',
  crew: (names: readonly string[]) => `together: ${names.join(', ')}`,
  now: 'Now',
  planned: (planned: number, all: number) => `${planned} of ${all} jobs planned`,
  late_count: (count: number) => (count === 1 ? '1 late' : `${count} late`),
  done: (count: number) => `${count} done`,
  average: (share: number) => `${Math.round(share * 100)} % utilised`,
  estimate: 'Drives are estimates; drops are checked on the streets.',
  keys: 'Keys',
  nothingFound: 'Nothing on this day matches.',
}

export const PANELS = {
  label: 'Panels',
  backlog: 'Backlog',
  alerts: 'At risk',
  inbox: 'Inbox',
  plan: 'Plan',
  job: 'Job',
  back: 'Back',
}

export const CARRY = {
  picked: (number: string) => `${number} is in your hand. Arrows move it, Enter puts it down, Escape leaves it.`,
  asking: 'Checking…',
  fits: 'Fits',
  breaks: 'Breaks a rule',
  cost: change,
  costs: (seconds: number) => (seconds > 0 ? `costs ${change(seconds)}` : seconds < 0 ? `saves ${minutes(-seconds)} min` : 'costs nothing'),
  drive: (seconds: number) => `${change(seconds)} driving`,
  target: (name: string, time: string) => `${name} at ${time}`,
  toBacklog: 'Back to the backlog',
  split: (number: string) => `${number} is done in two visits; the second waits in the backlog`,
  resized: (number: string, seconds: number) => `${number} takes ${minutes(seconds)} min`,
  dropped: (number: string, target: string) => `${number}: ${target}`,
  left: 'Left where it was.',
  fixed: 'This job is under way or done: it stays where it is.',
  meanwhile: (who: string) => `${who} has moved this job meanwhile. It is shown as it is now; nothing of yours was lost or overwritten.`,
  somebody: 'Somebody',
}

/** What a drop would break. */
export const VIOLATIONS: Record<string, string> = {
  no_shift: 'No shift in the job’s territory that day',
  start_in_the_past: 'That time is past',
  technician_busy: 'Lies on other work',
  forbidden: 'Must not be sent there',
  territory: 'Not this technician’s territory',
  skill: 'Lacks a skill',
  tools: 'Lacks a tool',
  stock: 'Parts are not in the van',
  locked_technician: 'Locked to another technician',
  locked_time: 'Locked to another time',
  window: 'Outside the promised window',
  before_arrival: 'Begins before anybody is there',
  before_shift: 'Leaves before the shift begins',
  before_now: 'Would have to leave in the past',
  unreachable: 'No way leads there',
  travel_too_short: 'Too little time to drive',
  after_shift: 'Ends after the shift',
  break_count: 'No time for the break',
  break_length: 'The break is cut short',
  break_window: 'The break comes at another time',
  break_overlap: 'Falls into the break',
  frozen_moved: 'A job under way would move',
  crew_size: 'Needs more people',
  crew_start: 'The crew would not start together',
  needs_crew: 'Needs everybody of its crew: choose who comes along',
  crew_lead: 'Needs a lead',
  after_too_soon: 'Begins before what it waits for',
  disturbance: 'Moves too many jobs',
}

/** The last hurdle between a technician and a job. */
export const HURDLES: Record<string, string> = {
  no_technician: 'Nobody works that day',
  forbidden: 'Must not be sent there',
  territory: 'Another territory',
  skill: 'Lacks the skill',
  tools: 'Lacks a tool',
  lock: 'Locked to somebody else',
  parts: 'Parts are not in the van',
  unreachable: 'No way leads there',
  window: 'Not free in the window',
  after: 'Not after what it waits for',
  crew: 'No crew',
  full: 'No gap left',
  cost: 'Would cost more than it brings',
}

/** Moves by hand that nobody else sees yet. */
export const DRAFT = {
  begin: 'What if: try moves out',
  title: 'What if:',
  moves: (count: number) => (count === 1 ? '1 move that only you see' : `${count} moves that only you see`),
  takeOver: 'Take over',
  throwAway: 'Throw away',
  first: 'You are trying moves out: take them over or throw them away first.',
}

export const HISTORY = {
  undo: 'Undo',
  redo: 'Redo',
  undone: (step: string) => `Undone: ${step}`,
  redone: (step: string) => `Done again: ${step}`,
  nothing: 'Nothing to undo.',
  nothingAgain: 'Nothing to do again.',
  steps: { assign: 'give', move: 'move', unassign: 'take back', lock: 'lock', resize: 'make longer or shorter', split: 'split' } as Record<string, string>,
}

export const JOB_PANEL = {
  close: 'Close the job',
  when: 'When',
  who: 'Who',
  crew: (size: number) => `work for ${size}`,
  companion: 'Comes along',
  nobodyYet: 'nobody yet',
  crewHint: 'More people do this job together: choose who comes along, then give it to whoever leads.',
  window: 'Promised',
  duration: (seconds: number) => `${minutes(seconds)} min`,
  customer: 'Customer',
  place: 'Place',
  access: 'Access',
  hazards: 'Hazards',
  skills: 'Needs',
  parts: 'Equipment and parts',
  services: 'Services',
  order: 'Order',
  noOrder: 'No order: it came from a ticket or from maintenance.',
  reserved: 'Reserved',
  charges: 'Billing',
  activation: 'Activation',
  history: 'History',
  move: 'Move',
  stretch: 'Longer or shorter',
  takes: 'Takes, in minutes',
  change: 'Change',
  lock: 'Lock',
  unlock: 'Unlock',
  unassign: 'To the backlog',
  split: 'In two visits…',
  splitHow: 'The second visit waits for the first. Each hands over what it puts in; labour is earned with the last.',
  splitMinutes: 'Minutes left to the second visit',
  splitPart: (model: string, count: number) => `${model} for the second visit, of ${count}`,
  splitNow: 'Split',
  cancel: 'Call off…',
  cancelWhy: 'Why, for the customer to hear',
  cancelNow: 'Call the job off',
  locked: 'Nobody moves this unasked',
  by: (name: string) => `planned by ${name}`,
  why: 'Who could take it?',
  whyNot: 'Why has nobody got it?',
  nobody: 'Nobody can take it that day.',
  give: 'Give',
  giveAnyway: 'Give anyway',
  whyNotHere: 'Why not …, at …?',
  atTime: 'At',
  ask: 'Ask',
  place_there: (name: string) => `Give to ${name}`,
  alsoHere: (names: string[]) => `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} on this job as well`,
  milestones: 'Milestones',
  recorded: 'Recorded on site',
  notes: (count: number) => (count === 1 ? '1 note' : `${count} notes`),
  photos: (count: number) => (count === 1 ? '1 photo' : `${count} photos`),
  selected: (count: number) => `${count} jobs chosen`,
  clear: 'Choose none',
  sameTime: 'At the same times, with',
}

export const KEYS: [string, string][] = [
  ['← → ↑ ↓', 'From job to job'],
  ['Enter', 'Open the job'],
  ['M', 'Take the job into the hand; then arrows move it, Enter puts it down'],
  ['W', 'What if: try moves out that nobody else sees, then take them over or throw them away'],
  ['E', 'Emergency: new work that cannot wait (today)'],
  ['D', 'Take the job by its end; then arrows make it longer or shorter, Enter lets go'],
  ['L', 'Lock or unlock'],
  ['Delete', 'Back to the backlog'],
  ['Ctrl Z / Ctrl Shift Z', 'Undo / redo your own steps'],
  ['Ctrl K', 'Commands'],
  ['/', 'Search'],
  ['+ / −', 'Zoom'],
  ['T', 'Today'],
  ['?', 'These keys'],
  ['Escape', 'Close, or leave the job where it was'],
]

export const ALERTS = {
  title: 'Windows at risk',
  none: 'No promised window of this day is at risk.',
  onlyToday: 'Risks are worked out for today, each minute.',
  probability: (share: number) => `${Math.round(share * 100)} % likely missed`,
  expected: (time: string, end: string) => `expected ${time}, promised until ${end}`,
  remedies: {
    give_to_another: 'Give to',
    resequence: 'Do it sooner',
    move_appointment: 'Ask the customer for another time',
  } as Record<string, string>,
  noRemedy: 'Nothing that a program could do.',
  use: 'Do it',
}

export const INBOX = {
  title: 'Waits for a person',
  fallouts: 'Activations that fell out',
  fallout: (count: number) => (count === 1 ? '1 service does not run' : `${count} services do not run`),
  since: (time: string) => `since ${time}`,
  retry: 'Try again',
  retried: (count: number, refused: number) => `${count} tried again${refused ? `, ${refused} refused` : ''}`,
  reasons: {
    network_refused: 'The network refused a step',
    network_unreachable: 'The network does not answer',
    read_back_differs: 'The network has something else than was asked for',
    line_test_failed: 'The line test failed',
    witnesses_disagree: 'Scan and network name different equipment',
    service_moved_on: 'The service has changed since',
    prerequisite_ended: 'What it runs on has ended',
  } as Record<string, string>,
  otherDesk: 'The provisioning desk decides.',
}

export const BOOKING = {
  title: 'Appointment',
  nothing: 'No window is promised.',
  promised: (window: string) => `Promised: ${window}`,
  held: (window: string, until: string, name: string) => `Held until ${until}: ${window}, with ${name}`,
  from: 'From',
  find: 'Which windows are there?',
  findOthers: 'Another window',
  hold: 'Hold',
  confirm: 'Promise it',
  confirmInstead: 'Promise it instead',
  confirmed: (number: string) => `${number} is promised; the customer gets a letter`,
  release: 'Give it back',
  open: (count: number) => (count === 1 ? '1 technician can' : `${count} technicians can`),
  closed: 'Closed',
  reasons: { quota: 'The day is full for this kind of work' } as Record<string, string>,
  quota: (given: number, limit: number) => `${given} of ${limit} windows of this kind are given away that day`,
  why: 'Why it is called off',
  cancel: 'Call the appointment off',
  cancelled: (number: string) => `${number}: the appointment is called off, the job stays to be done`,
}

/** What others of the office do. */
export const COLLEAGUES = {
  somebody: 'Somebody',
  did: (who: string, what: string) => `${who}: ${what}`,
  changed: (who: string, count: number) => `${who} changed the plan of ${count} jobs`,
  place: (number: string, name: string, time: string) => `${number} to ${name} at ${time}`,
  backlog: (number: string) => `${number} back to the backlog`,
  whats: {
    duration: (number: string, job: { duration_seconds: number }) => `${number} takes ${minutes(job.duration_seconds)} min`,
    lock: (number: string, job: { lock: string }) => `${number} ${job.lock === 'none' ? 'unlocked' : 'locked'}`,
  },
}

export const COMMANDS = {
  more: 'More',
  find: 'Type a command, a job’s number or a street',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  show: (panel: string) => `Show ${panel.toLowerCase()}`,
  print: 'Print the day',
  close: 'Close the job',
}

export const VIEWS = {
  title: 'Saved views',
  intro: 'Territory, zoom, search and filter as they are now, under a name; the address bar holds the same and can be sent to a colleague.',
  name: 'Name',
  save: 'Save',
  forget: (name: string) => `Forget ${name}`,
  none: 'None yet.',
  view: (name: string) => `View: ${name}`,
}

export const MAP = {
  lastKnown: 'People stand where they were last known to be.',
  home: (name: string) => `${name} has not been seen yet: home`,
  atJob: (name: string, place: string, since: string) => `${name} is at ${place} since ${since}`,
  leftJob: (name: string, place: string, minutes: number) => `${name} left ${place} ${minutes} min ago`,
  heading: (place: string) => `on the way to ${place}`,
  title: 'Map',
  show: 'Map',
  straight: 'No street map is configured: lines are straight.',
}
