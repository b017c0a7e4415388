import { table } from './error-entry.ts';

/** The part of the table of errors that is about sources. */
export const SOURCE_ERRORS = table({
  // --- source systems ------------------------------------------------------------------------------------------
  HUB_SOURCE_UNREACHABLE: {
    recovery: 'retry',
    title: 'The source system does not answer',
    remedy: 'Check host, port, network path and firewall; the run is tried again with back-off.',
    http: 503,
  },
  HUB_SOURCE_REFUSED: {
    recovery: 'stop',
    title: 'The source system refuses the login',
    remedy: 'Check user name and secret with the owner of the system.',
  },
  HUB_SOURCE_NO_RIGHTS: {
    recovery: 'stop',
    title: 'The login may not read what the stream needs',
    remedy: 'Ask the owner for SELECT on the named table.',
  },
  HUB_SOURCE_OBJECT_MISSING: {
    recovery: 'stop',
    title: 'A table, column, file or stream named in the system file does not exist',
    remedy: 'Compare with the list in the message; `hub discover` shows what the source has.',
    http: 404,
  },
  HUB_SOURCE_SCHEMA_CHANGED: {
    recovery: 'stop',
    title: 'The source no longer has the columns that were agreed',
    remedy: 'Review the change with the owner, adapt the mapping, and `hub apply` the system file again.',
  },
  HUB_SOURCE_BUSY: {
    recovery: 'retry',
    title: 'The source is in its quiet hours or over its rate limit',
    remedy: 'Nothing to do: the run continues in the allowed hours.',
  },
  HUB_SOURCE_READ_FAILED: {
    recovery: 'retry',
    title: 'Reading from the source broke off',
    remedy: 'The run resumes from its checkpoint; if it repeats, look at the cause in the message.',
  },
  HUB_SOURCE_LOG_LOST: {
    recovery: 'stop',
    title: 'The source no longer has the changes that were not read yet',
    remedy:
      'Changes are missing: have the slot looked at, then read everything anew by another `slot` in the system file; rows that are gone by then are found by comparison.',
  },
  HUB_SOURCE_ROWS_REJECTED: {
    recovery: 'stop',
    title: 'Rows of the source could not be taken',
    remedy:
      'Look at them with `hub quarantine list` and `hub quarantine show`; mend the source, or the options of the stream in the system file and `hub apply` it, and run it again; rows not worth it are dismissed by `hub quarantine dismiss`.',
  },
  HUB_SOURCE_ROWS_GONE: {
    recovery: 'stop',
    title: 'Known rows are no longer in the source',
    remedy:
      'They stay until somebody decides: `detectDeletes: true` of the stream in the system file lets the base follow the source with the next run, `detectDeletes: false` keeps them, as for a source that gives only what is new; then `hub apply`.',
  },
  HUB_SOURCE_KEY_REPEATED: {
    recovery: 'stop',
    title: 'A key of the source is not unique',
    remedy:
      'The later row has taken the place of the earlier one. Name columns under `key` that identify a row, then `hub apply` and `hub run` the system.',
  },
  HUB_SOURCE_LOG_PARTIAL: {
    recovery: 'stop',
    title: 'The log of changes gives less than the table holds',
    remedy:
      'Nothing was read, and the slot keeps what comes. Have the owner do what the message says, then `hub check` and `hub run` the system.',
  },
  HUB_SOURCE_KEYS_VANISHED: {
    recovery: 'stop',
    title: 'Too many rows are missing from the source at once',
    remedy:
      'Ask the owner. If the rows are really gone, raise `limits.maxVanishedShare` in the system file for one run.',
  },
  // --- files ---------------------------------------------------------------------------------------------------
  HUB_FILE_ENCODING: {
    recovery: 'reject',
    title: 'Bytes that are not valid in the declared encoding',
    remedy:
      'Declare the right encoding in the system file (`hub check` says what the bytes look like), or have the row exported again.',
  },
  HUB_FILE_HEADER: {
    recovery: 'stop',
    title: 'The columns of a file are not the agreed ones',
    remedy:
      'Compare the columns in the message: correct `key` and `columns` if they are written otherwise, or have the sender mend the file.',
  },
  HUB_FILE_FORMAT: {
    recovery: 'stop',
    title: 'A file is not of the kind that its connector reads, or lacks a part',
    remedy:
      'Compare the file with what the message allows: have it sent again so, or name the connector that reads it.',
  },
  HUB_FILE_CONTRADICTION: {
    recovery: 'stop',
    title: 'A mark in or beside a file says something else than the system file',
    remedy:
      'Ask the owner which of the two is right. State that in the system file (`encoding`, `crs`) and have the mark mended.',
  },
  HUB_FILE_TABLE: {
    recovery: 'stop',
    title: 'The table is not where the stream says it is on the sheet',
    remedy: 'The message shows what there is; set `sheet`, `head` or `title` of the stream to it.',
  },
  HUB_FILE_TRUNCATED: {
    recovery: 'stop',
    title: 'The file is shorter or longer than its header says',
    remedy:
      'Have the file sent again; what was read before the break stays, and a changed file is read from its start.',
  },
  HUB_FILE_TOO_LARGE: {
    recovery: 'stop',
    title: 'The file or its header claims more than the limits allow',
    remedy: 'Check the file; raise the limit in the system file if it is really that large.',
  },
  HUB_FILE_RECORD: {
    recovery: 'reject',
    title: 'A record in a file cannot be read',
    remedy: 'The raw bytes and their position are in quarantine; mend the file and deliver it again.',
  },
  HUB_FILE_UNREADABLE: {
    recovery: 'reject',
    title: 'A file cannot be read and is set aside; the others are read',
    remedy:
      'The message names the file and why: have it sent again. It is read when it changes, or the system file does.',
  },
});
