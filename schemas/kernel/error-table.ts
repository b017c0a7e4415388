/**
 * What the machine does. `retry` = the job layer backs off and tries again, no data moved; `reject` = this record goes to
 * quarantine and the rest goes on; `stop` = nothing continues until a person acts.
 */
export type Recovery = 'retry' | 'reject' | 'stop';

export interface ErrorEntry {
  readonly recovery: Recovery;
  readonly title: string;
  /** What a person does. Whoever follows it to the letter loses nothing. */
  readonly remedy: string;
  /** HTTP status when the code reaches the API; 500 when absent. */
  readonly http?: number;
}

const table = <T extends Record<string, ErrorEntry>>(entries: T): T => entries;

/**
 * The one table of errors, sorted by area. A code is for people (stable, documented, searchable): once published, it is
 * never reused for another meaning.
 */
export const ERRORS = table({
  // --- configuration -------------------------------------------------------------------------------------------
  HUB_CONFIG_INVALID: {
    recovery: 'stop',
    title: 'A setting or a system file is not valid',
    remedy: 'Correct the named field; `hub describe` lists every setting with its allowed values.',
    http: 400,
  },
  HUB_CONFIG_SECRET_MISSING: {
    recovery: 'stop',
    title: 'A secret named by a system file is not in the environment',
    remedy: 'Set the named environment variable, then run `hub check` again.',
  },
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
      'Look at them with `hub quarantine list` and `hub quarantine show`; mend the source or the options of the stream in the system file, and run it again.',
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
  // --- schemas and the wire ------------------------------------------------------------------------------------
  HUB_SCHEMA_INVALID: {
    recovery: 'stop',
    title: 'Not a valid Avro schema',
    remedy: 'Correct the schema at the named path.',
    http: 422,
  },
  HUB_REVIEW_REFUSED: {
    recovery: 'stop',
    title: 'The decision cannot stand',
    remedy: 'See the message: another person must second it, or the rows may never be one entity.',
    http: 409,
  },
  HUB_REVIEW_TEARS: {
    recovery: 'stop',
    title: 'The decision would tear rows out of an entity',
    remedy:
      'Look at them with `hub review foresee <base> confirm <row> <row>`; when they are to part, decide again with `--tear-apart`, otherwise decide about the rows that are named first.',
    http: 409,
  },
  HUB_QUARANTINE_REFUSED: {
    recovery: 'stop',
    title: 'The entry of the quarantine cannot be settled so',
    remedy: '`hub quarantine show` tells the columns, their values and what the rules found.',
    http: 409,
  },
  HUB_LINK_MODEL: {
    recovery: 'stop',
    title: 'The link model cannot be used',
    remedy: 'See the message; `hub link list` shows the versions, `hub link promote` makes another one decide.',
    http: 409,
  },
  HUB_SCHEMA_INCOMPATIBLE: {
    recovery: 'stop',
    title: 'The schema is not compatible with the registered one',
    remedy: 'Add defaults to new fields and keep the types of old ones, or use a new stream name.',
    http: 409,
  },
  HUB_SCHEMA_UNKNOWN: {
    recovery: 'reject',
    title: 'A message names a schema id that the registry does not know',
    remedy: 'Find out who wrote the message; register the schema and replay it from quarantine.',
    http: 404,
  },
  HUB_MESSAGE_MALFORMED: {
    recovery: 'reject',
    title: 'A message does not match its schema or passes the decode limits',
    remedy: 'Raw bytes and position are in quarantine; find the producer that wrote it.',
  },
  // --- log -----------------------------------------------------------------------------------------------------
  HUB_LOG_TOPIC_MISSING: {
    recovery: 'stop',
    title: 'A topic does not exist in the event log',
    remedy: 'Topics are made by `hub apply`; apply the system file that owns the topic.',
    http: 404,
  },
  HUB_LOG_TOPIC_RENEWED: {
    recovery: 'retry',
    title: 'A topic was deleted, and perhaps made again, while it was used',
    remedy: 'Nothing to do: the topic is made when it is needed, and read from its start.',
  },
  HUB_LOG_TRIMMED: {
    recovery: 'stop',
    title: 'The event log no longer has messages that were not taken yet',
    remedy:
      'Have the topic kept longer (`hub doctor`). `hub rebuild <base> --system <system>` goes on with what the log still has, and what the base holds stays; then `hub apply` the system file and let the source be read anew.',
    http: 409,
  },
  HUB_LOG_DAMAGED: {
    recovery: 'stop',
    title: 'The event log lacks messages in its middle',
    remedy:
      'Nothing was skipped: reading stops before them. Put the database of the hub back from a backup that has them, then `hub apply` the system file.',
    http: 409,
  },
  HUB_LOG_BEHIND_BASE: {
    recovery: 'stop',
    title: 'The event log has less than was already taken from it: an older state of it was restored',
    remedy:
      '`hub rebuild <base> --system <system>` takes what the log has now from its start, and what the base holds stays; then `hub apply` the system file.',
    http: 409,
  },
  HUB_LOG_KEPT_OTHERWISE: {
    recovery: 'stop',
    title: 'A topic is not kept for as long as it should be',
    remedy:
      'Set what the message names, on Kafka with `kafka-configs.sh --alter --entity-type topics`: until then messages may go that somebody needs.',
  },
  HUB_LOG_REFUSED: {
    recovery: 'stop',
    title: 'The event log refuses the login or the right to read or write a topic',
    remedy: 'Check the credentials in the configuration and the access rules of the brokers or the database.',
  },
  HUB_LOG_UNAVAILABLE: {
    recovery: 'retry',
    title: 'The event log does not answer',
    remedy: 'Check the brokers or the database; work goes on by itself when they are back.',
    http: 503,
  },
  HUB_LOG_MESSAGE_TOO_LARGE: {
    recovery: 'reject',
    title: 'A message is larger than the log allows',
    remedy: 'Exclude the oversized column in the system file or raise the limit on both sides.',
  },
  // --- records -------------------------------------------------------------------------------------------------
  HUB_RECORD_INVALID: {
    recovery: 'reject',
    title: 'A record breaks a rule of severity F (fatal)',
    remedy: 'The issues are listed with the record in quarantine; correct the value or the mapping and replay.',
  },
  HUB_RECORD_CRASHED: {
    recovery: 'reject',
    title: 'A step failed on this record in an unforeseen way',
    remedy: 'Report the record position and the cause; replay after the mend.',
  },
  HUB_MAPPING_INVALID: {
    recovery: 'stop',
    title: 'A mapping names an unknown conversion, column or attribute',
    remedy: 'Use one of the allowed names listed in the message.',
    http: 400,
  },
  HUB_PIPELINE_BREAKER: {
    recovery: 'stop',
    title: 'Most of a batch was rejected: this is a changed source, not bad rows',
    remedy: 'Look at `hub quarantine list`, mend the mapping, then `hub run` the system again.',
  },
  HUB_PIPELINE_STOPPED: {
    recovery: 'stop',
    title: 'A pipeline waits for a person',
    remedy: 'The cause is in the message; mend it and `hub apply` the system file again.',
  },
  // --- runs and storage ----------------------------------------------------------------------------------------
  HUB_RUN_FENCED: {
    recovery: 'stop',
    title: 'Another worker has taken over this run',
    remedy: 'Nothing to do: the newer worker continues; this one has stopped.',
  },
  HUB_RUN_INTERRUPTED: {
    recovery: 'retry',
    title: 'A run was put back because its worker shut down',
    remedy: 'Nothing to do: it goes on from its checkpoint.',
  },
  HUB_RUN_PENDING: {
    recovery: 'stop',
    title: 'A run of this system is already pending or running',
    remedy: 'Wait for it; `hub status` shows how far it is.',
    http: 409,
  },
  HUB_STORE_UNAVAILABLE: {
    recovery: 'retry',
    title: 'The database does not answer',
    remedy: 'Check that PostgreSQL runs and that DATABASE_URL is right.',
    http: 503,
  },
  HUB_STORE_BUSY: {
    recovery: 'retry',
    title: 'No connection to the database was free in time',
    remedy: 'Nothing to do if it passes; if it repeats, raise HUB_DATABASE_CONNECTIONS.',
    http: 503,
  },
  HUB_STORE_SLOW: {
    recovery: 'retry',
    title: 'A statement took longer than it may, and was ended',
    remedy: 'Ask for less at a time; if it repeats, look at what the database is busy with (`pg_stat_activity`).',
    http: 503,
  },
  HUB_STORE_UNFIT: {
    recovery: 'stop',
    title: 'The database is not fit for the hub',
    remedy: 'Create it with LC_CTYPE C.UTF-8, fsync=on and synchronous_commit=on.',
  },
  HUB_STORE_MIGRATION: {
    recovery: 'stop',
    title: 'A migration is missing, changed or failed',
    remedy: 'Run the program version that wrote the database, or `hub migrate` with a newer one.',
  },
  HUB_STORE_NEWER: {
    recovery: 'retry',
    title: 'A newer version of the program has changed the database',
    remedy: 'Start the newer version here too; what this one had begun goes on from its checkpoints, nothing is lost.',
    http: 503,
  },
  HUB_STACK_FAILED: {
    recovery: 'stop',
    title: 'An embedded service cannot start',
    remedy:
      'The last lines of its log are in the message: free the port, the disk or the rights that they name. The data stays where it is.',
  },
  HUB_STACK_NOT_READY: {
    recovery: 'retry',
    title: 'An embedded service is not ready yet',
    remedy:
      'Start again in a moment: after a crash it first repairs its files. If it repeats, the last lines of its log say why.',
  },
  // --- catalog -------------------------------------------------------------------------------------------------
  HUB_CATALOG_NOT_FOUND: {
    recovery: 'stop',
    title: 'No such resource or entity',
    remedy: 'Search the directory; identifiers are case-sensitive.',
    http: 404,
  },
  HUB_CATALOG_CLOSED: {
    recovery: 'stop',
    title: 'This is not told to everybody',
    remedy:
      'Ask on the machine of the hub: `hub find <base> <scheme> <number>`. `http.openLookup: true` opens it to whoever reaches the catalog, who can then guess numbers.',
    http: 403,
  },
  HUB_CATALOG_BUSY: {
    recovery: 'retry',
    title: 'Too many large answers are asked for at once',
    remedy: 'Ask again after the seconds of the header Retry-After, or for a narrower key or a smaller limit.',
    http: 503,
  },
  HUB_PUSH_REFUSED: {
    recovery: 'stop',
    title: 'A push cannot prove where it is from',
    remedy:
      'Compare secret, signed text and clock with the system file; the README of the webhook connector has an example.',
    http: 401,
  },
  HUB_PUSH_MALFORMED: {
    recovery: 'stop',
    title: 'A push is not in the agreed form',
    remedy: 'Send what the system file agrees on; see the allowed form in the message.',
    http: 422,
  },
  HUB_PUSH_CONFLICT: {
    recovery: 'stop',
    title: 'A push contradicts one that was taken before',
    remedy:
      'Give every delivery an id of its own, and sign anew, with a time or an id in the text, what goes elsewhere.',
    http: 409,
  },
  HUB_REQUEST_INVALID: {
    recovery: 'stop',
    title: 'The request has a missing or wrong parameter',
    remedy: 'See the allowed values in the message and `/api/docs`.',
    http: 400,
  },
  HUB_INTERNAL: {
    recovery: 'stop',
    title: 'An unforeseen failure in the hub itself',
    remedy: 'Report it with the log lines around it.',
    http: 500,
  },
});
