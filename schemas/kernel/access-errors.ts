import { table } from './error-entry.ts';

/** What keeps somebody from calling. */
export const ACCESS_ERRORS = table({
  HUB_ACCESS_SIGN_IN: {
    recovery: 'stop',
    title: 'Sign in first',
    remedy: 'Sign in at `/sign-in`; whoever has no account asks the security administrator for one.',
    http: 401,
  },
  HUB_ACCESS_DENIED: {
    recovery: 'stop',
    title: 'None of your roles may do this',
    remedy: 'The security administrator gives roles; `/me` shows those that you hold.',
    http: 403,
  },
  HUB_ACCESS_REFUSED: {
    recovery: 'stop',
    title: 'Signing in was refused',
    remedy:
      'Try again with the name and password of your account; the security administrator gives a new set-up link to whoever has forgotten them: `hub person link`.',
    http: 401,
  },
  HUB_ACCESS_LOCKED: {
    recovery: 'retry',
    title: 'The account is locked for a while',
    remedy: 'Wait for as long as the message says; each further wrong try doubles it, up to an hour.',
    http: 429,
  },
  HUB_ACCESS_FORGED: {
    recovery: 'stop',
    title: 'A form came from elsewhere',
    remedy:
      'Open the page again and send its own form. Programs send the header X-Form-Token; behind a proxy `http.publicUrl` is what browsers call.',
    http: 403,
  },
  HUB_ACCESS_CONFIRM: {
    recovery: 'stop',
    title: 'The password is asked for once more',
    remedy: 'Give it at `/confirm`; it holds for ten minutes.',
    http: 403,
  },
  HUB_ACCESS_LINK: {
    recovery: 'stop',
    title: 'The set-up link is over',
    remedy:
      'The security administrator gives a new one: `hub person link`. The first one of a hub is printed whenever `hub up` or `hub serve` starts.',
    http: 410,
  },
  HUB_ACCESS_PASSWORD: {
    recovery: 'stop',
    title: 'The password is soon guessed',
    remedy: 'Choose a longer one: a sentence that nobody else would say is good.',
    http: 422,
  },
  HUB_ACCESS_PERSON: {
    recovery: 'stop',
    title: 'The person cannot be entered like this',
    remedy: 'The message says what would be right; `hub person list` shows who is there.',
    http: 422,
  },
  HUB_ACCESS_ROLE: {
    recovery: 'stop',
    title: 'The role cannot be given or ended like this',
    remedy: 'The message says why; `hub person list` shows who holds what.',
    http: 422,
  },
  HUB_ACCESS_SIGNATURE: {
    recovery: 'stop',
    title: 'The signature of the request does not hold',
    remedy:
      'Sign each request anew as RFC 9421 says, with what the message names; the README of catalog/access shows a program that does.',
    http: 401,
  },
  HUB_ACCESS_SIGNATURE_TIME: {
    recovery: 'stop',
    title: 'The signature is of another time',
    remedy: 'Sign when you send, and set the clock of the calling machine by a time server.',
    http: 401,
  },
  HUB_ACCESS_SIGNATURE_REPEATED: {
    recovery: 'stop',
    title: 'The signature was used before',
    remedy: 'Sign each request anew with a new random nonce, also when it is sent again.',
    http: 401,
  },
  HUB_ACCESS_SIGNATURE_KEY: {
    recovery: 'stop',
    title: 'The key of the signature is not good',
    remedy:
      'Who runs the hub sees the keys with `hub key list` and adds one with `hub key add`; the parameter keyid is its name there.',
    http: 401,
  },
  HUB_ACCESS_SIGNATURE_BODY: {
    recovery: 'stop',
    title: 'The body is not what was signed',
    remedy: 'Send the header Content-Digest over the bytes of the body as they are sent (RFC 9530), and cover it.',
    http: 401,
  },
  HUB_ACCESS_KEY: {
    recovery: 'stop',
    title: 'The key cannot be added or revoked like this',
    remedy: 'The message says why; `hub key list` shows the keys that are there.',
    http: 422,
  },
  HUB_ORGANISATION_INVALID: {
    recovery: 'stop',
    title: 'The organisations are not valid',
    remedy: 'Nothing was changed. Mend the lines that the message names, then `hub organisation import <file>` again.',
    http: 422,
  },
});
