/** The screens that the tabs lead to, in their order. */
export const TABBED = ['day', 'van', 'sync', 'phone'] as const
