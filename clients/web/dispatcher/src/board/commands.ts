/** Everything that can be done to the board by name or by key: the palette lists it, the keyboard runs it. */
import type { Job } from '../../../shared/documents.ts'
import { BOARD, COMMANDS, DRAFT, EMERGENCY, HISTORY, JOB_PANEL, MAP, PANELS, TIMELINE, TROUBLES, VIEWS } from '../../../shared/texts/en.ts'
import { addDays, localDay } from '../../../shared/time.ts'
import { Carry } from '../carry/carry.svelte.ts'
import type { Handwork } from '../carry/handwork.svelte.ts'
import { cannotWait, isOut, overran, type Trouble } from '../plan/troubles.ts'
import type { Board } from './board.svelte.ts'
import type { SavedViews } from './saved.svelte.ts'
import { PANELS as NAMES, ZOOMS } from './view.svelte.ts'

/** run: with the job that has the focus, or is open. key: as it is written in the palette. */
export type Command = { name: string; key?: string; isKey?: (event: KeyboardEvent, isTyping: boolean) => boolean; run: (job?: Job) => void }

export type Dialog = 'phones' | 'emergency' | 'keys' | 'commands' | 'views'

type Given = {
  board: Board
  handwork: Handwork
  saved: SavedViews
  isPlanner: boolean
  take: (job: Job) => void
  stretch: (job: Job) => void
  repair: (trouble: Trouble, territoryId: string) => void
  open: (what: Dialog) => void
}

export function commandsOf(given: Given): Command[] {
  return [...looking(given), ...(given.isPlanner ? working(given) : []), ...(given.isPlanner && given.board.isToday ? mending(given) : []), ...opening(given)]
}

function looking({ board, saved, open }: Given): Command[] {
  const { view } = board
  const zoomBy = (step: number) => view.set({ zoom: ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(view.shown.zoom) + step))]! })
  return [
    { name: TIMELINE.search, key: '/', isKey: plain('/'), run: () => document.querySelector<HTMLElement>('input[type=search]')?.focus() },
    { name: TIMELINE.today, key: 'T', isKey: plain('t'), run: () => view.set({ day: localDay(Date.now(), board.zone) }) },
    { name: BOARD.earlier, key: '[', isKey: plain('['), run: () => view.set({ day: addDays(board.day, -1) }) },
    { name: BOARD.later, key: ']', isKey: plain(']'), run: () => view.set({ day: addDays(board.day, 1) }) },
    { name: COMMANDS.zoomIn, key: '+', isKey: plain('+'), run: () => zoomBy(-1) },
    { name: COMMANDS.zoomOut, key: '−', isKey: plain('-'), run: () => zoomBy(1) },
    ...NAMES.map(panel => ({ name: COMMANDS.show(PANELS[panel]), run: () => { board.show(null); view.set({ panel }) } })),
    { name: MAP.title, run: () => view.set({ map: !view.shown.map }) },
    { name: VIEWS.title, run: () => open('views') },
    ...saved.all.map(one => ({ name: VIEWS.view(one.name), run: () => void (location.hash = one.address) })),
    { name: COMMANDS.print, run: () => setTimeout(() => print()) },
    { name: TIMELINE.keys, key: '?', isKey: plain('?'), run: () => open('keys') },
    { name: COMMANDS.close, key: 'Escape', isKey: plain('escape'), run: () => board.show(null) },
    { name: BOARD.commands, key: 'Ctrl K', isKey: withControl('k'), run: () => open('commands') },
  ]
}

function working({ board, handwork, take, stretch, open }: Given): Command[] {
  const chosen = (job?: Job) => job ?? board.open
  const on = (action: (job: Job) => void) => (job?: Job) => {
    const found = chosen(job)
    if (found && Carry.can(found)) action(found)
  }
  return [
    { name: HISTORY.undo, key: 'Ctrl Z', isKey: withControl('z', false), run: () => void handwork.undo() },
    { name: HISTORY.redo, key: 'Ctrl Shift Z', isKey: event => withControl('z', true)(event, false) || withControl('y')(event, false), run: () => void handwork.redo() },
    { name: JOB_PANEL.move, key: 'M', isKey: plain('m'), run: on(take) },
    { name: JOB_PANEL.stretch, key: 'D', isKey: plain('d'), run: on(stretch) },
    { name: `${JOB_PANEL.lock} / ${JOB_PANEL.unlock}`, key: 'L', isKey: plain('l'), run: on(job => void handwork.lock(job, job.lock === 'none' ? 'both' : 'none')) },
    { name: JOB_PANEL.unassign, key: 'Delete', isKey: plain('delete'), run: on(job => void handwork.unassign(job)) },
    { name: DRAFT.begin, key: 'W', isKey: plain('w'), run: () => handwork.draft.begin() },
    ...(handwork.draft.isOn
      ? [{ name: DRAFT.takeOver, run: () => void handwork.takeOver() }, { name: DRAFT.throwAway, run: () => void handwork.draft.end() }]
      : []),
    { name: BOARD.phones, run: () => open('phones') },
  ]
}

/** What may go wrong today, with the open job and with every person. */
function mending({ board, repair, open: show }: Given): Command[] {
  const { open } = board
  const isAtWork = (job: Job) => job.technician_id !== null && (Carry.can(job) || job.state === 'started' || job.state === 'enRoute')
  return [
    { name: EMERGENCY.title, key: 'E', isKey: plain('e'), run: () => show('emergency') },
    ...(open && Carry.can(open) ? [{ name: TROUBLES.emergencyOf(open.number), run: () => repair(cannotWait(open), open.territory_id) }] : []),
    ...(open && isAtWork(open) ? [{ name: TROUBLES.overranOf(open.number), run: () => repair(overran(open, Date.now()), open.territory_id) }] : []),
    ...board.technicians.map(one => ({ name: TROUBLES.out(one.name), run: () => repair(isOut(one), one.territory_id) })),
  ]
}

/** Every job of the day by its number and place. */
function opening({ board }: Given): Command[] {
  return board.jobs.map(job => ({ name: `${job.number} ${job.work.name}, ${job.premises.street}`, run: () => board.show(job.id) }))
}

const plain = (key: string) => (event: KeyboardEvent, isTyping: boolean) => !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === key

const withControl = (key: string, isShifted?: boolean) => (event: KeyboardEvent, isTyping: boolean) =>
  !isTyping && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === key && (isShifted === undefined || event.shiftKey === isShifted)
