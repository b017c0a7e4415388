import { ACCESS_ERRORS } from './access-errors.ts';
import { table } from './error-entry.ts';
import { SOURCE_ERRORS } from './source-errors.ts';

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
  HUB_ARGUMENT_INVALID: {
    recovery: 'stop',
    title: 'A command was given what it does not take',
    remedy: 'Compare with what is allowed; `hub --help` lists the commands, `hub run --help` what one of them takes.',
    http: 400,
  },
  HUB_CONFIG_SECRET_MISSING: {
    recovery: 'stop',
    title: 'A secret named by a system file is not in the environment',
    remedy: 'Set the named environment variable, then run `hub check` again.',
  },
  ...SOURCE_ERRORS,
  ...ACCESS_ERRORS,
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
    remedy:
      'Run `hub migrate`: a new database, or one of an older program, gets what it lacks. Where a migration is said to have changed, run the program that wrote the database.',
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
  HUB_RECORDS_REJECTED: {
    recovery: 'stop',
    title: 'Records were refused by the rules of their base',
    remedy:
      'Look at them with `hub quarantine list`; mend a row (`hub quarantine mend`), or the mapping and then `hub apply` and `hub quarantine replay`; those not worth it are settled by `hub quarantine dismiss`.',
  },
  HUB_CATALOG_NOT_FOUND: {
    recovery: 'stop',
    title: 'There is nothing of this name',
    remedy:
      'Use a name that is allowed; names are case-sensitive. `hub status` lists systems, `hub apply` brings one in; `hub review list`, `hub quarantine list` and `hub link list` show what else has a name; resources and entities are found in the directory.',
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
  HUB_PROOF_INVALID: {
    recovery: 'stop',
    title: 'The audit log is not what was signed',
    remedy:
      'Change nothing in the database, and keep a copy of it and of the checkpoint. `hub audit verify --folder <folder>` over an older mirror tells what it was; find out who could write to its schema exchange.',
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
  HUB_PUSH_TOO_LARGE: {
    recovery: 'stop',
    title: 'A push has more bytes than its system may send',
    remedy:
      'Send fewer records in one delivery, or raise `connection.maxBodyBytes` of the system file, to 4194304 at most.',
    http: 413,
  },
  HUB_PUSH_MEDIA: {
    recovery: 'stop',
    title: 'A push comes in a form that is not read',
    remedy: 'Send JSON in UTF-8 with content type application/json, uncompressed, and sign exactly these bytes.',
    http: 415,
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
    remedy: 'See what is allowed; `/api/docs` describes each address, `hub --help` each command.',
    http: 400,
  },
  HUB_INTERNAL: {
    recovery: 'stop',
    title: 'An unforeseen failure in the hub itself',
    remedy: 'Report it with the log lines around it.',
    http: 500,
  },
});
