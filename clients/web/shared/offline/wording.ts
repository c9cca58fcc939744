/** How an app wants its pokes to be said while it is closed: `many` holds {count}; `address`: where a job is shown, with :id. */
export type Wording = { title: string; one: string; many: string; address: string }
