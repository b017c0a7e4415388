/** The characters of windows-1252 from 0x80 to 0x9F; five of these bytes stand for none and are what they are in Latin-1. */
export const WESTERN = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const LATIN = /[\u0080-\u009f]/g;

/** What a decoder gave, with the characters that Node 20 leaves as those of Latin-1 under windows-1252 and its other names. */
export const western = (encoding: string, text: string): string =>
  encoding === 'windows-1252'
    ? text.replace(LATIN, (character) => WESTERN[character.charCodeAt(0) - 0x80] ?? character)
    : text;
