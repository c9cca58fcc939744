/** Who may do what on the board, as `backend/identity/access.py` has it: what is refused anyway is not offered. */
import type { components } from '../../../shared/api/schema.js'

type Role = components['schemas']['Role']

const PLANNERS: ReadonlySet<Role> = new Set<Role>(['dispatcher', 'supervisor', 'administrator'])
const NETWORK_DESK: ReadonlySet<Role> = new Set<Role>(['provisioning', 'supervisor', 'administrator'])
const FALLOUT_READERS: ReadonlySet<Role> = new Set<Role>([...PLANNERS, ...NETWORK_DESK, 'agent', 'auditor'])
const DECIDERS: ReadonlySet<Role> = new Set<Role>([...PLANNERS, 'agent', 'warehouse'])
const ORDER_READERS: ReadonlySet<Role> = new Set<Role>([...FALLOUT_READERS, 'billing_analyst'])
const USER_READERS: ReadonlySet<Role> = new Set<Role>([...PLANNERS, 'contractor_manager', 'auditor'])
const ALERT_READERS: ReadonlySet<Role> = new Set<Role>([...PLANNERS, 'agent', 'auditor'])

export const mayBook = (role: Role) => PLANNERS.has(role) || role === 'agent'
export const mayPlan = (role: Role) => PLANNERS.has(role)
export const mayRetry = (role: Role) => NETWORK_DESK.has(role)
export const seesFallouts = (role: Role) => FALLOUT_READERS.has(role)
export const mayDecide = (role: Role) => DECIDERS.has(role)
export const seesOrders = (role: Role) => ORDER_READERS.has(role)
export const seesAlerts = (role: Role) => ALERT_READERS.has(role)
export const seesUsers = (role: Role) => USER_READERS.has(role)
