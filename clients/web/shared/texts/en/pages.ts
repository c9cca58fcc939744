/** The pages of the office beside the board. */

export const INVITED = {
  title: 'Choose a password',
  password: 'New password',
  rule: 'At least 15 characters; three or four words are easy to keep in mind.',
  set: 'Set the password',
  done: 'The password is set. Log in with it.',
  logIn: 'To the log-in',
}

export const PAGE_NAMES: Record<string, string> = {
  pages: 'Pages',
  board: 'Board',
  reports: 'Reports',
  administration: 'Administration',
  account: 'Account',
}

export const ACCOUNT = {
  title: 'Your account',
  factor: 'Second factor',
  about: 'With a second factor nobody logs in by your password alone: a code of your own device is asked for, too. Any app for time-based codes (TOTP) makes them.',
  password: 'Your password',
  begin: 'Set up a second factor',
  scan: 'Scan this with the app on your device.',
  qr: 'The secret of your second factor, for an app',
  type: 'Or type it there:',
  code: 'The six digits that the app shows now',
  confirm: 'Use it from now on',
  isOn: 'A code is asked for when you log in.',
  keep: 'Keep these recovery codes where you keep keys. Each opens once, when your device is not at hand. They are shown this once.',
  kept: 'I have kept them',
  codeOrRecovery: 'The six digits that the app shows now, or a recovery code',
  remove: 'Log in by password alone',
  unoffered: 'This deployment has no second factors yet. Whoever runs it sets TRUCKROLL_LOG_IN_KEY.',
}

/** What the server has against what the office's pages ask for; other codes stand in `REASONS`. */
export const PAGE_REASONS: Record<string, string> = {
  bad_period: 'A report is of one day to 92 days, the first before the last.',
  wrong_grouping: 'This report is not told by that.',
  too_many_rows: 'More rows than can be read: choose a territory.',
  unknown_report: 'This report is not for your desk.',
  recipient_may_not_read: 'Somebody chosen may not read this report.',
  malformed: 'The server does not take it as it is written.',
  number_out_of_range: 'The number is out of range.',
  rows_at_fault: 'Some rows are at fault, so none was taken in.',
  malformed_row: 'The row is not written as its section asks.',
  unknown_organisation: 'There is no such organisation.',
  unknown_territory: 'There is no such territory.',
  unknown_technician: 'There is no such technician.',
  unknown_skill: 'There is no such skill.',
  unknown_zone: 'There is no such time zone.',
  bad_area: 'The area crosses itself, or there is nothing in it.',
  contractor_is_fixed: 'What an organisation is to the operator stays as it is.',
  role_does_not_fit: 'The role does not fit this person.',
  location_is_other: 'A place of this name is there and is another.',
  pool_is_other: 'A pool of this code is there and is another.',
  price_missing: 'A price is missing.',
  effective_in_the_past: 'It cannot hold from a time that is over.',
  published_later: 'Something later is published already.',
  bad_block: 'A block does not stand for resources of this kind.',
  block_overlaps: 'Some of a block is in a pool already.',
  bad_roster: 'The days end before they begin, or are more than a year.',
  bad_shift: 'The shift does not fit its day, or its break not into it.',
  nobody_to_invite: 'Who may not log in is not invited.',
  user_not_found: 'There is no such user, or not any more.',
  bad_invitation: 'The link was used, or its time is over. Ask an administrator for a new one.',
  no_second_factor: 'There is no second factor, or it was not begun.',
  second_factor_on: 'There is a second factor already.',
  too_many_attempts: 'Too many failures. Wait a quarter of an hour.',
}
